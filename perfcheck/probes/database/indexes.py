"""Ask for the indexes of tables, with every expression in the server's own words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from perfcheck.data import bundled
from perfcheck.errors import ProbeError
from perfcheck.probes.base import BatchProbe, Facts
from perfcheck.probes.database.canonical import Batch, Claim, print_forms, prove
from perfcheck.probes.database.index_facts import Form, Implication, IndexFacts, LiveTable
from perfcheck.probes.database.index_rows import RowsOfTable, read_tables
from perfcheck.sqltext.expression import Expression, read_expression

if TYPE_CHECKING:
    from perfcheck.targets.postgres import PostgresSession

_QUALIFY = (
    "names outside of pg_catalog written with their schema: sales.f(x), a operator(sales.=) b"
)


@dataclass(frozen=True)
class IndexNeed:
    """A table, and the declared expressions that its live indexes are compared with."""

    schema: str
    table: str
    where: str | None = None
    expressions: tuple[str, ...] = ()


@dataclass(frozen=True)
class IndexesProbe(BatchProbe[IndexFacts]):
    """Which indexes do these tables have, and which of their expressions are the same?

    At most four round trips: tables, indexes, one comparison, one proof.
    """

    name: ClassVar[str] = "database.indexes"
    kind: ClassVar[str] = "postgres"
    facts: ClassVar[type[Facts]] = IndexFacts

    @override
    async def ask(self, session: "PostgresSession") -> IndexFacts:
        pairs = sorted({(need.schema, need.table) for need in self.subjects})
        params = {"schemas": [p[0] for p in pairs], "tables": [p[1] for p in pairs]}
        table_rows = await session.fetch(_sql("index_tables.sql"), params)
        index_rows = await session.fetch(_sql("index_snapshot.sql"), params)
        if len(table_rows) != len(pairs):
            raise ProbeError("garbage", "the catalogs gave no answer about a named table")
        sorted_out = [_sort_out(t, self.subjects) for t in read_tables(table_rows, index_rows)]
        try:
            compared = await _compare(session, sorted_out)
            tables = await _prove(session, compared, self.subjects)
        except ProbeError as error:
            unknown_name = re.search(r"\((42883|42704)\)", error.message)
            raise ProbeError(
                error.reason_code, error.message, needs=_QUALIFY if unknown_name else error.needs
            ) from error
        return IndexFacts(
            now=table_rows[0]["now"].astimezone(UTC),
            standby=table_rows[0]["standby"],
            counting=table_rows[0]["counting"],
            tables=tables,
        )

    @override
    def excerpt(self, facts: IndexFacts) -> str:
        said = []
        for schema, name in sorted({(need.schema, need.table) for need in self.subjects}):
            table = facts.table(schema, name)
            indexes = [
                f"{index.name}{'' if index.valid else ' (not valid)'}"
                for index in (table.indexes if table else ())
            ]
            more = f" and {len(indexes) - 8} more" if len(indexes) > 8 else ""
            if table is None or table.kind is None:
                said.append(f"{schema}.{name}: no such table")
            else:
                said.append(f"{schema}.{name}: {', '.join(indexes[:8]) or 'no index'}{more}")
        return "; ".join(said)


def _sql(name: str) -> str:
    return bundled("sql", "probes", name).read_text(encoding="utf-8")


@dataclass(frozen=True)
class _Texts:
    """The declared and live expressions of one table: those to compare, and the others."""

    of: RowsOfTable
    readable: Mapping[str, Expression]
    unreadable: Mapping[str, str]

    @property
    def names(self) -> frozenset[str]:
        return frozenset().union(*(e.columns for e in self.readable.values()))


def _sort_out(rows: RowsOfTable, needs: Iterable[IndexNeed]) -> _Texts:
    table = rows.table
    texts: dict[str, None] = {}
    if table.kind is not None and not table.locked:
        for need in needs:
            if (need.schema, need.table) == (table.schema_name, table.name):
                texts |= dict.fromkeys(filter(None, (need.where, *need.expressions)))
        for index in table.indexes:
            live = (index.predicate, *(key.expression for key in index.keys))
            texts |= dict.fromkeys(filter(None, live))
    readable: dict[str, Expression] = {}
    unreadable: dict[str, str] = {}
    for text in sorted(texts):
        try:
            expression = read_expression(text)
        except ValueError as error:
            unreadable[text] = str(error)
            continue
        problem = rows.problem_of(expression)
        if problem:
            unreadable[text] = problem
        else:
            readable[text] = expression
    return _Texts(rows, readable, unreadable)


async def _compare(session: "PostgresSession", tables: Sequence[_Texts]) -> list[_Texts]:
    batches = [Batch(t.of.source, t.names, tuple(t.readable)) for t in tables]
    printed = await print_forms(session, batches)
    compared = []
    for texts, forms in zip(tables, printed, strict=True):
        told = [Form(text=t, form=f, unreadable=None) for t, f in forms.items()]
        told += [Form(text=t, form=None, unreadable=why) for t, why in texts.unreadable.items()]
        table = texts.of.table.model_copy(update={"forms": tuple(told)})
        compared.append(replace(texts, of=replace(texts.of, table=table)))
    return compared


async def _prove(
    session: "PostgresSession", tables: Sequence[_Texts], needs: frozenset[IndexNeed]
) -> tuple[LiveTable, ...]:
    claims = [claim for texts in tables for claim in _claims(texts, needs)]
    answers = iter(await prove(session, claims))
    proved = []
    for texts in tables:
        implications = tuple(
            Implication(premise=c.premise, conclusion=c.conclusion, answer=next(answers))
            for c in _claims(texts, needs)
        )
        proved.append(texts.of.table.model_copy(update={"implications": implications}))
    return tuple(proved)


def _claims(texts: _Texts, needs: Iterable[IndexNeed]) -> list[Claim]:
    """Return both directions between each declared and live predicate that differ."""
    table = texts.of.table
    forms = {form.text: form.form for form in table.forms if form.form is not None}
    declared = {n.where for n in needs if (n.schema, n.table) == (table.schema_name, table.name)}
    live = {index.predicate for index in table.indexes}
    pairs = [
        pair
        for d in sorted(forms.keys() & declared)
        for p in sorted(forms.keys() & live)
        if forms[d] != forms[p]
        for pair in ((d, p), (p, d))
    ]
    return [
        Claim(texts.of.source, texts.names, premise, conclusion)
        for premise, conclusion in dict.fromkeys(pairs)
    ]
