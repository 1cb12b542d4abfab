"""Let the server print and compare expressions, without a table, a lock or a grant.

EXPLAIN over a row source of typed nulls parses, resolves and simplifies an expression as
an index does. Declared and live texts go through the same statement, because one deparse
is not a fixpoint. OFFSET 0 keeps the columns from being folded to NULL.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfcheck.errors import ProbeError
from perfcheck.probes.database.asking import Node, explain

if TYPE_CHECKING:
    from perfcheck.probes.database.index_facts import Implied
    from perfcheck.targets.postgres import PostgresSession

# The default, partition, would not compare a condition with itself outside of inheritance.
_EXCLUDE = "select pg_catalog.set_config('constraint_exclusion', 'on', true)"
_UNION = "\nunion all\n"


@dataclass(frozen=True)
class RowSource:
    """The columns of one table as typed nulls: `null::text as "name"`, by name."""

    columns: Mapping[str, str]

    def sql(self, names: frozenset[str]) -> str:
        """Return a FROM item with those of its columns; others might need a grant."""
        chosen = [source for name, source in self.columns.items() if name in names]
        return f"(select {', '.join(chosen) or 'null::int as perfcheck'} offset 0) as r"


@dataclass(frozen=True)
class Batch:
    """The texts of one table that are to be compared.

    Each must have passed read_expression, here and in Claim: they become part of a
    statement. `names` are the columns that they use.
    """

    source: RowSource
    names: frozenset[str]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Claim:
    """Rows for which `premise` holds are rows for which `conclusion` holds."""

    source: RowSource
    names: frozenset[str]
    premise: str
    conclusion: str


async def print_forms(session: "PostgresSession", batches: Sequence[Batch]) -> list[dict[str, str]]:
    """Return the canonical form of each text, by text, for each batch.

    One round trip, whatever their number; none if there is nothing to compare.
    """
    width = max((len(batch.texts) for batch in batches), default=0)
    if width == 0:
        return [{} for _ in batches]
    branches = []
    for number, batch in enumerate(batches):
        # row() makes every result one type, as UNION ALL wants; it also fills the rest.
        rows = [f"row(({text}\n))" for text in batch.texts]
        rows += ["row()"] * (width - len(rows))
        source = batch.source.sql(batch.names)
        branches.append(f"select {number}, {', '.join(rows)} from {source}")  # noqa: S608 - guarded
    outputs = {int(o[0]): o[1:] for o in _outputs(await explain(session, _UNION.join(branches)))}
    if set(outputs) != set(range(len(batches))):
        raise ProbeError("garbage", "the server's plan of the comparison has another shape")
    return [
        dict(zip(batch.texts, outputs[number], strict=False))
        for number, batch in enumerate(batches)
    ]


async def prove(session: "PostgresSession", claims: Sequence[Claim]) -> "list[Implied]":
    """Return what the planner can show of each claim, in two round trips.

    Turns constraint_exclusion on until the transaction ends. A branch of a UNION ALL that
    contradicts itself is left out of the plan: `A and (B) is not true` is left out if A
    implies B. `not B` would be unsound: it is null where B is null. All is "unknown" if the
    server answers the questions of _EXAMPLES wrongly.
    """
    if not claims:
        return []
    both = [*(claim for claim, _ in _EXAMPLES), *claims]
    # A premise that contradicts itself implies everything: each is asked alone, too.
    premises = dict.fromkeys((c.source.sql(c.names), c.premise) for c in both)
    alone = {premise: number for number, premise in enumerate(premises)}
    conditions = [(source, f"({premise}\n)") for source, premise in alone]
    conditions += [
        (c.source.sql(c.names), f"({c.premise}\n) and ((({c.conclusion}\n)) is not true)")
        for c in both
    ]
    branches = [
        f"select {number} from {source} where {condition}"  # noqa: S608 - guarded
        for number, (source, condition) in enumerate(conditions)
    ]
    await session.fetch(_EXCLUDE)
    kept = {int(o[0]) for o in _outputs(await explain(session, _UNION.join(branches)))}
    answers: list[Implied] = []
    for number, claim in enumerate(both, start=len(alone)):
        if alone[claim.source.sql(claim.names), claim.premise] not in kept:
            answers.append("contradictory")
        else:
            answers.append("not proven" if number in kept else "proven")
    trusted = answers[: len(_EXAMPLES)] == [expected for _, expected in _EXAMPLES]
    return answers[len(_EXAMPLES) :] if trusted else ["unknown"] * len(claims)


def _outputs(plan: Node) -> Iterator[list[str]]:
    """Yield the output list of each branch; its first entry is the branch's number."""
    for node in plan.get("Plans", ()) if plan.get("Node Type") == "Append" else (plan,):
        output = node.get("Output") or [""]
        if not str(output[0]).isdecimal():
            raise ProbeError("garbage", "the server's plan of a branch has another shape")
        yield list(output)


def _example(premise: str, conclusion: str) -> Claim:
    return Claim(RowSource({"k": "null::int as k"}), frozenset({"k"}), premise, conclusion)


_EXAMPLES: "tuple[tuple[Claim, Implied], ...]" = (
    (_example("k > 10", "k > 5"), "proven"),
    (_example("k > 5", "k > 10"), "not proven"),
    (_example("k = 1 or k is null", "k = 1"), "not proven"),
    (_example("k > 5 and k < 3", "k = 1"), "contradictory"),
)
