"""Read through Redis, or through this process's memory while Redis is away."""

import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from typing_extensions import override

from perfcheck.reference.app.backoff import Backoff
from perfcheck.reference.app.memory_cache import MemoryCache
from perfcheck.reference.app.redis_cache import FAILURES

T = TypeVar("T")


@dataclass(frozen=True)
class CacheGroup:
    """The keys of one family and one tenant: what a write of that tenant may delete."""

    family: str
    tenant: str

    @override
    def __str__(self) -> str:
        return f"{self.family}:{self.tenant}"

    def key(self, *parts: str) -> str:
        """Return the key of the entry that the parts name: every parameter of the request."""
        return ":".join((str(self), *parts))


@dataclass(frozen=True)
class CachedBody:
    """A body, and where it came from; a fresh one has age zero."""

    body: bytes
    is_hit: bool
    age_s: int


class Observer(Protocol):
    """Counts what the cache did."""

    def count_cache_read(self, *, is_hit: bool) -> None:
        """Count one read."""


class _Store(Protocol):
    async def get(self, key: str) -> bytes | None: ...
    async def generation(self, group: str) -> str: ...
    async def fill(
        self, key: str, value: bytes, *, ttl_s: int, group: str, generation: str
    ) -> None: ...
    async def delete(self, group: str, prefix: str) -> None: ...


class RemoteStore(_Store, Protocol):
    """What the cache needs of Redis; each call may raise one of FAILURES."""

    async def ping(self) -> None:
        """Ask whether the store answers."""

    async def close(self) -> None:
        """Close the connections."""


class Cache:
    """A cache that never fails: without Redis it is a smaller one, at worst none.

    Deletions that Redis missed are owed to it, and paid before it is read again.
    """

    def __init__(
        self,
        *,
        redis: RemoteStore | None,
        observer: Observer,
        memory: MemoryCache | None = None,
        backoff: Backoff | None = None,
        useless_reads: int = 0,
    ) -> None:
        self._redis = redis
        self._observer = observer
        # Not `or`: an empty cache is false.
        self._memory = MemoryCache() if memory is None else memory
        self._backoff = Backoff() if backoff is None else backoff
        self._useless_reads = useless_reads
        self._owed: set[CacheGroup] = set()

    @property
    def backend(self) -> Literal["redis", "memory"]:
        """Which store answers now."""
        return "memory" if self._redis is None or self._backoff.is_active else "redis"

    async def read_through(
        self,
        key: str,
        produce: Callable[[], Awaitable[bytes]],
        *,
        group: CacheGroup,
        ttl_s: int,
    ) -> CachedBody:
        """Return the kept body, or produce and keep it; what `produce` raises is not kept."""
        store = await self._store()
        for _ in range(self._useless_reads):
            await self._read(store, f"{key}:useless")
        kept = await self._read(store, key)
        if kept is not None:
            return kept
        store = await self._store()  # another one, if the read has just failed
        # Read before the body is: a write in between makes the fill void.
        generation = await self._attempt(store.generation(str(group)))
        body = await produce()
        if generation is not None:
            wrapped = _wrap(key, body)
            fill = store.fill(key, wrapped, ttl_s=ttl_s, group=str(group), generation=generation)
            await self._attempt(fill)
        return CachedBody(body, is_hit=False, age_s=0)

    async def invalidate(self, group: CacheGroup, *parts: str) -> None:
        """Delete the group's entries whose key begins with the parts."""
        store = await self._store()
        await self._attempt(store.delete(str(group), group.key(*parts, "")))
        if self._redis is not None and self.backend == "memory":
            self._owed.add(group)

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._redis is not None:
            await self._redis.close()

    async def _read(self, store: _Store, key: str) -> CachedBody | None:
        kept = _unwrap(key, await self._attempt(store.get(key)))
        self._observer.count_cache_read(is_hit=kept is not None)
        return kept

    async def _store(self) -> _Store:
        if self._redis is None:
            return self._memory
        if not self._backoff.is_active:
            return self._redis
        if self._backoff.is_due:
            # Before the attempt, so that only one request makes it.
            self._backoff.record_failure()
            await self._attempt(self._return_to(self._redis))
        return self._redis if self.backend == "redis" else self._memory

    async def _return_to(self, redis: RemoteStore) -> None:
        await redis.ping()
        while self._owed:
            # Taken out first: a write during the deletion owes it anew.
            group = self._owed.pop()
            try:
                await redis.delete(str(group), group.key(""))
            except FAILURES:
                self._owed.add(group)
                raise
        # Other processes write while this one reads Redis: what is here grows stale unseen.
        self._memory.clear()
        self._backoff.record_success()

    async def _attempt(self, command: Coroutine[object, object, T]) -> T | None:
        try:
            return await command
        except FAILURES:
            if not self._backoff.is_active:
                self._backoff.record_failure()
            return None


def _wrap(key: str, body: bytes) -> bytes:
    return f"{time.time():.0f} {key}\n".encode() + body


def _unwrap(key: str, wrapped: bytes | None) -> CachedBody | None:
    """Read an entry; one that names another key is none, however it came here.

    An answer that a broken connection gave to the wrong request must not reach another tenant.
    """
    header, newline, body = (wrapped or b"").partition(b"\n")
    stored_at, _, named = header.decode("utf-8", "replace").partition(" ")
    if not newline or named != key or not stored_at.isdecimal():
        return None
    return CachedBody(body, is_hit=True, age_s=max(0, int(time.time()) - int(stored_at)))
