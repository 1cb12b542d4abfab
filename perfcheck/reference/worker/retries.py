"""Decide what becomes of a delivery after an attempt; pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

# Eight attempts within about ten minutes.
MAX_ATTEMPTS = 8
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=10)

Jitter = Callable[[], float]  # from 0 to 1, as random.random


@dataclass(frozen=True)
class Attempt:
    """How an attempt went; without an error the receiver has taken it."""

    error: str | None = None
    is_final: bool = False  # trying again would be useless


@dataclass(frozen=True)
class Settlement:
    """The columns of a delivery after an attempt."""

    status: Literal["delivered", "failed", "dead"]
    attempts: int
    next_retry_at: datetime | None = None
    last_error: str | None = None
    delivered_at: datetime | None = None


def settle(attempt: Attempt, attempts_before: int, now: datetime, jitter: Jitter) -> Settlement:
    """Return delivered, failed with the time of the next attempt, or dead after the last one."""
    attempts = attempts_before + 1
    if attempt.error is None:
        return Settlement("delivered", attempts, delivered_at=now)
    if attempt.is_final or attempts >= MAX_ATTEMPTS:
        return Settlement("dead", attempts, last_error=attempt.error)
    retry_at = now + pause_after(attempts, jitter)
    return Settlement("failed", attempts, next_retry_at=retry_at, last_error=attempt.error)


def pause_after(attempts: int, jitter: Jitter) -> timedelta:
    """Return the pause after so many failed attempts: doubled each time, half of it by chance.

    Chance spreads the deliveries that failed together, which would come back together.
    """
    pause = min(_FIRST_PAUSE * (1 << min(attempts - 1, 16)), _LONGEST_PAUSE)
    return pause * ((1 + jitter()) / 2)
