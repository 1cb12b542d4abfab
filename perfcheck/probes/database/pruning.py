"""Ask the planner which tables statements would scan, without running them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field
from typing_extensions import override

from perfcheck.errors import ProbeError
from perfcheck.model import Model
from perfcheck.probes.base import BatchProbe, Facts
from perfcheck.probes.database.asking import Node, explain_all
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


class Scans(Model):
    """The scans that are left in a statement's plan when execution begins."""

    sql: str
    scanned: tuple[TableName, ...] = Field(description="Each scanned relation, sorted.")
    removed_at_start: int = Field(
        description="Scans pruned by values such as now(), known only when execution begins."
    )


class PruningFacts(Facts):
    """What each statement would scan."""

    statements: tuple[Scans, ...]

    def of(self, sql: str) -> Scans:
        """Return the scans of one statement. Raises ProbeError where it was not asked about."""
        found = next((scans for scans in self.statements if scans.sql == sql), None)
        if found is None:
            raise ProbeError("garbage", "the answer says nothing about this statement's plan")
        return found


@dataclass(frozen=True)
class PruningProbe(BatchProbe[PruningFacts]):
    """Which tables would these SELECTs scan? Plain EXPLAINs: planned, never run.

    Two round trips: the settings, then all statements.
    """

    subjects: frozenset[str]
    name: ClassVar[str] = "database.pruning"
    kind: ClassVar[str] = "postgres"
    facts: ClassVar[type[Facts]] = PruningFacts

    @override
    async def ask(self, session: "PostgresSession") -> PruningFacts:
        statements = sorted(self.subjects)
        for sql in statements:
            _admit(sql)
        await session.fetch(_SETTINGS)
        plans = await explain_all(session, statements)
        return PruningFacts(statements=tuple(map(_scans, statements, plans)))

    @override
    def excerpt(self, facts: PruningFacts) -> str:
        return "; ".join(_line(facts.of(sql)) for sql in sorted(self.subjects))


def _admit(sql: str) -> None:
    from perfcheck.sqltext.gate import RefusedError, admit

    try:
        admit(sql)
    except RefusedError as error:
        raise ProbeError("unsupported", f"the statement is not sent: it {error}") from error


def _scans(sql: str, plan: Node) -> Scans:
    nodes = list(_nodes(plan))
    return Scans(
        sql=sql,
        scanned=tuple(sorted({name for node in nodes if (name := _relation(node))})),
        removed_at_start=sum(node.get("Subplans Removed", 0) for node in nodes),
    )


def _line(scans: Scans) -> str:
    names = ", ".join(map(str, scans.scanned)) or "no table"
    return f"scans {names}; {scans.removed_at_start} removed when execution begins"


def _nodes(plan: Node) -> Iterator[Node]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _relation(node: Node) -> TableName | None:
    name = node.get("Relation Name")
    return None if name is None else TableName(str(node.get("Schema")), str(name))
