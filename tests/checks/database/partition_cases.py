"""Facts about a table with monthly partitions, and what a requirement makes of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from perfcheck.calendar import Calendar, Unit
from perfcheck.checks.database.partitions import Partitions
from perfcheck.model import Finding, Verdict
from perfcheck.probes.base import Answer, Answers
from perfcheck.probes.database.partition_facts import Cut, Partition, PartitionFacts, Table
from perfcheck.probes.database.pruning import PruningFacts, Scans
from perfcheck.probes.database.server import ServerMoment
from perfcheck.spans import Span
from perfcheck.sqltext.columns import TableName
from tests.checks.database.server import DAY, NOW, server

CUT = Cut(strategy="range", columns=("at",), types=("timestamp with time zone",))
BY_KIND = Cut(strategy="list", columns=("kind",), types=("text",))
DECLARED: dict[str, Any] = {
    "table": "t",
    "strategy": "range",
    "key": "at",
    "every": "month",
    "ahead": 2,
    "retain": 3,
    "default": "empty",
    "maintained_within": "7d",
    "prunes": {"sql": "select 1 from t where at > now()", "max_partitions": 2},
}


def public(name: str) -> TableName:
    return TableName("public", name)


def plan_of(*scanned: str, sql: str = DECLARED["prunes"]["sql"]) -> PruningFacts:
    scans = Scans(sql=sql, scanned=tuple(map(public, scanned)), removed_at_start=3)
    return PruningFacts(statements=(scans,))


def part(name: str, lower: datetime | None, upper: datetime | None, **more: Any) -> Partition:
    values: dict[str, Any] = {
        "parent": public("t"),
        "relkind": "r",
        "bound": f"FOR VALUES FROM ({lower}) TO ({upper})",
        "size_bytes": 8192,
        "last_vacuum": NOW - DAY,
        "last_analyze": NOW - DAY,
    }
    return Partition(name=public(name), span=Span(lower=lower, upper=upper), **values | more)


def periods(
    unit: Unit = "month", zone: str = "UTC", back: int = 3, ahead: int = 2
) -> list[Partition]:
    calendar = Calendar(unit, zone)
    current = calendar.start(NOW)
    starts = [calendar.shift(current, step) for step in range(-back, ahead + 1)]
    return [part(f"t_{calendar.name(s)}", s, calendar.shift(s, 1)) for s in starts]


def default(**more: Any) -> Partition:
    values: dict[str, Any] = {"parent": public("t"), "relkind": "r", "size_bytes": 0}
    return Partition(name=public("t_def"), bound="DEFAULT", span=None, **values | more)


def year_of(year: int) -> Partition:
    """Return a year that is cut again by the same key."""
    bounds = (datetime(y, 1, 1, tzinfo=UTC) for y in (year, year + 1))
    return part(f"t_{year}", *bounds, relkind="p", size_bytes=None, cut=CUT)


def facts_of(partitions: Sequence[Partition], **more: Any) -> PartitionFacts:
    table: dict[str, Any] = {"name": public("t"), "relkind": "p", "cut": CUT}
    whole: dict[str, Any] = {
        "zone": "UTC",
        "sample_rows": 10_000,
    }
    for field in more.keys() & Table.model_fields.keys():
        table[field] = more.pop(field)
    moment = {field: more.pop(field) for field in more.keys() & ServerMoment.model_fields.keys()}
    whole["server"] = server(**moment)
    return PartitionFacts(tables=(Table(partitions=tuple(partitions), **table),), **whole | more)


PLAN = plan_of("t_2026-05", "t_def")


def judge(facts: PartitionFacts, *, plan: PruningFacts = PLAN, **declared: Any) -> list[Finding]:
    check = Partitions.model_validate(declared, strict=True)
    answers = {
        probe: Answer(plan if "prun" in probe.name else facts, (), NOW, 1.0)
        for probe in check.probes()
    }
    return list(check.evaluate(Answers(answers)))


def outcome(findings: Sequence[Finding]) -> str:
    verdicts = {finding.verdict for finding in findings}
    if Verdict.BREAKS in verdicts:
        return "fail"
    if Verdict.UNDECIDED in verdicts or not findings:
        return "unverified"
    return "pass"


def without(index: int) -> list[Partition]:
    return [p for place, p in enumerate(periods()) if place != index]


def changed(index: int, **more: Any) -> list[Partition]:
    return [p.model_copy(update=more) if place == index else p for place, p in enumerate(periods())]


def child(parent: str, name: str, relkind: str = "r", **more: Any) -> Partition:
    return part(name, None, None, parent=public(parent), relkind=relkind, **more)
