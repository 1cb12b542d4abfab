"""Decide when to try again something that failed."""

import time
from collections.abc import Callable

_FIRST_DELAY_S = 1.0
_LONGEST_DELAY_S = 30.0


class Backoff:
    """Doubles the pause between attempts, up to half a minute."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._delay_s = 0.0
        self._retry_at = 0.0

    @property
    def is_active(self) -> bool:
        """Whether the last attempt failed."""
        return self._delay_s > 0

    @property
    def is_due(self) -> bool:
        """Whether it is time for the next attempt."""
        return not self.is_active or self._clock() >= self._retry_at

    def record_failure(self) -> None:
        """Put the next attempt off."""
        self._delay_s = min(2 * self._delay_s, _LONGEST_DELAY_S) or _FIRST_DELAY_S
        self._retry_at = self._clock() + self._delay_s

    def record_success(self) -> None:
        """Forget all failures."""
        self._delay_s = 0.0
