"""Spans of the app in this process, without servers."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id

from perfcheck.reference.app import create_app
from perfcheck.reference.app.settings import Settings
from perfcheck.reference.app.spans import (
    business_span,
    client_span,
    consumer_span,
    entry_span,
    producer_span,
)
from perfcheck.reference.app.trace_context import current_headers, trace_id_of
from perfcheck.reference.app.tracing import SpanClass, Tracing, TracingSwitches
from perfcheck.reference.app.tracing_export import otlp_exporter

pytestmark = pytest.mark.anyio

TENANT = UUID(int=1)
TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADERS = {
    "Authorization": "Bearer token-a",
    "X-Tenant-Id": str(TENANT),
    "traceparent": f"00-{TRACE}-{CALLER}-01",
}


@asynccontextmanager
async def serving(exporter: SpanExporter) -> AsyncIterator[httpx.AsyncClient]:
    # Nothing listens on port 1.
    settings = Settings(
        db_dsn="host=127.0.0.1 port=1 dbname=x",
        tokens={"token-a": TENANT},
        log_file="/dev/null",
        pool_timeout_s=0.1,
        allows_debugging=True,
    )
    app = create_app(settings, span_exporter=exporter)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", headers=HEADERS) as client,
    ):
        yield client


async def spans_of(method: str, path: str, **headers: str) -> Sequence[ReadableSpan]:
    exporter = InMemorySpanExporter()
    async with serving(exporter) as client:
        await client.request(method, path, headers=headers)
    return exporter.get_finished_spans()


def parent_of(span: ReadableSpan) -> str:
    return format_span_id(span.parent.span_id) if span.parent else ""


def id_of(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context is not None
    return format_span_id(context.span_id)


def trace_of(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context is not None
    return format_trace_id(context.trace_id)


async def test_a_request_continues_its_callers_trace() -> None:
    (span,) = await spans_of("GET", "/api/v1/jobs/x?limit=1")
    assert (trace_of(span), parent_of(span)) == (TRACE, CALLER)
    assert (span.name, span.kind) == ("GET /api/v1/jobs/{job_id}", SpanKind.SERVER)
    assert span.resource.attributes["service.name"] == "reconciliation-api"
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/api/v1/jobs/{job_id}",
        "http.response.status_code": 404,
        "url.scheme": "http",
        "url.path": "/api/v1/jobs/x",
        "url.query": "limit=1",
        "server.address": "test",
    }


async def test_a_request_without_a_caller_begins_a_trace() -> None:
    (span,) = await spans_of("GET", "/unknown", traceparent="garbage")
    assert span.parent is None
    assert trace_of(span) != TRACE
    assert span.name == "GET"
    assert "http.route" not in (span.attributes or {})


async def test_a_caller_that_does_not_sample_gets_no_spans() -> None:
    assert not await spans_of("GET", "/unknown", traceparent=f"00-{TRACE}-{CALLER}-00")


async def test_an_error_is_named_and_its_text_is_not_kept() -> None:
    (span,) = await spans_of("GET", "/api/v1/debug/error")
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "500"
    assert not span.events


async def test_personal_data_of_a_request_is_not_exported() -> None:
    path = "/api/v1/jobs/4111111111111111?to=ada%40example.com&n=%2B1%20202-555-0143"
    (span,) = await spans_of("GET", f"{path}&iban=GB82WEST12345698765432")
    assert (span.attributes or {})["url.path"] == "/api/v1/jobs/[card]"
    assert (span.attributes or {})["url.query"] == "to=[email]&n=[phone]&iban=[iban]"


async def test_a_failed_run_shows_its_pipeline_as_failed() -> None:
    job = f"/api/v1/jobs/{UUID(int=10)}/run"
    found = {span.name: span for span in await spans_of("POST", job)}
    run, server = found["reconciliation.run"], found["POST /api/v1/jobs/{job_id}/run"]
    assert parent_of(run) == id_of(server)
    assert run.status.status_code is server.status.status_code is StatusCode.ERROR
    assert (run.attributes or {})["error.type"] == "PoolTimeout"


async def test_work_outside_of_a_trace_makes_no_span() -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter)
    with client_span("db", "select", {}), business_span("matching.match"):
        assert current_headers() == {}
    await tracing.close()
    assert not exporter.get_finished_spans()


async def test_a_consumer_continues_the_trace_of_its_producer() -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter)
    request = entry_span(tracing, "GET", SpanKind.SERVER, headers=HEADERS, attributes={})
    with request, producer_span("webhook_deliveries"):
        kept = current_headers()
    with consumer_span(tracing, "webhook_deliveries", kept):
        assert trace_id_of() == TRACE
    assert trace_id_of() == ""
    await tracing.close()
    found = {span.kind: span for span in exporter.get_finished_spans()}
    producer, consumer = found[SpanKind.PRODUCER], found[SpanKind.CONSUMER]
    assert parent_of(producer) == id_of(found[SpanKind.SERVER])
    assert parent_of(consumer) == id_of(producer)
    for span in (producer, consumer):
        assert (span.attributes or {})["messaging.destination.name"] == "webhook_deliveries"


@pytest.mark.parametrize("silent", ["db", "cache", "queue", "business"])
async def test_without_a_class_its_children_stay_connected(silent: SpanClass) -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing("test", exporter=exporter, switches=TracingSwitches(without=[silent]))
    with (
        entry_span(tracing, "POST", SpanKind.SERVER, headers=HEADERS, attributes={}),
        business_span("business"),
        producer_span("jobs"),
        client_span("cache", "cache", {}),
        client_span("db", "db", {}),
    ):
        pass
    await tracing.close()
    spans = exporter.get_finished_spans()
    assert len(spans) == 4
    assert {parent_of(span) for span in spans} <= {CALLER, *map(id_of, spans)}


async def test_a_collector_that_is_away_costs_no_request_and_no_stop() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        async with asyncio.timeout(10), serving(otlp_exporter(url_of(taken))) as client:
            assert (await client.get("/unknown")).status_code == 404


async def test_a_collector_that_hangs_costs_no_request_and_no_stop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # and never answers
        async with asyncio.timeout(10), serving(otlp_exporter(url_of(silent))) as client:
            assert (await client.get("/unknown")).status_code == 404


def url_of(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}"
