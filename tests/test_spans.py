"""Gaps are exactly what no span covers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcheck.spans import Span, gaps

ZERO = datetime(2026, 1, 1, tzinfo=UTC)


def at(day: int) -> datetime:
    return ZERO + timedelta(days=day)


def span(lower: int | None, upper: int | None) -> Span:
    return Span(
        lower=None if lower is None else at(lower), upper=None if upper is None else at(upper)
    )


@pytest.mark.parametrize(
    ("covered", "missing"),
    [
        ([], [span(0, 10)]),
        ([span(0, 10)], []),
        ([span(None, None)], []),
        ([span(5, None), span(None, 5)], []),
        ([span(2, 4), span(6, 12)], [span(0, 2), span(4, 6)]),
        ([span(0, 8), span(1, 2)], [span(8, 10)]),
        ([span(20, 30), span(-5, 0)], [span(0, 10)]),
        ([span(3, 3)], [span(0, 10)]),
    ],
)
def test_a_gap_is_named_as_a_range(covered: list[Span], missing: list[Span]) -> None:
    assert list(gaps(span(0, 10), covered)) == missing


edges = st.none() | st.integers(-3, 13)


@given(st.lists(st.tuples(edges, edges), max_size=6))
def test_every_day_is_in_a_gap_or_in_a_span(pairs: list[tuple[int | None, int | None]]) -> None:
    covered = [span(*pair) for pair in pairs]
    missing = gaps(span(0, 10), covered)
    for day in range(10):
        assert _holds(missing, at(day)) != _holds(covered, at(day))


def _holds(spans: object, moment: datetime) -> bool:
    assert isinstance(spans, list | tuple)
    return any(one.begins <= moment < one.ends for one in spans)
