"""The traces and the log of a running service, as they arrive outside of it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from perfcheck.reference.app.sampling import is_sampled
from perfcheck.reference.service import Running
from tests.reference.collector import Collector, collecting
from tests.reference.remains import wait_for

pytestmark = pytest.mark.live

CALLER = "00f067aa0ba902b7"


@pytest.fixture
def collector(reference: Running) -> Iterator[Collector]:
    with collecting(reference.environment["PERFCHECK_OTLP_LISTEN"]) as opened:
        yield opened


@pytest.fixture
def client(reference: Running) -> Iterator[httpx.Client]:
    environment = reference.environment
    tenant = next(iter(reference.tokens))
    headers = {
        "Authorization": f"Bearer {environment['PERFCHECK_API_TOKEN']}",
        "X-Tenant-Id": tenant,
    }
    with httpx.Client(base_url=environment["PERFCHECK_API_URL"], headers=headers) as client:
        yield client


def traceparent(trace: str) -> dict[str, str]:
    return {"traceparent": f"00-{trace}-{CALLER}-01"}


def has_server_span(spans: Sequence[Span]) -> bool:
    # Children end first and are sent in order: with it, the trace is whole.
    return any(span.kind == Span.SPAN_KIND_SERVER for span in spans)


def systems(spans: Sequence[Span]) -> set[str]:
    return {
        attribute.value.string_value
        for span in spans
        for attribute in span.attributes
        if attribute.key == "db.system.name"
    }


def lines_of(log_file: Path, trace: str) -> list[dict[str, Any]]:  # Any: JSON
    lines = map(json.loads, log_file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line["trace_id"] == trace]


def messages_of(log_file: Path, trace: str) -> list[str]:
    return [line["message"] for line in lines_of(log_file, trace)]


def test_a_run_is_one_connected_trace_with_all_classes(
    collector: Collector, client: httpx.Client
) -> None:
    job = client.get("/api/v1/jobs?limit=1").json()["data"][0]["id"]
    trace = uuid4().hex
    answer = client.post(f"/api/v1/jobs/{job}/run", headers=traceparent(trace))
    assert answer.status_code == 200
    spans = collector.wait_for(trace, has_server_span)
    ids = {span.span_id.hex() for span in spans}
    assert {span.parent_span_id.hex() for span in spans} - ids == {CALLER}
    assert {span.name.partition(".")[0] for span in spans if span.kind == 1} == {
        *("reconciliation", "adapter", "matching"),
    }
    assert systems(spans) == {"postgresql", "redis"}
    assert {span.kind for span in spans} >= {Span.SPAN_KIND_PRODUCER, Span.SPAN_KIND_CLIENT}


def test_a_warm_answer_comes_from_the_cache(collector: Collector, client: httpx.Client) -> None:
    cold, warm = uuid4().hex, uuid4().hex
    for trace in (cold, warm):
        query = {"limit": "1", "status": "archived"}
        client.get("/api/v1/jobs", params=query, headers=traceparent(trace))
    assert "redis" in systems(collector.wait_for(cold, has_server_span))
    assert systems(collector.wait_for(warm, has_server_span)) == {"redis"}


def test_an_error_is_logged_with_its_trace(reference: Running, client: httpx.Client) -> None:
    log_file = Path(reference.environment["PERFCHECK_LOG_FILE"])
    trace = uuid4().hex
    answer = client.get("/api/v1/debug/error", headers=traceparent(trace))
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    wait_for(lambda: "request" in messages_of(log_file, trace))  # written after the answer
    errors = [line for line in lines_of(log_file, trace) if line["level"] == "error"]
    assert [line["message"] for line in errors] == ["unexpected error", "request"]
    assert {line["tenant_id"] for line in errors} == {next(iter(reference.tokens))}


def test_the_servers_lines_are_sampled_with_the_services(
    reference: Running, client: httpx.Client
) -> None:
    log_file = Path(reference.environment["PERFCHECK_LOG_FILE"])
    candidates = [uuid4().hex for _ in range(300)]
    sampled = [trace for trace in candidates if is_sampled(trace, 0.1)][:3]
    dropped = [trace for trace in candidates if not is_sampled(trace, 0.1)][:3]
    for trace in sampled + dropped:
        client.get("/api/v1/jobs?limit=1&to=lovelace%40example.com", headers=traceparent(trace))
    both = {"access", "request"}
    wait_for(lambda: all(set(messages_of(log_file, trace)) == both for trace in sampled))
    assert not any(lines_of(log_file, trace) for trace in dropped)
    assert "lovelace" not in log_file.read_text(encoding="utf-8")
