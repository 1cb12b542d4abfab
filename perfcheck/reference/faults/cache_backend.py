"""Faults of the cache server's own settings; keys that never expire are faults of caching."""

from perfcheck.reference.faults.base import Fault

_REDIS = ("cache_backend/redis",)

FAULTS = (
    Fault(
        name="cache-unbounded",
        shows="The cache has no limit: it grows until the machine has no memory left.",
        breaks=_REDIS,
        cache_config={"maxmemory": "0"},
    ),
    Fault(
        name="cache-never-evicts",
        shows="A full cache refuses what is new instead of dropping what is old.",
        breaks=_REDIS,
        cache_config={"maxmemory-policy": "noeviction"},
    ),
    Fault(
        name="cache-evicts-at-random",
        shows="A full cache drops any key, whether it is asked for or not.",
        breaks=_REDIS,
        cache_config={"maxmemory-policy": "allkeys-random"},
    ),
)
