"""Break the cache on purpose."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from typing_extensions import override

from perfcheck.reference.app.cache import Cache, CachedBody, CacheGroup
from perfcheck.reference.app.redis_cache import RedisCache
from perfcheck.reference.app.settings import Settings
from perfcheck.reference.app.switches import Switchboard


@dataclass(frozen=True)
class CacheSwitches:
    """How bodies are kept; families are jobs, summary and static, and the defaults are right."""

    without_ttl: Sequence[str] = ()
    ttl_factors: Mapping[str, int] = field(default_factory=dict)
    never_hits: Sequence[str] = ()
    lists_shared_by_tenants: bool = False
    deletion: Literal["scan", "keys", "flushdb", "none"] = "scan"


def build_redis_cache(settings: Settings) -> RedisCache | None:
    """Return the store in Redis as the switches want it; None without a Redis."""
    if not settings.redis_url:
        return None
    redis = RedisCache(settings.redis_url, timeout_s=settings.redis_timeout_s)
    switches = settings.switches.of("cache", CacheSwitches)
    return redis if switches == CacheSwitches() else _FaultyRedisCache(settings, switches)


def cache_type(switches: Switchboard) -> type[Cache]:
    """Return the class of the cache that the switches want."""
    return (
        TenantBlindCache if switches.of("cache", CacheSwitches).lists_shared_by_tenants else Cache
    )


class _FaultyRedisCache(RedisCache):
    def __init__(self, settings: Settings, switches: CacheSwitches) -> None:
        super().__init__(settings.redis_url, timeout_s=settings.redis_timeout_s)
        self._switches = switches

    @override
    async def get(self, key: str) -> bytes | None:
        return None if _family(key) in self._switches.never_hits else await super().get(key)

    @override
    async def fill(
        self, key: str, value: bytes, *, ttl_s: int, group: str, generation: str
    ) -> None:
        ttl_s *= self._switches.ttl_factors.get(_family(key), 1)
        await super().fill(key, value, ttl_s=ttl_s, group=group, generation=generation)
        if _family(key) in self._switches.without_ttl:
            await self._execute("PERSIST", key)

    @override
    async def delete(self, group: str, prefix: str) -> None:
        if self._switches.deletion == "none":
            return
        if self._switches.deletion == "flushdb":
            await self._execute("FLUSHDB")
        await super().delete(group, prefix)

    @override
    async def _unlink_matching(self, pattern: str) -> None:
        if self._switches.deletion != "keys":
            await super()._unlink_matching(pattern)
        elif keys := await self._execute("KEYS", pattern):
            await self._execute("UNLINK", *keys)


class TenantBlindCache(Cache):
    """A cache that leaves the tenant out of the keys of job lists."""

    @override
    async def read_through(
        self,
        key: str,
        produce: Callable[[], Awaitable[bytes]],
        *,
        group: CacheGroup,
        ttl_s: int,
    ) -> CachedBody:
        shared = _shared(group)
        key = key.replace(str(group), str(shared), 1)
        return await super().read_through(key, produce, group=shared, ttl_s=ttl_s)

    @override
    async def invalidate(self, group: CacheGroup, *parts: str) -> None:
        await super().invalidate(_shared(group), *parts)


def _shared(group: CacheGroup) -> CacheGroup:
    return CacheGroup("jobs", "every-tenant") if group.family == "jobs" else group


def _family(key: str) -> str:
    return key.partition(":")[0]
