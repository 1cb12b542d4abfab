"""Ask the planner which tables a statement would scan, without running it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from typing_extensions import override

from perfcheck.errors import ProbeError
from perfcheck.probes.base import Facts, Probe

if TYPE_CHECKING:
    from perfcheck.targets.postgres import PostgresSession

# The session has no search_path; a spec's SQL names tables of this one without their schema.
SEARCH_PATH = "public"


class PruningFacts(Facts):
    """The scans that are left in a plan when execution begins."""

    scanned: tuple[str, ...] = Field(description="schema.name of each scanned relation, sorted.")
    removed_at_start: int = Field(
        description="Scans pruned by values such as now(), known only when execution begins."
    )


@dataclass(frozen=True)
class PruningProbe(Probe[PruningFacts]):
    """Which tables would this SELECT scan? A plain EXPLAIN: planned, never run."""

    sql: str
    name: ClassVar[str] = "database.pruning"
    kind: ClassVar[str] = "postgres"
    facts: ClassVar[type[Facts]] = PruningFacts

    @override
    async def ask(self, session: "PostgresSession") -> PruningFacts:
        from perfcheck.sqltext.gate import RefusedError, admit

        try:
            admit(self.sql)
        except RefusedError as error:
            raise ProbeError("unsupported", f"the statement is not sent: it {error}") from error
        await session.fetch(f"select set_config('search_path', '{SEARCH_PATH}', true)")
        rows = await session.fetch(f"explain (verbose, format json) {self.sql}")
        plan = rows[0]["QUERY PLAN"][0]["Plan"]
        nodes = list(_nodes(plan))
        return PruningFacts(
            scanned=tuple(sorted({name for node in nodes if (name := _relation(node))})),
            removed_at_start=sum(node.get("Subplans Removed", 0) for node in nodes),
        )

    @override
    def excerpt(self, facts: PruningFacts) -> str:
        scans = ", ".join(facts.scanned) or "no table"
        return f"scans {scans}; {facts.removed_at_start} removed when execution begins"


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _relation(node: Mapping[str, Any]) -> str | None:
    name = node.get("Relation Name")
    return None if name is None else f"{node['Schema']}.{name}"
