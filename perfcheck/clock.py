"""The clock, passed in: so that a run can be repeated from its facts."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What gather reads the time from."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that never go backwards."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Return seconds that never go backwards."""
        return time.monotonic()
