"""Periods of a zone begin and end where PostgreSQL says they do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcheck.calendar import Calendar, Unit, to_instant

UNITS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")
ZONES = (
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",  # until 2019 midnight was skipped in spring
    "America/Havana",  # midnight comes twice in autumn
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
)
moments = st.datetimes(
    datetime.fromisoformat("1971-01-01"),
    datetime.fromisoformat("2099-01-01"),
    timezones=st.just(UTC),
)
calendars = st.builds(Calendar, st.sampled_from(UNITS), st.sampled_from(ZONES))


@pytest.mark.parametrize(
    ("local", "zone", "utc"),
    [
        ("2026-01-01T00:00", "America/New_York", "2026-01-01T05:00"),
        ("2026-07-01T00:00", "America/New_York", "2026-07-01T04:00"),
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:30"),  # skipped
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T06:30"),  # twice
        ("2018-11-04T00:00", "America/Sao_Paulo", "2018-11-04T03:00"),  # skipped
        ("2026-11-01T00:00", "America/Havana", "2026-11-01T05:00"),  # twice
    ],
)
def test_a_local_time_is_read_as_postgresql_reads_it(local: str, zone: str, utc: str) -> None:
    assert to_instant(datetime.fromisoformat(local), zone) == datetime.fromisoformat(utc).replace(
        tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("unit", "zone", "moment", "begins", "name"),
    [
        ("month", "America/New_York", "2026-05-01T03:59", "2026-04-01T04:00", "2026-04"),
        ("month", "America/New_York", "2026-05-01T04:00", "2026-05-01T04:00", "2026-05"),
        ("day", "Asia/Kathmandu", "2026-05-09T18:15", "2026-05-09T18:15", "2026-05-10"),
        ("week", "UTC", "2027-01-03T23:59", "2026-12-28T00:00", "2026-W53"),
        ("quarter", "UTC", "2026-06-30T12:00", "2026-04-01T00:00", "2026-Q2"),
        ("year", "UTC", "2026-06-30T12:00", "2026-01-01T00:00", "2026"),
        # The first of the two hours after midnight still belongs to the day before.
        ("day", "America/Havana", "2026-11-01T04:30", "2026-10-31T04:00", "2026-10-31"),
    ],
)
def test_a_moment_lies_in_the_period_of_its_zone(
    unit: Unit, zone: str, moment: str, begins: str, name: str
) -> None:
    calendar = Calendar(unit, zone)
    start = calendar.start(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert (start.isoformat(), calendar.name(start)) == (f"{begins}:00+00:00", name)


@given(calendars, moments)
def test_every_moment_lies_in_exactly_one_period(calendar: Calendar, moment: datetime) -> None:
    start = calendar.start(moment)
    assert start <= moment < calendar.shift(start, 1)
    assert calendar.start(start) == start


@given(calendars, moments, st.integers(-400, 400))
def test_shifting_there_and_back_changes_nothing(
    calendar: Calendar, moment: datetime, periods: int
) -> None:
    start = calendar.start(moment)
    assert calendar.shift(calendar.shift(start, periods), -periods) == start


@given(calendars, moments)
def test_only_a_whole_period_is_one_period(calendar: Calendar, moment: datetime) -> None:
    start = calendar.start(moment)
    end = calendar.shift(start, 1)
    assert calendar.is_one_period(start, end)
    assert not calendar.is_one_period(start, end - timedelta(seconds=1))
    assert not calendar.is_one_period(start + timedelta(seconds=1), end)
    assert not calendar.is_one_period(start, calendar.shift(start, 2))


@pytest.mark.parametrize("unit", UNITS)
def test_periods_beyond_the_calendar_are_clamped(unit: Unit) -> None:
    calendar = Calendar(unit, "America/New_York")
    start = calendar.start(datetime(2026, 5, 10, tzinfo=UTC))
    assert calendar.shift(start, -99_999_999).year <= 2
    assert calendar.shift(start, 99_999_999).year >= 9998
