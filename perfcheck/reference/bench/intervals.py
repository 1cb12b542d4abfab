"""Medians and their exact confidence intervals, from order statistics alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

MIN_ROUNDS = 6  # with fewer, even the whole range covers the median in less than 95 % of cases


@dataclass(frozen=True)
class Estimate:
    """A median, and the interval that covers the true one in at least 95 % of cases."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Round:
    """One timing of each side and of a bare round trip, in milliseconds."""

    trip_ms: float
    before_ms: float
    after_ms: float

    @property
    def gain(self) -> float:
        """The share of the time saved, without the round trip; at most 1.

        A round that could not tell the slower side from a round trip shows no gain.
        """
        before, after = self.before_ms - self.trip_ms, self.after_ms - self.trip_ms
        return 1 - max(after, 0) / before if before > 0 else 0.0


def estimate(samples: Sequence[float]) -> Estimate:
    """Return the median with its interval.

    No distribution is assumed: the k-th smallest and k-th largest sample enclose the median
    unless fewer than k of n fair coins fall on one side.

    Raises:
        ValueError: there are fewer than MIN_ROUNDS samples.

    Source: W. J. Conover, Practical Nonparametric Statistics, section 3.2.
    """
    if len(samples) < MIN_ROUNDS:
        raise ValueError(f"{len(samples)} samples: at least {MIN_ROUNDS} are needed")
    ordered = sorted(samples)
    outside = _samples_outside(len(ordered))
    return Estimate(median(ordered), ordered[outside], ordered[-1 - outside])


def _samples_outside(number: int) -> int:
    """Return how many samples may lie below the interval, and as many above it."""
    tail = outside = 0
    while (tail := tail + math.comb(number, outside)) * 40 <= 2**number:  # 2.5 % on each side
        outside += 1
    return outside - 1
