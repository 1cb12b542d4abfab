"""The whole app without a database: what must work, and how the rest fails."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from perfcheck.reference.app import create_app
from perfcheck.reference.app.settings import Settings

pytestmark = pytest.mark.anyio

A, B = UUID(int=1), UUID(int=2)
JOB = "/api/v1/jobs/00000000-0000-4000-8000-00000000000a"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADERS = {"Authorization": "Bearer token-a", "X-Tenant-Id": str(A)}
ROUTES = [
    ("POST", "/api/v1/jobs"),
    ("GET", "/api/v1/jobs"),
    ("GET", JOB),
    ("POST", f"{JOB}/run"),
    ("GET", "/api/v1/reconciliations/00000000-0000-4000-8000-00000000000a/summary"),
]


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


@pytest.fixture
async def app(log_file: Path) -> AsyncIterator[Starlette]:
    # Nothing listens on port 1.
    settings = Settings(
        db_dsn="host=127.0.0.1 port=1 user=nobody password=hunter2 dbname=x",
        tokens={"token-a": A, "token-b": B},
        log_file=str(log_file),
        log_sample_ratio=1,
        pool_timeout_s=0.1,
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def text_of(log_file: Path) -> str:
    return log_file.read_text(encoding="utf-8")


def code_of(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert set(response.json()["error"]) == {"code", "message"}
    return str(response.json()["error"]["code"])


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_request_without_a_known_token_is_401(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    for authorization in ("", "Bearer", "Bearer x", "Basic token-a", "token-a", "Bearer tökén"):
        headers = {"X-Tenant-Id": str(A), "Authorization": authorization.encode()}
        response = await client.request(method, path, headers=headers)  # type: ignore[arg-type] # bytes are allowed
        assert (response.status_code, code_of(response)) == (401, "unauthorized")
        assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("tenant", [str(B), "x", ""])
async def test_a_token_for_another_tenant_is_403(
    client: httpx.AsyncClient, method: str, path: str, tenant: str
) -> None:
    headers = {**HEADERS, "X-Tenant-Id": tenant}
    response = await client.request(method, path, headers=headers)
    assert (response.status_code, code_of(response)) == (403, "forbidden")


async def test_a_request_that_names_no_tenant_is_400(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/v1/jobs", headers={"Authorization": "Bearer token-a"})
    assert (response.status_code, code_of(response)) == (400, "bad_request")


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_a_database_the_answer_is_503(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    response = await client.request(method, path, headers=HEADERS, content=b'{"name": "x"}')
    assert (response.status_code, code_of(response)) == (503, "database_unavailable")
    assert "127.0.0.1" not in response.text


async def test_without_a_database_the_service_is_not_healthy(client: httpx.AsyncClient) -> None:
    response = await client.get("/health")
    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "database": "unavailable",
        "cache": "memory",
    }


@pytest.mark.parametrize("path", ["/nope", "/docs/", "/api/v1", "/api/v1/jobs/a/b/c"])
async def test_an_unknown_path_is_404_in_json(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert (response.status_code, code_of(response)) == (404, "not_found")


async def test_a_wrong_method_is_405_and_names_the_right_ones(client: httpx.AsyncClient) -> None:
    response = await client.delete("/api/v1/jobs")
    assert (response.status_code, code_of(response)) == (405, "method_not_allowed")
    assert {name.strip() for name in response.headers["allow"].split(",")} == {
        *("GET", "HEAD", "POST"),
    }


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"x", b"[]", b"{}", b"[" * 60_000, b"\xff"),
        *(b'{"name": ""}', b'{"name": 1}', b'{"name": "' + b"x" * 201 + b'"}'),
        *(b'{"name": "\\u0000"}', b'{"name": "\\ud800"}'),
        *(b'{"name": "x", "rules": []}', b'{"name": "x", "rules": {"a": NaN}}'),
    ],
)
async def test_a_malformed_job_is_400(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/api/v1/jobs", headers=HEADERS, content=body)
    assert (response.status_code, code_of(response)) == (400, "bad_request")


async def test_a_body_over_64_kb_is_413(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/jobs", headers=HEADERS, content=b" " * 65_537)
    assert (response.status_code, code_of(response)) == (413, "too_large")


async def test_an_id_that_is_no_uuid_is_404(client: httpx.AsyncClient) -> None:
    for job_id in ("x", "%00", "{00000000-0000-4000-8000-00000000000a}", "..", "a" * 5000):
        response = await client.get(f"/api/v1/jobs/{job_id}", headers=HEADERS)
        assert response.status_code == 404


async def test_the_docs_list_every_endpoint(client: httpx.AsyncClient) -> None:
    response = await client.get("/docs")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert len(response.content) > 1024
    for route in ("POST /api/v1/jobs/{job_id}/run", "GET /health", "GET /metrics"):
        assert route in response.text


async def test_the_metrics_page_is_text_and_over_1_kb(client: httpx.AsyncClient) -> None:
    response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert len(response.content) > 1024


async def test_series_start_at_zero(client: httpx.AsyncClient) -> None:
    page = (await client.get("/metrics")).text
    for line in (
        'http_requests_total{method="GET",route="/api/v1/jobs",status="200"} 0.0',
        'http_request_errors_total{method="POST",route="/api/v1/jobs/{job_id}/run"} 0.0',
        'http_request_duration_seconds_count{method="GET",route="/api/v1/jobs/{job_id}"} 0.0',
        "cache_hits_total 0.0",
        "cache_misses_total 0.0",
        "reconciliations_total 0.0",
        "db_pool_in_use 0.0",
        "db_pool_size 10.0",
        "db_pool_waiting 0.0",
    ):
        assert line in page.splitlines()


async def test_the_latency_targets_are_bounds_of_buckets(client: httpx.AsyncClient) -> None:
    page = (await client.get("/metrics")).text
    for bound in ("0.01", "0.02", "0.03", "0.05", "0.1", "0.2", "0.5"):
        assert f'_bucket{{le="{bound}",method="GET",route="/api/v1/jobs"}}' in page


async def test_a_request_moves_its_own_series(client: httpx.AsyncClient) -> None:
    await client.get("/api/v1/jobs", headers=HEADERS)
    lines = (await client.get("/metrics")).text.splitlines()
    labels = 'method="GET",route="/api/v1/jobs"'
    assert f'http_requests_total{{{labels},status="503"}} 1.0' in lines
    assert f"http_request_errors_total{{{labels}}} 1.0" in lines
    assert f"http_request_duration_seconds_count{{{labels}}} 1.0" in lines


async def test_ids_unknown_paths_and_methods_make_no_series(client: httpx.AsyncClient) -> None:
    await client.get("/first")
    await client.request("BREW", "/first")
    await client.get("/api/v1/jobs/first", headers=HEADERS)
    before = (await client.get("/metrics")).text.splitlines()
    for n in range(20):
        await client.get(f"/unknown/{n}")
        await client.request(f"BREW{n}", "/first")
        await client.get(f"/api/v1/jobs/{n}", headers=HEADERS)
    after = (await client.get("/metrics")).text.splitlines()
    assert len(after) == len(before)
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 21.0' in after


async def test_a_scrape_does_not_change_the_page(client: httpx.AsyncClient) -> None:
    first = (await client.get("/metrics")).text
    assert (await client.get("/metrics")).text == first


async def test_each_app_counts_for_itself(client: httpx.AsyncClient) -> None:
    other = create_app(Settings(db_dsn="host=127.0.0.1 port=1"))
    await client.get("/unknown")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=other), base_url="http://test"
    ) as other_client:
        page = (await other_client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 0.0' in page


async def test_the_log_is_json_with_trace_and_tenant(
    client: httpx.AsyncClient, log_file: Path
) -> None:
    traced = {**HEADERS, "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    await client.get("/api/v1/jobs/x?email=ada@example.com", headers=traced)
    await client.get("/unknown")
    found, unknown = [
        entry
        for entry in map(json.loads, text_of(log_file).splitlines())
        if entry["message"] == "request"
    ]
    assert found["trace_id"] == TRACE
    assert found["tenant_id"] == str(A)
    assert (found["level"], found["route"]) == ("info", "/api/v1/jobs/{job_id}")
    assert found["timestamp"].endswith("Z")
    assert unknown["tenant_id"] is None
    assert len(unknown["trace_id"]) == 32
    assert "ada" not in text_of(log_file)


async def test_a_failed_request_is_logged_as_an_error(
    client: httpx.AsyncClient, log_file: Path
) -> None:
    await client.get("/api/v1/jobs", headers=HEADERS)
    entries = [json.loads(line) for line in text_of(log_file).splitlines()]
    assert [e["level"] for e in entries if e["message"] == "request"] == ["error"]
    assert "hunter2" not in text_of(log_file)


async def test_a_bug_is_a_500_without_details(
    app: Starlette, client: httpx.AsyncClient, log_file: Path
) -> None:
    async def fail(_request: Request) -> Response:
        raise RuntimeError("hunter2")

    app.router.routes.append(Route("/bug", fail))
    response = await client.get("/bug")
    assert (response.status_code, code_of(response)) == (500, "internal_error")
    assert "hunter2" not in response.text + text_of(log_file)
    assert '"error": "RuntimeError"' in text_of(log_file)
