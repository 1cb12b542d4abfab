"""Each fault of the cache shows its own symptoms in Redis and on the wire, and no other."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import uuid4

import httpx
import pytest
from redis.asyncio import Redis

from perfcheck.reference.faults import faults

pytestmark = [pytest.mark.anyio, pytest.mark.live]

JOBS = "/api/v1/jobs"
FAMILIES = {
    "summaries": ("summary", "private, max-age=60", 60),
    "job-lists": ("jobs", "private, max-age=300", 300),
    "static-data": ("static", "public, max-age=3600", 3600),
}
SYMPTOMS = {
    **{
        f"{family}-{fault}": {f"{symptom} of {family}"}
        for family in FAMILIES
        for fault, symptom in {
            "without-ttl": "time to live",
            "ttl-too-long": "time to live",
            "never-hit": "hit",
            "no-cache-control": "Cache-Control",
            "wrong-max-age": "Cache-Control",
            "public": "Cache-Control",
        }.items()
        if (family, fault) != ("static-data", "public")
    },
    "no-invalidation": {"invalidation"},
    "keys-on-write": {"KEYS"},
    "flushdb-on-write": {"FLUSHDB", "other keys"},
    "tenant-blind": {"tenants"},
}


class Instance(Protocol):
    """What these tests use of an instance."""

    client: httpx.AsyncClient
    other_tenant: httpx.AsyncClient
    redis: Redis


Start = Callable[[str], AbstractAsyncContextManager[Instance]]


async def calls(redis: Redis, command: str) -> int:
    found = (await redis.info("commandstats")).get(f"cmdstat_{command}", {"calls": 0})
    return int(found["calls"])


async def about_family(instance: Instance, family: str, path: str) -> dict[str, bool]:
    prefix, cache_control, ttl_s = FAMILIES[family]
    first = await instance.client.get(path)
    second = await instance.client.get(path)
    assert first.content == second.content
    keys = [key async for key in instance.redis.scan_iter(match=f"{prefix}:*")]
    times_s = [await instance.redis.ttl(key) for key in keys]
    return {
        f"hit of {family}": second.headers["x-cache"] == "HIT",
        f"Cache-Control of {family}": second.headers.get("cache-control") == cache_control,
        f"time to live of {family}": bool(times_s) and all(0 < t <= ttl_s for t in times_s),
    }


async def about_a_write(instance: Instance) -> dict[str, bool]:
    client, redis = instance.client, instance.redis
    before = [await calls(redis, command) for command in ("keys", "flushdb")]
    created = await client.post(JOBS, json={"name": f"test {uuid4()}"})
    job_id = created.json()["id"]
    after = [await calls(redis, command) for command in ("keys", "flushdb")]
    shown = (await client.get(JOBS)).json()["data"][0]["id"]
    other_keys = [key async for key in redis.scan_iter(match="static:*")]
    return {
        "KEYS": after[0] == before[0],
        "FLUSHDB": after[1] == before[1],
        "invalidation": shown == job_id,
        "other keys": len(other_keys) == 1,
    }


async def symptoms(instance: Instance) -> set[str]:
    job_id = (await instance.client.get(f"{JOBS}?limit=2")).json()["data"][0]["id"]
    paths = {
        "summaries": f"/api/v1/reconciliations/{job_id}/summary",
        "job-lists": JOBS,
        "static-data": "/api/v1/meta/currencies",
    }
    right: dict[str, bool] = {}
    for family, path in paths.items():
        right |= await about_family(instance, family, path)
    own = (await instance.client.get(JOBS)).json()["data"]
    others = (await instance.other_tenant.get(JOBS)).json()["data"]
    right["tenants"] = not {job["id"] for job in own} & {job["id"] for job in others}
    right |= await about_a_write(instance)
    return {name for name, is_right in right.items() if not is_right}


def test_every_fault_has_its_symptoms_here() -> None:
    declared = [name for name in faults() if name.startswith("caching-")]
    assert declared == sorted(f"caching-{name}" for name in SYMPTOMS)


async def test_the_right_service_has_no_symptom(start: Start) -> None:
    async with start("") as instance:
        assert await symptoms(instance) == set()


@pytest.mark.parametrize("name", SYMPTOMS)
async def test_a_fault_has_its_own_symptoms(name: str, start: Start) -> None:
    async with start(f"caching-{name}") as instance:
        assert await symptoms(instance) == SYMPTOMS[name]


async def test_the_cache_is_bounded_and_every_key_expires(start: Start) -> None:
    async with start("") as instance:
        await symptoms(instance)
        memory = await instance.redis.info("memory")
        times_s = [await instance.redis.ttl(key) async for key in instance.redis.scan_iter()]
    assert memory["maxmemory"] > 0
    assert memory["maxmemory_policy"] == "allkeys-lru"
    assert times_s
    assert all(0 < time_s <= 3600 for time_s in times_s)
