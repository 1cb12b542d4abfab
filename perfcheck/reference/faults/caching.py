"""Faults of the cache, and of what answers tell other caches."""

from collections.abc import Iterator
from dataclasses import dataclass

from perfcheck.reference.faults.base import Fault


@dataclass(frozen=True)
class _Family:
    requirement: str
    prefix: str  # of its keys
    path: str
    scope: str
    ttl_s: int


_JOB_LISTS = _Family("job-lists", "jobs", "/api/v1/jobs", "private", 300)
_FAMILIES = (
    _Family("summaries", "summary", "/api/v1/reconciliations/[^/]+/summary", "private", 60),
    _JOB_LISTS,
    _Family("static-data", "static", "/api/v1/meta/currencies", "public", 3600),
)


def _cache(family: _Family, name: str, shows: str, **switches: object) -> Fault:
    return Fault(
        name=f"caching-{name}",
        shows=shows,
        breaks=(f"caching/{family.requirement}",),
        switches={"cache": switches},
    )


def _header(family: _Family, name: str, shows: str, value: str | None) -> Fault:
    rule = {"name": "Cache-Control", "value": value, "path": family.path}
    return Fault(
        name=f"caching-{family.requirement}-{name}",
        shows=shows,
        breaks=(f"caching/{family.requirement}",),
        switches={"headers": {"rules": [rule]}},
    )


def _of_family(family: _Family) -> Iterator[Fault]:
    name = family.requirement
    yield Fault(
        name=f"caching-{name}-without-ttl",
        shows=f"Keys of {family.prefix}:* never expire.",
        breaks=(f"caching/{name}", "cache_backend/redis"),
        switches={"cache": {"without_ttl": [family.prefix]}},
    )
    yield _cache(
        family,
        f"{name}-ttl-too-long",
        f"Keys of {family.prefix}:* live ten times as long as declared.",
        ttl_factors={family.prefix: 10},
    )
    yield _cache(
        family,
        f"{name}-never-hit",
        f"What is kept in {family.prefix}:* is never read.",
        never_hits=[family.prefix],
    )
    yield _header(family, "no-cache-control", "Answers say nothing about caching.", None)
    yield _header(
        family,
        "wrong-max-age",
        "Answers allow caches twice the declared time.",
        f"{family.scope}, max-age={family.ttl_s * 2}",
    )
    if family.scope == "private":
        yield _header(
            family,
            "public",
            "Shared caches may keep the data of a tenant.",
            f"public, max-age={family.ttl_s}",
        )


FAULTS = (
    *(fault for family in _FAMILIES for fault in _of_family(family)),
    _cache(_JOB_LISTS, "no-invalidation", "A write deletes no key.", deletion="none"),
    _cache(_JOB_LISTS, "keys-on-write", "A write looks for keys with KEYS.", deletion="keys"),
    _cache(_JOB_LISTS, "flushdb-on-write", "A write empties the database.", deletion="flushdb"),
    _cache(
        _JOB_LISTS,
        "tenant-blind",
        "A tenant gets the job list that was kept for another one.",
        lists_shared_by_tenants=True,
    ),
)
