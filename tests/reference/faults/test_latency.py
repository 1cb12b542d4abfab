"""Slow requests are counted, not timed: which wait, and how many of them."""

import re
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from perfcheck.reference.app.latency_faults import LatencySwitches, latency_layers
from perfcheck.reference.faults import faults

pytestmark = pytest.mark.anyio

JOB = "00000000-0000-4000-8000-00000000000a"
REQUESTS = {
    "create-job": ("POST", "/api/v1/jobs"),
    "list-jobs": ("GET", "/api/v1/jobs"),
    "get-job": ("GET", f"/api/v1/jobs/{JOB}"),
    "summary": ("GET", f"/api/v1/reconciliations/{JOB}/summary"),
}
OTHERS = [
    ("GET", "/api/v1/jobs?limit=50"),
    ("GET", f"/api/v1/jobs/{JOB}?x=1"),
    ("POST", f"/api/v1/jobs/{JOB}/run"),
    ("GET", "/api/v1/meta/currencies"),
]
LATENCY = [name for name in faults() if name.startswith("latency-")]


async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class Waits:
    """Takes the place of asyncio.sleep, and counts."""

    def __init__(self) -> None:
        self.count = 0

    async def sleep(self, _delay_s: float) -> None:
        self.count += 1


def serve(name: str, waits: Waits) -> httpx.AsyncClient:
    switches: Any = faults()[name].switches["latency"]  # Any: JSON
    (layer,) = latency_layers(LatencySwitches(**switches))
    make: Any = layer.cls  # Any: Starlette forgets what it is
    app = make(answer, **layer.kwargs, sleep=waits.sleep)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


async def slow_of(client: httpx.AsyncClient, waits: Waits, method: str, url: str, n: int) -> int:
    before = waits.count
    for _ in range(n):
        assert (await client.request(method, url)).status_code == 200
    return waits.count - before


def test_the_right_service_has_no_layer_that_waits() -> None:
    assert latency_layers(LatencySwitches()) == []


@pytest.mark.parametrize("name", LATENCY)
async def test_the_declared_share_of_its_own_requests_waits_and_no_other(name: str) -> None:
    waits = Waits()
    found = re.fullmatch(r"latency-(.+)-(p\d\d)", name)
    assert found is not None
    async with serve(name, waits) as client:
        for requirement, (method, url) in REQUESTS.items():
            slow = await slow_of(client, waits, method, url, 330)
            share = {"p50": 330, "p95": 28, "p99": 10}[found[2]]
            assert slow == (share if requirement == found[1] else 0)
        for method, url in OTHERS:
            assert await slow_of(client, waits, method, url, 35) == 0


@pytest.mark.parametrize("requirement", REQUESTS)
def test_a_delay_breaks_its_own_percentile_and_no_other(requirement: str) -> None:
    limits_ms = {
        "create-job": (50, 200, 500),
        "list-jobs": (30, 100, 200),
        "get-job": (20, 50, 100),
        "summary": (10, 50, 100),
    }[requirement]
    broken = []
    for percentile in ("p50", "p95", "p99"):
        fault = faults()[f"latency-{requirement}-{percentile}"]
        switches = LatencySwitches(**fault.switches["latency"])  # type: ignore[arg-type] # JSON
        slow_share = 1 / switches.every
        broken.append(
            [
                slow_share > allowed and switches.delay_ms > limit_ms
                for allowed, limit_ms in zip((0.5, 0.05, 0.01), limits_ms, strict=True)
            ]
        )
    assert broken == [[True, False, False], [False, True, False], [False, False, True]]
