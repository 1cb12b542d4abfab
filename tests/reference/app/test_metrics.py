"""The metrics page of the whole app, as it should be and with one switch thrown; no database."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from perfcheck.reference.app import create_app
from perfcheck.reference.app.settings import Settings
from perfcheck.reference.app.switches import Switchboard
from perfcheck.reference.faults.base import Fault
from perfcheck.reference.faults.metrics import FAULTS

pytestmark = pytest.mark.anyio

TENANT = UUID(int=1)
HEADERS = {"Authorization": "Bearer token", "X-Tenant-Id": str(TENANT)}
JOB = "/api/v1/jobs/00000000-0000-4000-8000-00000000000a"

Labels = tuple[tuple[str, str], ...]
Page = dict[str, tuple[str, dict[tuple[str, Labels], str]]]


def app_with(switches: Mapping[str, Mapping[str, Any]]) -> Starlette:  # Any: JSON
    # Nothing listens on port 1.
    settings = Settings(
        db_dsn="host=127.0.0.1 port=1 user=nobody dbname=x",
        tokens={"token": TENANT},
        pool_timeout_s=0.1,
        switches=Switchboard(switches),
    )
    return create_app(settings)


def client_of(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


async def read(client: httpx.AsyncClient) -> Page:
    """Return type and samples of each metric; what depends on the clock is left empty."""
    page: Page = {}
    for family in text_string_to_metric_families((await client.get("/metrics")).text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        page[name] = (family.type, {})
        for sample in family.samples:
            is_timed = sample.name.endswith(("_bucket", "_sum", "_created"))
            key = (sample.name, tuple(sorted(sample.labels.items())))
            page[name][1][key] = "" if is_timed else str(sample.value)
    return {name: found for name, found in page.items() if not name.endswith("_created")}


async def page_after_use(switches: Mapping[str, Mapping[str, Any]]) -> Page:  # Any: JSON
    app = app_with(switches)
    async with app.router.lifespan_context(app), client_of(app) as client:
        await client.get("/api/v1/jobs")  # 401
        await client.get(JOB)  # 401
        await client.get("/unknown")  # 404
        await client.get(JOB, headers=HEADERS)  # 503: no database
        app.state.service.metrics.observe_reconciliation(duration_s=0.02, match_ratio=0.9)
        return await read(client)


async def fresh_page(switches: Mapping[str, Mapping[str, Any]]) -> Page:  # Any: JSON
    app = app_with(switches)
    async with app.router.lifespan_context(app), client_of(app) as client:
        return await read(client)


# Both happen in the same layer; only http_requests_total is required to be bounded.
BESIDE = {"metric-unbounded": {"http_request_errors_total", "http_request_duration_seconds"}}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_each_fault_changes_its_own_metric_and_no_other(fault: Fault) -> None:
    good, bad = await page_after_use({}), await page_after_use(fault.switches)
    if fault.name == "metric-starts-late":  # after the first error it is there
        good, bad = await fresh_page({}), await fresh_page(fault.switches)
    changed = {name for name in good.keys() | bad.keys() if good.get(name) != bad.get(name)}
    (metric,) = (requirement.removeprefix("metrics/") for requirement in fault.breaks)
    assert changed == {metric} | BESIDE.get(fault.name, set())


def faulty(name: str) -> Mapping[str, Mapping[str, Any]]:  # Any: JSON
    (switches,) = (fault.switches for fault in FAULTS if fault.name == name)
    return switches


async def test_every_metric_has_its_type_and_is_there_before_the_first_request() -> None:
    page = await fresh_page({})
    assert {name: kind for name, (kind, _) in page.items()} == {
        "http_requests_total": "counter",
        "http_request_errors_total": "counter",
        "http_request_duration_seconds": "histogram",
        "reconciliations_total": "counter",
        "reconciliation_failures_total": "counter",
        "reconciliation_duration_seconds": "histogram",
        "match_rate": "gauge",
        "cache_hits_total": "counter",
        "cache_misses_total": "counter",
        "db_pool_in_use": "gauge",
        "db_pool_size": "gauge",
        "db_pool_waiting": "gauge",
        "queue_depth": "gauge",
    }
    assert all(samples for _, samples in page.values())


async def test_every_counter_starts_at_zero() -> None:
    page = await fresh_page({})
    counted = [
        value
        for kind, samples in page.values()
        if kind in {"counter", "histogram"}
        for value in samples.values()
        if value
    ]
    assert len(counted) > 40
    assert set(counted) == {"0.0"}


async def test_what_answers_get_starts_its_errors_of_head_too() -> None:
    _, samples = (await fresh_page({}))["http_request_errors_total"]
    methods = {dict(labels)["method"] for _, labels in samples}
    assert methods == {"GET", "HEAD", "POST"}


async def test_without_a_database_the_depth_of_the_queue_is_not_zero() -> None:
    _, samples = (await fresh_page({}))["queue_depth"]
    (depth,) = samples.values()
    assert depth == "nan"


async def test_a_frozen_route_is_answered_and_not_counted() -> None:
    _, samples = (await page_after_use(faulty("metric-frozen")))["http_requests_total"]
    counts = [v for (_, labels), v in samples.items() if dict(labels)["route"] == "/api/v1/jobs"]
    assert set(counts) == {"0.0"}


async def test_ids_in_routes_add_a_series_for_each_job_but_none_for_unknown_paths() -> None:
    app = app_with(faulty("metric-unbounded"))
    async with app.router.lifespan_context(app), client_of(app) as client:
        before = len((await read(client))["http_requests_total"][1])
        for n in range(10):
            await client.get(f"/api/v1/jobs/{UUID(int=n)}")
            await client.get(f"/unknown/{UUID(int=n)}")
            await client.get(f"/api/v1/jobs/ada@example.com-{n}")
        after = (await read(client))["http_requests_total"][1]
    # The ten, and the first 401 of the template.
    assert len(after) == before + 11
    assert "ada" not in str(after)
