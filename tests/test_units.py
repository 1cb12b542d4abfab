"""Durations, sizes and percentages are typed, and a unit that does not fit is refused."""

from datetime import timedelta

import pytest

from perfcheck.units import (
    parse_duration,
    parse_percent,
    parse_size,
    show_age,
    show_duration,
)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("250ms", 250),
        ("0s", 0),
        ("1.5s", 1500),
        ("15m", 900_000),
        ("1h", 3_600_000),
        ("2w", 1_209_600_000),
    ],
)
def test_a_duration_is_read(text: str, milliseconds: int):
    assert parse_duration(text) == timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize("text", ["7d", "15m", "250ms", "1h", "30s", "90m", "0ms"])
def test_a_duration_is_written_as_it_was_read(text: str):
    assert parse_duration(show_duration(parse_duration(text))) == parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size_bytes"), [("800B", 800), ("1KB", 1024), ("1KiB", 1024), ("1.5MB", 1_572_864)]
)
def test_a_size_is_read_in_powers_of_1024(text: str, size_bytes: int):
    assert parse_size(text) == size_bytes


def test_a_percentage_is_a_ratio():
    assert parse_percent("99.4%") == pytest.approx(0.994)
    assert parse_percent("0%") == 0


@pytest.mark.parametrize(
    "value", ["7", "7 d", "d", "-1s", "1y", "1KB", 7.5, None, True, "1e3s", "٣s", "7d\n"]
)
def test_what_is_no_duration_is_refused(value: object):
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(value)


@pytest.mark.parametrize("value", ["1k", "1 KB", "1s", 1.5, "KB"])
def test_what_is_no_size_is_refused(value: object):
    with pytest.raises(ValueError, match="is not a size"):
        parse_size(value)


def test_a_number_without_a_unit_says_how_to_write_it():
    with pytest.raises(ValueError, match="'1024' has no unit: write 1024B"):
        parse_size(1024)


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (timedelta(seconds=12), "12 s"),
        (timedelta(hours=3, minutes=12), "3.2 h"),
        (timedelta(days=9), "9.0 d"),
    ],
)
def test_an_age_is_shown_with_one_unit(age: timedelta, shown: str):
    assert show_age(age) == shown


def test_a_duration_that_no_clock_can_hold_is_refused():
    with pytest.raises(ValueError, match="is longer than any duration can be"):
        parse_duration("99999999999999w")


def test_a_size_that_no_number_can_hold_is_refused():
    with pytest.raises(ValueError, match="is larger than any size can be"):
        parse_size("9" * 400 + "GB")
