"""Settings of the cache server are changed for a block, and then as they were."""

import pytest
from redis.asyncio import Redis

from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.faults import faults
from perfcheck.reference.service import Running
from perfcheck.reference.valkey import configured

pytestmark = [pytest.mark.live, pytest.mark.anyio]

FAULTS = {name: fault.cache_config for name, fault in faults().items() if fault.cache_config}


async def settings_of(url: str) -> dict[str, str]:
    async with Redis.from_url(url, decode_responses=True) as client:
        found = await client.config_get("maxmemory*")
    return {name: str(found[name]) for name in ("maxmemory", "maxmemory-policy")}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_changes_what_it_names_and_nothing_for_long(
    reference_db: Running, name: str
) -> None:
    url = reference_db.environment["PERFCHECK_REDIS_URL"]
    before = await settings_of(url)
    assert before == {"maxmemory": str(64 * 1024**2), "maxmemory-policy": "allkeys-lru"}
    async with configured(url, FAULTS[name]):
        assert await settings_of(url) == {**before, **FAULTS[name]}
    assert await settings_of(url) == before


async def test_settings_are_restored_after_an_error(reference_db: Running) -> None:
    url = reference_db.environment["PERFCHECK_REDIS_URL"]
    before = await settings_of(url)
    with pytest.raises(LookupError):
        async with configured(url, {"maxmemory": "0"}):
            raise LookupError
    assert await settings_of(url) == before


@pytest.mark.parametrize("settings", [{"no-such-setting": "1"}, {"maxmemory-policy": "nonsense"}])
async def test_what_the_server_refuses_is_told_without_its_address(
    reference_db: Running, settings: dict[str, str]
) -> None:
    url = reference_db.environment["PERFCHECK_REDIS_URL"]
    with pytest.raises(ReferenceServiceError, match=r"^a cache was not configured: \w+$"):
        async with configured(url, settings):
            pytest.fail("the block ran")
