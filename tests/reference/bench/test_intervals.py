import math

import pytest

from perfcheck.reference.bench.intervals import MIN_ROUNDS, Estimate, Round, estimate


def binomial_tail(number: int, at_most: int) -> float:
    return float(sum(math.comb(number, k) for k in range(at_most + 1)) / 2**number)


@pytest.mark.parametrize(
    ("number", "low", "high"), [(6, 1, 6), (9, 2, 8), (20, 6, 15), (30, 10, 21), (100, 40, 61)]
)
def test_the_interval_ends_at_the_published_order_statistics(
    number: int, low: int, high: int
) -> None:
    found = estimate([float(rank) for rank in range(number, 0, -1)])
    assert (found.low, found.high) == (low, high)
    assert found.value == (number + 1) / 2


@pytest.mark.parametrize("number", range(MIN_ROUNDS, 80))
def test_the_interval_is_the_narrowest_that_covers_95_per_cent(number: int) -> None:
    outside = int(estimate([float(rank) for rank in range(number)]).low)
    assert 2 * binomial_tail(number, outside) <= 0.05
    assert 2 * binomial_tail(number, outside + 1) > 0.05


def test_a_thousand_rounds_are_no_overflow() -> None:
    assert estimate([1.0] * 1100) == Estimate(1, 1, 1)


def test_five_rounds_are_too_few() -> None:
    with pytest.raises(ValueError, match="at least 6"):
        estimate([1.0] * 5)


def test_one_wild_round_moves_neither_median_nor_interval() -> None:
    calm = [1.0] * 29
    assert estimate([*calm, 1e6]) == Estimate(1, 1, 1)


@pytest.mark.parametrize(
    ("timed", "gain"),
    [
        (Round(trip_ms=1, before_ms=101, after_ms=2), 0.99),
        (Round(trip_ms=0, before_ms=100, after_ms=1), 0.99),
        (Round(trip_ms=1, before_ms=11, after_ms=11), 0),
        (Round(trip_ms=1, before_ms=2, after_ms=3), -1),
        (Round(trip_ms=1, before_ms=101, after_ms=0.9), 1),  # faster than a round trip
        (Round(trip_ms=1, before_ms=1, after_ms=0.5), 0),  # the slower side cannot be told
    ],
)
def test_the_gain_is_of_the_times_without_the_round_trip(timed: Round, gain: float) -> None:
    assert timed.gain == pytest.approx(gain)
