"""Bounds are read as the server prints them."""

from datetime import UTC, datetime

import pytest

from perfcheck.probes.database.bounds import read_bound, read_hash_bound, read_value, write_value

TZ, TS = "timestamp with time zone", "timestamp without time zone"
ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("bound", "key_type", "lower", "upper"),
    [
        (
            "FOR VALUES FROM ('2026-01-01 05:00:00+00') TO ('2026-02-01 05:00:00+00')",
            TZ,
            "2026-01-01T05:00",
            "2026-02-01T05:00",
        ),
        (
            "FOR VALUES FROM ('2026-01-01 00:00:00') TO ('2026-07-01 00:00:00.5')",
            TS,
            "2026-01-01T05:00",
            "2026-07-01T04:00:00.500000",
        ),
        (
            "FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
            "date",
            "2026-01-01T05:00",
            "2026-02-01T05:00",
        ),
        ("FOR VALUES FROM (MINVALUE) TO ('2026-02-01')", "date", None, "2026-02-01T05:00"),
        ("FOR VALUES FROM ('2026-02-01') TO (MAXVALUE)", "date", "2026-02-01T05:00", None),
        ("FOR VALUES FROM ('-infinity') TO ('infinity')", TZ, "0002-01-01", "9999-01-01"),
        (
            "FOR VALUES FROM ('0044-03-15 BC') TO ('12026-01-01')",
            "date",
            "0002-01-01",
            "9999-01-01",
        ),
    ],
)
def test_a_range_of_time_is_read(
    bound: str, key_type: str, lower: str | None, upper: str | None
) -> None:
    span = read_bound(bound, key_type, ZONE)
    assert span is not None
    assert (span.lower, span.upper) == tuple(
        None if edge is None else datetime.fromisoformat(edge).replace(tzinfo=UTC)
        for edge in (lower, upper)
    )


@pytest.mark.parametrize(
    ("bound", "key_type"),
    [
        ("DEFAULT", TZ),
        ("FOR VALUES IN ('a')", "text"),
        ("FOR VALUES FROM (1) TO (2)", "integer"),
        ("FOR VALUES FROM ('2026-01-01', 'a') TO ('2026-02-01', 'b')", "date"),
        ("FOR VALUES FROM ('soon') TO ('later')", TZ),
    ],
)
def test_what_is_no_range_of_time_is_not_guessed(bound: str, key_type: str) -> None:
    assert read_bound(bound, key_type, ZONE) is None


@pytest.mark.parametrize("key_type", [TZ, TS])
def test_a_written_value_is_read_back(key_type: str) -> None:
    moment = datetime(2026, 7, 1, 12, 30, 1, 5, tzinfo=UTC)
    text = write_value(moment, key_type, ZONE).replace("T", " ")
    assert read_value(text, ZONE) == moment


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("FOR VALUES WITH (modulus 4, remainder 3)", (4, 3)),
        ("FOR VALUES WITH (modulus 0, remainder 0)", None),
        ("FOR VALUES IN ('modulus 4, remainder 3')", None),
        ("DEFAULT", None),
    ],
)
def test_the_bound_of_a_hash_partition_is_read(
    bound: str, expected: tuple[int, int] | None
) -> None:
    assert read_hash_bound(bound) == expected
