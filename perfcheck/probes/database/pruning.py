"""Ask the planner which tables a statement would scan, without running it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field
from typing_extensions import override

from perfcheck.errors import ProbeError
from perfcheck.probes.base import Facts, Probe
from perfcheck.probes.database.asking import Node, explain
from perfcheck.sqltext.columns import TableName

if TYPE_CHECKING:
    from perfcheck.targets.postgres import PostgresSession

# The session has no search_path; a spec's SQL names tables of this one without their schema.
SEARCH_PATH = "public"
# Pruning that is off for this role alone says nothing about others; off for all, it does.
_SETTINGS = f"""
select pg_catalog.set_config('search_path', '{SEARCH_PATH}', true),
       pg_catalog.set_config(
         'enable_partition_pruning',
         case when s.source in ('user', 'database user', 'client', 'session')
              then 'on' else s.setting end,
         true)
  from pg_catalog.pg_settings s
 where s.name = 'enable_partition_pruning'"""  # noqa: S608 - a constant


class PruningFacts(Facts):
    """The scans that are left in a plan when execution begins."""

    scanned: tuple[TableName, ...] = Field(description="Each scanned relation, sorted.")
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
        await session.fetch(_SETTINGS)
        nodes = list(_nodes(await explain(session, self.sql)))
        return PruningFacts(
            scanned=tuple(sorted({name for node in nodes if (name := _relation(node))})),
            removed_at_start=sum(node.get("Subplans Removed", 0) for node in nodes),
        )

    @override
    def excerpt(self, facts: PruningFacts) -> str:
        scans = ", ".join(map(str, facts.scanned)) or "no table"
        return f"scans {scans}; {facts.removed_at_start} removed when execution begins"


def _nodes(plan: Node) -> Iterator[Node]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _relation(node: Node) -> TableName | None:
    name = node.get("Relation Name")
    return None if name is None else TableName(str(node.get("Schema")), str(name))
