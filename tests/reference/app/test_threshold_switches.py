"""Each switch pushes one key metric over its threshold."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from perfcheck.reference.app.cache import Cache, CacheGroup
from perfcheck.reference.app.database import Database
from perfcheck.reference.app.metrics import Metrics
from perfcheck.reference.app.observation import Observation, Observer
from perfcheck.reference.app.settings import Settings
from perfcheck.reference.app.switches import Switchboard
from perfcheck.reference.app.threshold_switches import ThresholdSwitches, recorded
from perfcheck.reference.faults.thresholds import FAULTS
from perfcheck.reference.service import Running

pytestmark = pytest.mark.anyio

SWITCHES = {fault.breaks[0]: fault.switches for fault in FAULTS}


def switches_for(requirement: str) -> ThresholdSwitches:
    return Switchboard(SWITCHES[requirement]).of("thresholds", ThresholdSwitches)


def database() -> Database:
    return Database(Settings(db_dsn="host=127.0.0.1 port=1"))


def samples_of(metrics: Metrics) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(metrics.exposition().decode())
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, sample.labels.get("le", "")): sample.value for sample in samples}


async def observed(switches: ThresholdSwitches) -> dict[tuple[str, str], float]:
    """Return the samples after a thousand good requests of 10 ms to one route."""
    metrics = Metrics(database())
    observe = recorded(metrics.observe_request, switches)
    for _ in range(1000):
        observe(Observation("GET", "/r", 200, 0.01))
    return samples_of(metrics)


def share_within_200_ms(samples: dict[tuple[str, str], float]) -> float:
    name = "http_request_duration_seconds"
    return samples[f"{name}_bucket", "0.2"] / samples[f"{name}_count", ""]


async def test_a_healthy_service_records_what_happened() -> None:
    samples = await observed(ThresholdSwitches())
    assert samples["http_request_errors_total", ""] == 0
    assert share_within_200_ms(samples) == 1


async def test_two_per_cent_are_recorded_as_failed_and_none_as_slow() -> None:
    samples = await observed(switches_for("thresholds/error-rate"))
    assert samples["http_request_errors_total", ""] == 20
    assert samples["http_request_duration_seconds_count", ""] == 1000
    assert share_within_200_ms(samples) == 1


async def test_more_than_five_per_cent_are_recorded_as_slow_and_none_as_failed() -> None:
    samples = await observed(switches_for("thresholds/p95-latency"))
    assert share_within_200_ms(samples) == pytest.approx(0.8)
    assert samples["http_request_errors_total", ""] == 0


def test_without_a_switch_nothing_stands_before_the_observer() -> None:
    seen: list[Observation] = []
    observe: Observer = seen.append
    assert recorded(observe, ThresholdSwitches(leaked_connections=9)) is observe


@pytest.mark.parametrize(("useless_reads", "hit_ratio"), [(0, 0.9), (2, 0.3)])
async def test_useless_reads_halve_the_hit_rate_and_still_answer_from_the_cache(
    useless_reads: int, hit_ratio: float
) -> None:
    assert useless_reads in {0, switches_for("thresholds/cache-hit-rate").useless_cache_reads}
    metrics = Metrics(database())
    cache = Cache(redis=None, observer=metrics, useless_reads=useless_reads)
    group = CacheGroup("jobs", "tenant")

    async def produce() -> bytes:
        return b"{}"

    bodies = [
        await cache.read_through(group.key("list"), produce, group=group, ttl_s=60)
        for _ in range(10)
    ]
    assert [body.is_hit for body in bodies] == [False] + [True] * 9
    samples = samples_of(metrics)
    hits, misses = samples["cache_hits_total", ""], samples["cache_misses_total", ""]
    assert hits / (hits + misses) == pytest.approx(hit_ratio)


@pytest.mark.live
async def test_leaked_connections_fill_the_pool_and_one_is_left_to_answer(
    reference_db: Running,
) -> None:
    dsn = reference_db.environment["PERFCHECK_DB_DSN"]
    switches = Switchboard(SWITCHES["thresholds/db-pool"])
    database = Database(Settings(db_dsn=dsn, switches=switches))
    await database.open()
    try:
        samples = samples_of(Metrics(database))
        assert samples["db_pool_in_use", ""] / samples["db_pool_size", ""] == pytest.approx(0.9)
        assert await database.fetch_one("select 1 as alive", {}) == {"alive": 1}
        assert database.in_use == 9
    finally:
        await database.close()
    assert database.in_use == 0


async def test_a_request_that_gave_up_waits_no_more() -> None:
    database = Database(Settings(db_dsn="host=127.0.0.1 port=1", pool_timeout_s=0.1))
    await database.open()
    try:
        with pytest.raises(Exception, match="couldn't get a connection"):
            await database.fetch_one("select 1", {})
        assert database.waiting == 0
    finally:
        await database.close()
