"""Ask for the indexes of tables, with every expression in the server's own words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from perfcheck.errors import ProbeError
from perfcheck.probes.base import BatchProbe, Facts
from perfcheck.probes.database.asking import by_name, name_in, probe_sql
from perfcheck.probes.database.canonical import Batch, Claim, print_forms, prove
from perfcheck.probes.database.index_facts import Form, Implication, IndexFacts, LiveTable
from perfcheck.probes.database.index_rows import RowsOfTable, read_tables
from perfcheck.probes.database.server import read_server
from perfcheck.sqltext.columns import TableName
from perfcheck.sqltext.expression import Expression, read_expression

if TYPE_CHECKING:
    from perfcheck.targets.postgres import PostgresSession

_QUALIFY = (
    "names outside of pg_catalog written with their schema: sales.f(x), a operator(sales.=) b"
)


@dataclass(frozen=True)
class IndexNeed:
    """A table, and the declared expressions that its live indexes are compared with."""

    table: TableName
    where: str | None = None
    expressions: tuple[str, ...] = ()


@dataclass(frozen=True)
class IndexesProbe(BatchProbe[IndexFacts]):
    """Which indexes do these tables have, and which of their expressions are the same?

    At most five round trips: tables, indexes, one comparison, and two for one proof.
    """

    name: ClassVar[str] = "database.indexes"
    kind: ClassVar[str] = "postgres"
    facts: ClassVar[type[Facts]] = IndexFacts

    @override
    async def ask(self, session: "PostgresSession") -> IndexFacts:
        named = {need.table for need in self.subjects}
        table_rows = await session.fetch(probe_sql("index_tables.sql"), by_name(named))
        if sum(row["named"] for row in table_rows) != len(named):
            raise ProbeError("garbage", "the catalogs gave no answer about a named table")
        family = [name_in(row) for row in table_rows]
        index_rows = await session.fetch(probe_sql("index_snapshot.sql"), by_name(family))
        rows = list(read_tables(table_rows, index_rows))
        needs = _with_heirs(self.subjects, [of.table for of in rows])
        try:
            compared = await _compare(session, [_sort_out(of, needs) for of in rows])
            tables = await _prove(session, compared, needs)
        except ProbeError as error:
            unknown_name = re.search(r"\((42883|42704)\)", error.message)
            raise ProbeError(
                error.reason_code, error.message, needs=_QUALIFY if unknown_name else error.needs
            ) from error
        return IndexFacts(server=read_server(table_rows[0]), tables=tables)

    @override
    def excerpt(self, facts: IndexFacts) -> str:
        named = {need.table for need in self.subjects}
        return "; ".join(_line(table) for table in facts.tables if table.name in named)


def _line(table: LiveTable) -> str:
    if table.relkind is None:
        return f"{table.name}: does not exist"
    indexes = [f"{i.name}{'' if i.valid else ' (not valid)'}" for i in table.indexes]
    more = f" and {len(indexes) - 8} more" if len(indexes) > 8 else ""
    return f"{table.name}: {', '.join(indexes[:8]) or 'no index'}{more}"


@dataclass(frozen=True)
class _Texts:
    """The declared and live expressions of one table: those to compare, and the others."""

    of: RowsOfTable
    readable: Mapping[str, Expression]
    unreadable: Mapping[str, str]

    @property
    def names(self) -> frozenset[str]:
        return frozenset().union(*(e.columns for e in self.readable.values()))


def _with_heirs(needs: frozenset[IndexNeed], tables: Iterable[LiveTable]) -> frozenset[IndexNeed]:
    """Return the needs of the tables and, for each, the same of those that inherit from it."""
    heirs = {table.name: table.heirs for table in tables}
    return needs | {
        replace(need, table=heir) for need in needs for heir in heirs.get(need.table, ())
    }


def _sort_out(rows: RowsOfTable, needs: Iterable[IndexNeed]) -> _Texts:
    table = rows.table
    texts: dict[str, None] = {}
    if table.relkind is not None and not table.locked:
        for need in needs:
            if need.table == table.name:
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
    declared = {n.where for n in needs if n.table == table.name}
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
