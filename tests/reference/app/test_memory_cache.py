import pytest

from perfcheck.reference.app.memory_cache import MemoryCache

pytestmark = pytest.mark.anyio


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def fill(cache: MemoryCache, key: str, value: bytes, ttl_s: int = 60) -> None:
    generation = await cache.generation("jobs:a")
    await cache.fill(key, value, ttl_s=ttl_s, group="jobs:a", generation=generation)


async def test_a_value_is_kept_until_its_time_is_over() -> None:
    clock = Clock()
    cache = MemoryCache(clock=clock)
    await fill(cache, "jobs:a:1", b"one", ttl_s=60)
    clock.now = 59.9
    assert await cache.get("jobs:a:1") == b"one"
    clock.now = 60.0
    assert await cache.get("jobs:a:1") is None
    assert len(cache) == 0


async def test_an_unknown_key_has_no_value() -> None:
    assert await MemoryCache().get("jobs:a:1") is None


async def test_a_deletion_takes_the_keys_of_the_prefix_and_no_others() -> None:
    cache = MemoryCache()
    for key in ("jobs:a:1", "jobs:a:2", "jobs:ab:1", "summary:a:1"):
        await fill(cache, key, b"x")
    await cache.delete("jobs:a", "jobs:a:")
    assert [await cache.get(key) for key in ("jobs:a:1", "jobs:a:2")] == [None, None]
    assert [await cache.get(key) for key in ("jobs:ab:1", "summary:a:1")] == [b"x", b"x"]


async def test_what_was_read_before_a_deletion_is_not_kept() -> None:
    cache = MemoryCache()
    generation = await cache.generation("jobs:a")
    await cache.delete("jobs:a", "jobs:a:")
    await cache.fill("jobs:a:1", b"old", ttl_s=60, group="jobs:a", generation=generation)
    assert await cache.get("jobs:a:1") is None


async def test_the_entry_that_was_not_used_longest_makes_room() -> None:
    cache = MemoryCache(max_bytes=3 * 1300)
    for key in ("a", "b", "c"):
        await fill(cache, key, bytes(1000))
    await cache.get("a")
    await fill(cache, "d", bytes(1000))
    assert await cache.get("b") is None
    assert await cache.get("a") == bytes(1000)
    assert len(cache) == 3


async def test_a_value_larger_than_the_bound_is_not_kept() -> None:
    cache = MemoryCache(max_bytes=2000)
    await fill(cache, "small", b"x")
    await fill(cache, "large", bytes(2000))
    assert await cache.get("large") is None
    assert await cache.get("small") == b"x"


async def test_a_value_that_is_replaced_does_not_count_twice() -> None:
    cache = MemoryCache(max_bytes=2 * 1300)
    for _ in range(10):
        await fill(cache, "a", bytes(1000))
    await fill(cache, "b", bytes(1000))
    assert await cache.get("a") == bytes(1000)
    assert await cache.get("b") == bytes(1000)


async def test_clearing_forgets_everything() -> None:
    cache = MemoryCache()
    await fill(cache, "a", b"x")
    cache.clear()
    assert await cache.get("a") is None
