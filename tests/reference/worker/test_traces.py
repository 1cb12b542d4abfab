"""A delivery is the end of the trace of the request that announced it."""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID, uuid4

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id

from perfcheck.reference.app.switches import Switchboard
from perfcheck.reference.app.tracing import Tracing, TracingSwitches
from perfcheck.reference.service import Running
from perfcheck.reference.webserver import inherited_environment
from perfcheck.reference.worker.connection import Connection
from perfcheck.reference.worker.receiver import Received, Receiver
from perfcheck.reference.worker.sender import Delivery, Sender, http_client
from perfcheck.reference.worker.settings import from_environment
from tests.reference.collector import Collector, collecting
from tests.reference.worker.test_deliverer import enqueue

pytestmark = pytest.mark.anyio

TRACE, PRODUCER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
KEPT = {"traceparent": f"00-{TRACE}-{PRODUCER}-01"}
QUEUE = "webhook_deliveries"


def delivery(url: str, trace: object) -> Delivery:
    payload = {"execution_id": "e", "trace": trace}
    return Delivery(UUID(int=7), UUID(int=1), UUID(int=2), "execution.completed", url, payload, 0)


async def deliver(
    trace: object, *, status: int = 204, switches: TracingSwitches | None = None
) -> tuple[Sequence[ReadableSpan], Received]:
    """Return the spans of one delivery, and what its receiver got."""
    exporter, receiver = InMemorySpanExporter(), Receiver(answer=lambda _: status)
    tracing = Tracing("test", exporter=exporter, switches=switches)
    async with receiver.listening() as url, http_client() as client:
        await Sender(client, tracing).send(delivery(url, trace), 20.0)
    await tracing.close()
    (received,) = receiver.received
    return exporter.get_finished_spans(), received


@pytest.mark.live
async def test_a_delivery_continues_the_trace_of_its_producer() -> None:
    (span,), received = await deliver(KEPT)
    assert (span.name, span.kind) == (f"deliver {QUEUE}", SpanKind.CONSUMER)
    assert span.parent is not None
    assert format_trace_id(span.parent.trace_id) == TRACE
    assert format_span_id(span.parent.span_id) == PRODUCER
    assert span.status.status_code is StatusCode.UNSET
    context = span.get_span_context()
    assert context is not None
    assert received.headers["traceparent"] == f"00-{TRACE}-{format_span_id(context.span_id)}-01"


@pytest.mark.live
async def test_the_body_of_a_webhook_does_not_hold_its_trace() -> None:
    _, received = await deliver(KEPT)
    assert set(json.loads(received.body)) == {"event", "tenant_id", "job_id", "execution_id"}


@pytest.mark.live
async def test_a_delivery_that_is_not_taken_is_shown_as_failed() -> None:
    (span,), _ = await deliver(KEPT, status=503)
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "HTTP 503"


@pytest.mark.live
@pytest.mark.parametrize(
    "trace",
    [None, "", [KEPT], {}, {"traceparent": None}, {"traceparent": 1}, {"traceparent": "00-x\r\ny"}],
)
async def test_without_a_trace_to_continue_a_delivery_begins_one(trace: object) -> None:
    (span,), received = await deliver(trace)
    assert span.parent is None
    assert received.headers["traceparent"].startswith("00-")


@pytest.mark.live
async def test_a_trace_that_its_caller_does_not_sample_stays_so() -> None:
    spans, received = await deliver({"traceparent": f"00-{TRACE}-{PRODUCER}-00"})
    assert not spans
    assert received.headers["traceparent"].startswith(f"00-{TRACE}-")
    assert received.headers["traceparent"].endswith("-00")


@pytest.mark.live
async def test_without_the_spans_of_the_queue_none_shows_a_delivery() -> None:
    spans, _ = await deliver(KEPT, switches=TracingSwitches(without=["queue"]))
    assert not spans


@pytest.mark.live
async def test_a_collector_that_hangs_does_not_keep_a_worker_longer_than_the_keeper_waits(
    dsn: str, connection: Connection
) -> None:
    asked = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    own = {"REFERENCE_DB_DSN": dsn, "REFERENCE_OTLP_ENDPOINT": endpoint}
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "perfcheck.reference.worker"),
        env={**inherited_environment(), **own},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with Receiver().listening() as url, asyncio.timeout(30):
            await enqueue(connection, url)
            await asked.wait()
        worker.terminate()
        async with asyncio.timeout(5):
            assert await worker.wait() == 0
    finally:
        if worker.returncode is None:
            worker.kill()
    server.close()


def test_the_worker_reads_where_its_traces_go_and_what_is_broken_of_them() -> None:
    settings = from_environment(
        {
            "REFERENCE_DB_DSN": "host=x",
            "REFERENCE_OTLP_ENDPOINT": "http://127.0.0.1:4318",
            "REFERENCE_SWITCHES": '{"tracing": {"without": ["queue"]}}',
        }
    )
    assert settings.otlp_endpoint == "http://127.0.0.1:4318"
    assert settings.switches == Switchboard({"tracing": {"without": ["queue"]}})


@pytest.fixture
def collector(reference: Running) -> Iterator[Collector]:
    with collecting(reference.environment["PERFCHECK_OTLP_LISTEN"]) as opened:
        yield opened


def is_whole(spans: Sequence[Span]) -> bool:
    # In each process the span that the others are in ends last.
    return {Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CONSUMER} <= {span.kind for span in spans}


def parents(spans: Sequence[Span]) -> Mapping[str, str]:
    return {span.span_id.hex(): span.parent_span_id.hex() for span in spans}


@pytest.mark.live
def test_a_run_and_its_webhook_are_one_connected_trace_over_two_processes(
    reference: Running, collector: Collector
) -> None:
    trace = uuid4().hex
    tenant, token = next(iter(reference.tokens.items()))
    headers = {"Authorization": f"Bearer {token}", "X-Tenant-Id": tenant}
    with httpx.Client(base_url=reference.api_url, headers=headers, trust_env=False) as client:
        job = client.get("/api/v1/jobs?limit=1").json()["data"][0]["id"]
        traced = {"traceparent": f"00-{trace}-{PRODUCER}-01"}
        assert client.post(f"/api/v1/jobs/{job}/run", headers=traced).status_code == 200
    spans = collector.wait_for(trace, is_whole)
    own = parents(spans)
    assert set(own.values()) - set(own) == {PRODUCER}  # no orphans
    (enqueued,) = (span for span in spans if span.kind == Span.SPAN_KIND_PRODUCER)
    services = collector.services(trace)
    assert set(services) == {"reconciliation-api", "reconciliation-worker"}
    (delivered,) = services["reconciliation-worker"]
    assert (delivered.name, delivered.kind) == (f"deliver {QUEUE}", Span.SPAN_KIND_CONSUMER)
    assert delivered.parent_span_id == enqueued.span_id
