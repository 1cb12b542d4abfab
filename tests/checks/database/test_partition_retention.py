"""Rows in a DEFAULT partition may be older than what is kept, though no partition is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from perfcheck.model import Verdict
from perfcheck.probes.database.partition_facts import DefaultRows
from tests.checks.database.partition_cases import (
    default,
    facts_of,
    judge,
    outcome,
    periods,
    public,
    year_of,
)
from tests.checks.database.server import DAY, NOW

OLD_ROWS: dict[str, tuple[DefaultRows | None, str, str]] = {
    "empty by its size": (None, "pass", "nothing older"),
    "no row": (DefaultRows(rows_seen=0), "pass", "nothing older"),
    "young rows": (DefaultRows(rows_seen=3, earliest=NOW + 99 * DAY), "pass", "nothing older"),
    "rows without a time": (DefaultRows(rows_seen=3), "pass", "nothing older"),
    "old rows": (
        DefaultRows(rows_seen=3, earliest=datetime(2003, 4, 5, tzinfo=UTC)),
        "fail",
        "t_def (DEFAULT) holds rows of 2003-04-05; expected nothing older than 2026-02-01",
    ),
    "old rows among many": (
        DefaultRows(rows_seen=10_000, earliest=datetime(2003, 4, 5, tzinfo=UTC)),
        "fail",
        "holds rows of 2003-04-05",
    ),
    "more rows than were read": (
        DefaultRows(rows_seen=10_000, earliest=NOW),
        "unverified",
        "of t_def (DEFAULT) only 10000 rows were read",
    ),
    "no grant": (DefaultRows(hidden="privilege"), "unverified", "it is not readable"),
    "locked": (DefaultRows(hidden="locked"), "unverified", "it is locked"),
}


@pytest.mark.parametrize(("rows", "expected", "said"), OLD_ROWS.values(), ids=OLD_ROWS.keys())
def test_old_rows_in_the_default_are_older_though_no_partition_is(
    rows: DefaultRows | None, expected: str, said: str
) -> None:
    facts = facts_of([*periods(), default(size_bytes=8192)], default_rows=rows)
    findings = judge(facts, table="t", every="month", retain=3)
    assert outcome(findings) == expected
    assert said in findings[-2].message


def test_a_default_below_may_hold_rows_older_than_what_is_kept() -> None:
    year, rest = year_of(2026), default(parent=public("t_2026"))
    below = [p.model_copy(update={"parent": year.name}) for p in periods(back=2, ahead=2)]
    declared: dict[str, Any] = {"table": "t", "every": "month", "retain": 2}
    assert outcome(judge(facts_of([year, *below, rest]), **declared)) == "pass"
    full = rest.model_copy(update={"size_bytes": 8192})
    findings = judge(facts_of([year, *below, full]), **declared)
    assert outcome(findings) == "unverified"
    assert "t_def (DEFAULT) may hold older rows" in findings[-2].message


def test_a_year_that_is_kept_too_long_is_named_though_only_a_default_is_below() -> None:
    inside = default(parent=public("t_2020"))
    facts = facts_of([year_of(2020), inside, *periods(back=2)])
    findings = judge(facts, table="t", every="month", retain=2)
    assert findings[-2].verdict is Verdict.BREAKS
    assert "still has t_2020" in findings[-2].message
