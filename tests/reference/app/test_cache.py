"""The cache on a store that can be taken away, in the place of Redis."""

import pytest
from typing_extensions import override

from perfcheck.reference.app.backoff import Backoff
from perfcheck.reference.app.cache import Cache, CachedBody, CacheGroup
from perfcheck.reference.app.memory_cache import MemoryCache

pytestmark = pytest.mark.anyio

JOBS = CacheGroup("jobs", "tenant-a")
KEY = JOBS.key("plain", "limit=50")


class Counts:
    def __init__(self) -> None:
        self.hits = 0
        self.misses = 0

    def count_cache_read(self, *, is_hit: bool) -> None:
        if is_hit:
            self.hits += 1
        else:
            self.misses += 1


class Remote(MemoryCache):
    """A store that refuses every command while it is away."""

    def __init__(self) -> None:
        super().__init__()
        self.is_away = False

    async def ping(self) -> None:
        self._require_presence()

    async def close(self) -> None:
        pass

    @override
    async def get(self, key: str) -> bytes | None:
        self._require_presence()
        return await super().get(key)

    @override
    async def generation(self, _group: str) -> str:
        self._require_presence()
        return await super().generation(_group)

    @override
    async def delete(self, _group: str, prefix: str) -> None:
        self._require_presence()
        await super().delete(_group, prefix)

    def _require_presence(self) -> None:
        if self.is_away:
            raise ConnectionError


class Fixture:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.remote = Remote()
        self.counts = Counts()
        self.state = b"first"
        backoff = Backoff(clock=lambda: self.now_s)
        self.cache = Cache(redis=self.remote, observer=self.counts, backoff=backoff)

    async def produce(self) -> bytes:
        return self.state

    async def read(self, key: str = KEY) -> CachedBody:
        return await self.cache.read_through(key, self.produce, group=JOBS, ttl_s=60)


@pytest.fixture
def fixture() -> Fixture:
    return Fixture()


async def test_the_second_read_is_a_hit(fixture: Fixture) -> None:
    first, second = await fixture.read(), await fixture.read()
    assert (first.is_hit, second.is_hit) == (False, True)
    assert first.body == second.body == b"first"
    assert (fixture.counts.hits, fixture.counts.misses) == (1, 1)
    assert fixture.cache.backend == "redis"


async def test_an_invalidation_shows_the_new_state(fixture: Fixture) -> None:
    await fixture.read()
    fixture.state = b"second"
    await fixture.cache.invalidate(JOBS)
    assert (await fixture.read()).body == b"second"


async def test_an_invalidation_leaves_other_tenants_and_other_parts(fixture: Fixture) -> None:
    await fixture.read()
    await fixture.cache.invalidate(CacheGroup("jobs", "tenant"))
    await fixture.cache.invalidate(CacheGroup("summary", "tenant-a"))
    await fixture.cache.invalidate(JOBS, "pla")
    assert (await fixture.read()).is_hit


async def test_a_body_that_was_read_before_a_write_is_not_kept_after_it(fixture: Fixture) -> None:
    async def produce_while_another_writes() -> bytes:
        await fixture.cache.invalidate(JOBS)
        return b"stale"

    await fixture.cache.read_through(KEY, produce_while_another_writes, group=JOBS, ttl_s=60)
    assert (await fixture.read()).body == b"first"


async def test_an_error_of_the_producer_is_raised_and_not_kept(fixture: Fixture) -> None:
    async def fail() -> bytes:
        raise LookupError

    with pytest.raises(LookupError):
        await fixture.cache.read_through(KEY, fail, group=JOBS, ttl_s=60)
    assert not (await fixture.read()).is_hit


async def test_memory_takes_over_while_the_store_is_away(fixture: Fixture) -> None:
    fixture.remote.is_away = True
    assert (await fixture.read()).body == b"first"
    assert (await fixture.read()).is_hit
    assert fixture.cache.backend == "memory"


async def test_the_store_is_tried_again_after_the_pause_and_not_before(fixture: Fixture) -> None:
    fixture.remote.is_away = True
    await fixture.read()
    fixture.remote.is_away = False
    fixture.now_s = 0.9
    await fixture.read()
    before = fixture.cache.backend
    fixture.now_s = 1.1
    await fixture.read()
    assert (before, fixture.cache.backend) == ("memory", "redis")


async def test_a_write_that_the_store_missed_reaches_it_before_it_is_read(
    fixture: Fixture,
) -> None:
    await fixture.read()
    fixture.remote.is_away = True
    fixture.state = b"second"
    await fixture.cache.invalidate(JOBS)
    fixture.remote.is_away = False
    fixture.now_s = 1.1
    assert (await fixture.read()).body == b"second"
    assert fixture.cache.backend == "redis"


async def test_memory_is_forgotten_when_the_store_is_back(fixture: Fixture) -> None:
    fixture.remote.is_away = True
    await fixture.read()
    fixture.remote.is_away = False
    fixture.now_s = 1.1
    await fixture.read(JOBS.key("other"))
    fixture.state = b"second"
    await fixture.cache.invalidate(JOBS)
    fixture.remote.is_away = True
    await fixture.read(JOBS.key("other"))
    assert (await fixture.read()).body == b"second"


async def test_an_entry_of_another_key_is_not_taken(fixture: Fixture) -> None:
    await fixture.read()
    wrapped = await fixture.remote.get(KEY)
    assert wrapped is not None
    other = JOBS.key("other")
    generation = await fixture.remote.generation(str(JOBS))
    await fixture.remote.fill(other, wrapped, ttl_s=60, group=str(JOBS), generation=generation)
    assert not (await fixture.read(other)).is_hit


@pytest.mark.parametrize("entry", [b"", b"garbage", b"\xff\n", b"x jobs:tenant-a:p:1\nbody"])
async def test_an_entry_that_cannot_be_read_is_a_miss(fixture: Fixture, entry: bytes) -> None:
    generation = await fixture.remote.generation(str(JOBS))
    await fixture.remote.fill(KEY, entry, ttl_s=60, group=str(JOBS), generation=generation)
    assert (await fixture.read()) == CachedBody(b"first", is_hit=False, age_s=0)


async def test_without_redis_memory_is_the_cache() -> None:
    counts = Counts()
    cache = Cache(redis=None, observer=counts)

    async def produce() -> bytes:
        return b"x"

    await cache.read_through(KEY, produce, group=JOBS, ttl_s=60)
    assert (await cache.read_through(KEY, produce, group=JOBS, ttl_s=60)).is_hit
    assert cache.backend == "memory"
