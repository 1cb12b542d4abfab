"""The section `partitions`: how a large table is cut, and whether that is kept up."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator
from typing_extensions import override

from perfcheck.calendar import Calendar, Unit
from perfcheck.checks.base import Check
from perfcheck.checks.database._partition_default import Default, judge_default
from perfcheck.checks.database._partition_periods import Schedule, judge_periods
from perfcheck.checks.database._partition_retention import judge_retention
from perfcheck.checks.database._partition_scheme import judge_scheme
from perfcheck.checks.database._partition_upkeep import judge_maintenance, judge_pruning
from perfcheck.model import Finding, Model
from perfcheck.probes.base import Answers, Probe
from perfcheck.probes.database.partition_facts import Strategy
from perfcheck.probes.database.partitions import PartitionsProbe
from perfcheck.probes.database.pruning import PruningProbe
from perfcheck.sqltext.columns import NameText, TableText
from perfcheck.units import Duration


def _is_admitted(sql: str) -> str:
    from perfcheck.sqltext.gate import RefusedError, admit

    try:
        admit(sql)
    except RefusedError as error:
        raise ValueError(f"the statement {error}") from error
    return sql


class Prunes(Model):
    """A statement that must leave most of the partitions with rows alone."""

    sql: Annotated[str, AfterValidator(_is_admitted)] = Field(
        description="One SELECT; it is planned, never run. Tables without a schema are public."
    )
    max_partitions: int = Field(
        ge=1,
        description="Partitions with rows that its plan may scan. One of size 0 is not counted:"
        " to scan it costs nothing.",
    )


class Partitions(Check):
    """The table is partitioned as declared, and each period that must take rows has a partition.

    Periods are those of the target's time zone. Each partition is exactly one of them; no
    partition is missing between the oldest kept and the last that must be ready; none is
    older. A row in the DEFAULT partition says that a period was missing, and blocks the
    partition of that period. Foreign partitions prove nothing about rows to come; nor do
    partitions that are cut again by another key, without a DEFAULT or all remainders there.

    Source: PostgreSQL manual, chapter Data Definition, section Table Partitioning.
    """

    kind: ClassVar[str] = "postgres"
    natural_id: ClassVar[str | None] = "table"

    table: TableText = Field(description="The partitioned table; without a schema it is public.")
    strategy: Strategy | None = Field(default=None, description="How it is partitioned.")
    key: NameText | None = Field(default=None, description="The one column of its key.")
    every: Unit | None = Field(
        default=None,
        description="The period of each partition, in the target's zone; a key of type date or"
        " timestamp is meant in that zone.",
    )
    ahead: int | None = Field(
        default=None,
        ge=0,
        le=4000,
        description="Periods after the current one that must already have a partition.",
    )
    retain: int | None = Field(
        default=None,
        ge=0,
        le=4000,
        description="Periods kept before the current one: no fewer, and none older.",
    )
    default: Default | None = Field(
        default=None,
        description="The DEFAULT partition: there and empty, forbidden, or required.",
    )
    maintained_within: Duration | None = Field(
        default=None,
        description="Of every partition that holds rows, a VACUUM and an ANALYZE (which also may"
        " be of some columns) is recorded so recently.",
    )
    prunes: Prunes | None = Field(
        default=None,
        description="A statement that must be pruned: few of the partitions with rows are scanned.",
    )

    @model_validator(mode="after")
    def _says_what_can_hold(self) -> Self:
        if self.every is None and (self.ahead is not None or self.retain is not None):
            raise ValueError("ahead and retain count periods: say with every which")
        if self.every is not None and self.strategy in {"list", "hash"}:
            raise ValueError(
                f"every, ahead and retain are about ranges of time: {self.strategy} has none"
            )
        if self.default is not None and self.strategy == "hash":
            raise ValueError("a table partitioned by hash cannot have a DEFAULT partition")
        return self

    @override
    def probes(self) -> tuple[Probe[Any], ...]:
        return tuple(probe for probe in (self._partitions, self._pruning) if probe)

    @override
    def evaluate(self, answers: Answers) -> Iterator[Finding]:
        facts = answers[self._partitions]
        table, subject = facts.table(self.table), str(self.table)
        strategy = self.strategy or ("range" if self.every else None)
        yield from judge_scheme(strategy, self.key, table, subject)
        if table.cut is None:
            return
        if self.every is not None:
            calendar = Calendar(self.every, facts.zone)
            schedule = Schedule(
                calendar, facts.server.asked_at, ahead=self.ahead, retain=self.retain
            )
            yield from judge_periods(schedule, table, subject, key=self.key)
            yield from judge_retention(schedule, facts, table, subject, key=self.key)
        if self.default is not None:
            yield judge_default(self.default, facts, table, subject, self.every)
        if self.maintained_within is not None:
            yield judge_maintenance(self.maintained_within, facts.server, table, subject)
        if self.prunes is not None and self._pruning is not None:
            plans = answers[self._pruning]  # last: without a grant this raises
            plan = plans.of(self.prunes.sql)
            yield judge_pruning(self.prunes.max_partitions, plan, table, subject)

    @property
    def _partitions(self) -> PartitionsProbe:
        return PartitionsProbe(frozenset({self.table}))

    @property
    def _pruning(self) -> PruningProbe | None:
        return None if self.prunes is None else PruningProbe(frozenset({self.prunes.sql}))
