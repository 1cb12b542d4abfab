"""Each declared field of a partitioned table is judged, and each deviation named."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from perfcheck.checks.database.partitions import Partitions
from perfcheck.errors import ProbeError
from perfcheck.model import Verdict
from perfcheck.probes.database.partition_facts import Cut, DefaultRows, Partition, PartitionFacts
from perfcheck.spans import Span
from tests.checks.database.partition_cases import (
    BY_KIND,
    CUT,
    DECLARED,
    changed,
    child,
    default,
    facts_of,
    judge,
    outcome,
    part,
    periods,
    plan_of,
    without,
)
from tests.checks.database.server import DAY, NOW


def test_what_is_as_declared_passes_and_answers_every_field() -> None:
    findings = judge(facts_of([*periods(), default()]), **DECLARED)
    assert outcome(findings) == "pass"
    # exists, strategy, key, coverage, alignment, ahead, older, history, default, upkeep, pruning
    assert len(findings) == 11


ROWS: dict[str, tuple[PartitionFacts, str, str]] = {
    "does not exist": (facts_of([], relkind=None, cut=None), "fail", "does not exist"),
    "an ordinary table": (facts_of([], relkind="r", cut=None), "fail", "an ordinary table"),
    "no partition": (facts_of([]), "fail", "no partition"),
    "by list": (facts_of([default()], cut=BY_KIND), "fail", "expected partitioned by range"),
    "another column": (
        facts_of([*periods(), default()], cut=CUT.model_copy(update={"columns": ("seen",)})),
        "fail",
        "is partitioned on seen; expected partitioned on at",
    ),
    "two columns": (
        facts_of(
            [*periods(), default()],
            cut=Cut(strategy="range", columns=("at", None), types=("date", None)),
        ),
        "fail",
        "is partitioned on at, an expression",
    ),
    "a gap in the middle": (
        facts_of([*without(1), default()]),
        "fail",
        "no partition for 2026-03-01 to 2026-04-01",
    ),
    "the current month missing": (
        facts_of([*without(3), default()]),
        "fail",
        "0 of 2 months ahead ready, until 2026-05-01",
    ),
    "the last month missing": (
        facts_of([*without(5), default()]),
        "fail",
        "1 of 2 months ahead ready, until 2026-07-01",
    ),
    "the oldest kept missing": (
        facts_of([*without(0), default()]),
        "fail",
        "history back to 2026-03-01; expected history back to 2026-02-01",
    ),
    "an old month kept": (
        facts_of([*periods(back=4), default()]),
        "fail",
        "still has t_2026-01; expected nothing older than 2026-02-01",
    ),
    "a month without a leaf": (
        facts_of([*changed(4, relkind="p", size_bytes=None, cut=BY_KIND), default()]),
        "fail",
        "t_2026-06 has no partition of its own",
    ),
    "a month being detached": (
        facts_of([*changed(4, detaching=True), default()]),
        "fail",
        "t_2026-06 is being detached",
    ),
    "a year in a monthly scheme": (
        facts_of(
            [
                part("t_2025", datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
                *periods()[1:],
                default(),
            ]
        ),
        "fail",
        "t_2025 (2025-01-01 to 2026-03-01)",
    ),
    "one partition without end": (
        facts_of([*changed(5, span=Span(lower=periods()[5].span.lower, upper=None)), default()]),  # type: ignore[union-attr]  # every period has a span
        "fail",
        "t_2026-07 (2026-07-01 to the end)",
    ),
    "rows in DEFAULT": (
        facts_of(
            [*periods(), default(size_bytes=8192)],
            default_rows=DefaultRows(
                rows_seen=2, earliest=NOW - 900 * DAY, upcoming=NOW + 100 * DAY
            ),
        ),
        "fail",
        "t_def (DEFAULT) holds 2 rows, which block the partition of 2026-08",
    ),
    "old rows in DEFAULT": (
        facts_of(
            [*periods(), default(size_bytes=8192)],
            default_rows=DefaultRows(rows_seen=10_000, earliest=NOW - 900 * DAY),
        ),
        "fail",
        "10000 rows or more, which block the partition of 2023-11",
    ),
    "no DEFAULT where an empty one is declared": (facts_of(periods()), "fail", "no DEFAULT"),
    "never maintained": (
        facts_of(
            [*changed(2, untouched=True, last_vacuum=None, last_analyze=None), default()],
            statistics_since=NOW - DAY,
        ),
        "fail",
        "1 of 6 late: t_2026-04 (never, since it was created)",
    ),
    "vacuumed too long ago": (
        facts_of([*changed(2, last_vacuum=NOW - 8 * DAY), default()]),
        "fail",
        "1 of 6 late: t_2026-04 (8.0 d ago)",
    ),
    "not analyzed since statistics began long ago": (
        facts_of([*changed(2, last_analyze=None), default()]),
        "fail",
        "1 of 6 late: t_2026-04",
    ),
    "an unsupported key type": (
        facts_of(
            [*periods(), default()],
            cut=Cut(strategy="range", columns=("at",), types=("integer",)),
        ),
        "unverified",
        "unsupported key type (integer)",
    ),
    "a bound that cannot be read": (
        facts_of([*changed(1, span=None), default()]),
        "unverified",
        "bounds that cannot be read",
    ),
    "only a foreign table for a coming month": (
        facts_of([*changed(4, relkind="f", size_bytes=None), default()]),
        "unverified",
        "only a foreign partition for 2026-06-01 to 2026-07-01",
    ),
    "DEFAULT without a grant": (
        facts_of(
            [*periods(), default(size_bytes=8192, last_vacuum=NOW, last_analyze=NOW)],
            default_rows=DefaultRows(hidden="privilege"),
        ),
        "unverified",
        "may hold rows: it is not readable",
    ),
    "DEFAULT locked": (
        facts_of([*periods(), default(size_bytes=None)], default_rows=DefaultRows(hidden="locked")),
        "unverified",
        "may hold rows: it is locked",
    ),
    "maintained in the future": (
        facts_of([*changed(2, last_vacuum=NOW + 1132 * DAY), default()]),
        "unverified",
        "1 of 6 unknown: t_2026-04 (1132.0 d after the server's own clock)",
    ),
    "statistics reset yesterday": (
        facts_of([*changed(2, last_analyze=None), default()], statistics_since=NOW - DAY),
        "unverified",
        "1 of 6 unknown: t_2026-04 (at no time since statistics were reset 1.0 d ago)",
    ),
    "a standby": (
        facts_of([*changed(2, last_analyze=NOW - 9 * DAY), default()], in_recovery=True),
        "unverified",
        "6 of 6 unknown: t_2026-02",
    ),
    "nothing is counted": (
        facts_of([*changed(2, last_analyze=None), default()], counts=False),
        "unverified",
        "1 of 6 unknown: t_2026-04",
    ),
    "a foreign table for a past month": (
        facts_of([*changed(1, relkind="f", size_bytes=None), default()]),
        "pass",
        "has no gap",
    ),
    "DEFAULT read and found empty": (
        facts_of(
            [*periods(), default(size_bytes=8192, last_vacuum=NOW, last_analyze=NOW)],
            default_rows=DefaultRows(rows_seen=0),
        ),
        "pass",
        "holds no row",
    ),
    "a month that is cut again by list": (
        facts_of(
            [
                *changed(3, relkind="p", size_bytes=None, cut=BY_KIND),
                child("t_2026-05", "t_2026-05_a", bound="DEFAULT"),
                default(),
            ]
        ),
        "pass",
        "has no gap",
    ),
}


@pytest.mark.parametrize(("facts", "expected", "said"), ROWS.values(), ids=ROWS.keys())
def test_a_deviation_is_named(facts: PartitionFacts, expected: str, said: str) -> None:
    plan = plan_of("t_2026-03")
    if "t_2026-05_a" in facts.model_dump_json():
        plan = plan_of("t_2026-05_a")
    findings = judge(facts, plan=plan, **DECLARED)
    assert outcome(findings) == expected
    assert said in " | ".join(finding.message for finding in findings)
    assert all(finding.needs for finding in findings if finding.verdict is Verdict.UNDECIDED)


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"ahead": 1}, "say with every which"),
        ({"retain": 1}, "say with every which"),
        ({"strategy": "list", "every": "month"}, "list has none"),
        ({"strategy": "hash", "every": "day", "ahead": 1}, "hash has none"),
        ({"strategy": "hash", "default": "empty"}, "cannot have a DEFAULT"),
        ({"every": "hour"}, "'day', 'week', 'month', 'quarter' or 'year'"),
        ({"prunes": {"sql": "delete from t", "max_partitions": 2}}, "is not a SELECT"),
        ({"prunes": {"sql": "select 1", "max_partitions": 0}}, "greater than or equal to 1"),
        ({"table": "a.b.c"}, "is not a table"),
    ],
)
def test_what_cannot_hold_is_a_mistake_of_the_spec(declared: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Partitions.model_validate({"table": "t"} | declared)


def test_an_entry_is_called_as_its_table_is_written() -> None:
    assert Partitions.model_validate({"table": "jobs"}).identity == "jobs"
    assert Partitions.model_validate({"table": "sales.jobs"}).identity == "sales.jobs"


@pytest.mark.parametrize(
    ("declared", "partition", "expected"),
    [
        ("forbidden", None, "pass"),
        ("forbidden", default(), "fail"),
        ("required", None, "fail"),
        ("required", default(), "pass"),
        ("required", default(relkind="p", size_bytes=None), "fail"),
        ("required", default(detaching=True), "fail"),
        ("empty", None, "fail"),
        ("empty", default(), "pass"),
    ],
)
def test_the_default_partition_is_as_declared(
    declared: str, partition: Partition | None, expected: str
) -> None:
    facts = facts_of([*periods(), partition] if partition else periods())
    assert outcome(judge(facts, table="t", default=declared)) == expected


@pytest.mark.parametrize("strategy", ["list", "hash"])
def test_other_strategies_are_judged_by_strategy_and_key(strategy: str) -> None:
    cut = Cut.model_validate({"strategy": strategy, "columns": ("kind",), "types": ("text",)})
    facts = facts_of([part("t_a", None, None)], cut=cut)
    assert outcome(judge(facts, table="t", strategy=strategy, key="kind")) == "pass"
    assert outcome(judge(facts, table="t", strategy=strategy, key="name")) == "fail"
    assert outcome(judge(facts, table="t", strategy="range")) == "fail"


def test_nothing_to_maintain_is_not_a_pass() -> None:
    empty = [p.model_copy(update={"size_bytes": 0}) for p in periods()]
    findings = judge(facts_of(empty), table="t", maintained_within="7d")
    assert outcome(findings) == "unverified"


@pytest.mark.parametrize(
    ("age", "expected"),
    [(7 * DAY, "pass"), (7 * DAY + timedelta(microseconds=1), "fail")],
)
def test_the_limit_of_maintenance_is_exact(age: timedelta, expected: str) -> None:
    facts = facts_of(changed(2, last_vacuum=NOW - age))
    assert outcome(judge(facts, table="t", maintained_within="7d")) == expected


def test_periods_of_another_column_are_not_judged() -> None:
    facts = facts_of(periods(), cut=CUT.model_copy(update={"columns": ("seen",)}))
    findings = judge(facts, table="t", key="at", every="month", ahead=2)
    assert [finding.verdict for finding in findings[2:]] == [Verdict.BREAKS, Verdict.UNDECIDED]
    assert "partitioned on another column" in findings[3].message


@pytest.mark.parametrize(
    ("locked", "needs"),
    [(True, "the lock on t_2026-04 released"), (False, "one VACUUM (ANALYZE) of t_2026-04")],
)
def test_an_unknown_size_is_no_proof_that_maintenance_is_late(*, locked: bool, needs: str) -> None:
    unknown = changed(2, size_bytes=None, last_vacuum=None, untouched=True, locked=locked)
    findings = judge(facts_of(unknown), table="t", maintained_within="7d")
    assert outcome(findings) == "unverified"
    assert (findings[-1].needs or "").startswith(needs)


@pytest.mark.parametrize(
    ("scanned", "limit", "expected"),
    [
        (("t_2026-05",), 2, "pass"),
        (("t_2026-05", "t_2026-04"), 2, "pass"),
        (("t_2026-05", "t_2026-04", "t_2026-03"), 2, "fail"),
        (("t_2026-05", "t_2026-04", "t_def"), 2, "pass"),  # it is empty
        (("t_def",), 2, "pass"),
        ((), 2, "unverified"),  # reads no partition at all
        (("other",), 2, "unverified"),
        (("t_2026-05",), 6, "unverified"),  # there are no more than 6 with rows
    ],
)
def test_pruning_counts_the_partitions_that_hold_rows(
    scanned: tuple[str, ...], limit: int, expected: str
) -> None:
    plan = plan_of(*scanned, sql="select 1 from t")
    prunes = {"sql": "select 1 from t", "max_partitions": limit}
    findings = judge(facts_of([*periods(), default()]), plan=plan, table="t", prunes=prunes)
    assert outcome(findings) == expected


def test_the_message_says_that_empty_partitions_are_not_counted() -> None:
    prunes = {"sql": "select 1 from t", "max_partitions": 1}
    facts = facts_of([*periods(), default()])
    for scanned in (("t_2026-05",), ("t_2026-05", "t_2026-04")):
        findings = judge(
            facts, plan=plan_of(*scanned, sql="select 1 from t"), table="t", prunes=prunes
        )
        assert "partitions with rows" in findings[-1].message
        assert "empty ones not counted" in findings[-1].message


def test_an_answer_about_another_table_decides_nothing() -> None:
    with pytest.raises(ProbeError, match="says nothing about other"):
        judge(facts_of(periods()), table="other")


def test_a_grant_is_written_as_sql() -> None:
    rows = DefaultRows(hidden="privilege")
    facts = facts_of([*periods(), default(size_bytes=8192)], default_rows=rows, role="Odd")
    findings = judge(facts, table="t", default="empty")
    assert (findings[-1].needs or "").startswith('GRANT SELECT ON "public"."t_def" TO "Odd"')


def test_facts_survive_being_saved() -> None:
    facts = facts_of([*periods(), default()], default_rows=DefaultRows(rows_seen=1, earliest=NOW))
    assert PartitionFacts.model_validate_json(facts.model_dump_json()) == facts
