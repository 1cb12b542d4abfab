"""Ranges are compared with the periods of the declared zone, at the lowest level."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfcheck.calendar import Calendar, Unit
from perfcheck.model import Verdict
from perfcheck.probes.database.partition_facts import Partition
from tests.checks.database.partition_cases import (
    BY_KIND,
    default,
    facts_of,
    judge,
    outcome,
    part,
    periods,
    public,
    without,
    year_of,
)

ZONE = "America/New_York"


def test_a_partition_cut_in_another_zone_is_named_with_its_local_bounds() -> None:
    july = part("t_7", datetime(2026, 7, 1, 4, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC))
    facts = facts_of([*periods(zone=ZONE)[:-1], july], zone=ZONE)
    findings = judge(facts, table="t", every="month", ahead=1)
    assert outcome(findings) == "fail"
    assert "t_7 (2026-07-01 to 2026-07-31 20:00-04:00)" in findings[3].message


@pytest.mark.parametrize(
    ("moment", "missing"),
    [
        ("2026-06-01T03:59:59", "2026-05-01 to 2026-06-01"),  # still May in New York
        ("2026-06-01T04:00:00", "2026-06-01 to 2026-07-01"),
    ],
)
def test_today_is_that_of_the_zone(moment: str, missing: str) -> None:
    asked_at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    facts = facts_of(periods(zone=ZONE, ahead=-1), zone=ZONE, asked_at=asked_at)
    findings = judge(facts, table="t", every="month", ahead=0, retain=1)
    assert outcome(findings) == "fail"
    assert missing.split(" to ")[1] in findings[2].expected


def test_months_below_years_are_judged_as_months() -> None:
    top = year_of(2026)
    months = [p.model_copy(update={"parent": top.name}) for p in periods(back=4, ahead=2)]
    complete = facts_of([top, *months])
    assert outcome(judge(complete, table="t", every="month", ahead=2, retain=4)) == "pass"
    holed = facts_of([top, *months[:3], *months[4:]])
    findings = judge(holed, table="t", every="month", ahead=2, retain=4)
    assert "no partition for 2026-04-01 to 2026-05-01" in findings[2].message


def test_without_retain_the_oldest_partition_is_the_first_that_counts() -> None:
    facts = facts_of(without(1))
    findings = judge(facts, table="t", every="month")
    assert findings[2].expected == "no gap from 2026-02-01 to 2026-06-01"
    assert findings[2].verdict is Verdict.BREAKS


def test_a_default_below_takes_no_row_of_its_siblings() -> None:
    year, rest = year_of(2026), default(parent=public("t_2026"))
    below = [p.model_copy(update={"parent": year.name}) for p in periods(back=4, ahead=2)]
    declared: dict[str, Any] = {"table": "t", "every": "month", "ahead": 3, "retain": 4}
    assert outcome(judge(facts_of([year, *below, rest]), **declared)) == "pass"
    below[5] = below[5].model_copy(update={"relkind": "p", "cut": BY_KIND})
    findings = judge(facts_of([year, *below, rest]), **declared)
    assert "t_2026-06 has no partition of its own" in findings[2].message


Removal = Callable[[list[Partition], int], list[Partition]]


def _drop(partitions: list[Partition], index: int) -> list[Partition]:
    return partitions[:index] + partitions[index + 1 :]


def _update(**more: Any) -> Removal:
    def change(partitions: list[Partition], index: int) -> list[Partition]:
        changed = partitions[index].model_copy(update=more)
        return [*partitions[:index], changed, *partitions[index + 1 :]]

    return change


@given(
    unit=st.sampled_from(["day", "week", "month", "quarter", "year"]),
    zone=st.sampled_from(["UTC", ZONE, "America/Havana", "Asia/Kathmandu"]),
    asked_at=st.datetimes(
        datetime.fromisoformat("1999-01-01"),
        datetime.fromisoformat("2040-01-01"),
        timezones=st.just(UTC),
    ),
    ahead=st.integers(0, 5),
    retain=st.integers(0, 8),
    removal=st.sampled_from(
        [
            _drop,
            _update(relkind="p", cut=BY_KIND),
            _update(detaching=True),
            _update(bound="DEFAULT", span=None),
        ]
    ),
    where=st.integers(0, 13),
)
@settings(deadline=None, max_examples=150)
def test_complete_facts_pass_and_never_without_one_of_the_periods(
    unit: Unit,
    zone: str,
    asked_at: datetime,
    ahead: int,
    retain: int,
    removal: Removal,
    where: int,
) -> None:
    calendar = Calendar(unit, zone)
    current = calendar.start(asked_at)
    starts = [calendar.shift(current, step) for step in range(-retain, ahead + 1)]
    complete = [part(f"t_{calendar.name(s)}", s, calendar.shift(s, 1)) for s in starts]
    declared: dict[str, Any] = {"table": "t", "every": unit, "ahead": ahead, "retain": retain}

    whole = judge(facts_of(complete, zone=zone, asked_at=asked_at), **declared)
    assert outcome(whole) == "pass"

    holed = removal(complete, where % len(complete))
    findings = judge(facts_of(holed, zone=zone, asked_at=asked_at), **declared)
    assert outcome(findings) == "fail"
