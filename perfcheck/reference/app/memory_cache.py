"""Keep cached bodies in this process, within a bound."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MAX_BYTES = 32 * 1024 * 1024
_ENTRY_OVERHEAD_BYTES = 256


@dataclass(frozen=True)
class _Entry:
    expires_at: float
    value: bytes


class MemoryCache:
    """The store of a service without Redis, and the fallback of one with it.

    The entry that was not used for the longest time goes first when the bound is reached.
    """

    def __init__(
        self, *, max_bytes: int = _MAX_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._size_bytes = 0
        self._generation = 0

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, key: str) -> bytes | None:
        """Return the value, or None when there is none or it has expired."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.expires_at <= self._clock():
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return entry.value

    async def generation(self, _group: str) -> str:
        """Return a mark that every deletion changes."""
        return str(self._generation)

    async def fill(
        self, key: str, value: bytes, *, ttl_s: int, group: str, generation: str
    ) -> None:
        """Keep the value, unless something was deleted since the generation was read."""
        cost_bytes = _cost_bytes(key, value)
        if generation != await self.generation(group) or cost_bytes > self._max_bytes:
            return
        if key in self._entries:
            self._remove(key)
        self._entries[key] = _Entry(self._clock() + ttl_s, value)
        self._size_bytes += cost_bytes
        while self._size_bytes > self._max_bytes:
            self._remove(next(iter(self._entries)))

    async def delete(self, _group: str, prefix: str) -> None:
        """Delete every key that starts with the prefix."""
        self._generation += 1
        for key in [key for key in self._entries if key.startswith(prefix)]:
            self._remove(key)

    def clear(self) -> None:
        """Forget everything."""
        self._generation += 1
        self._entries.clear()
        self._size_bytes = 0

    def _remove(self, key: str) -> None:
        self._size_bytes -= _cost_bytes(key, self._entries.pop(key).value)


def _cost_bytes(key: str, value: bytes) -> int:
    return len(key) + len(value) + _ENTRY_OVERHEAD_BYTES
