"""Each fault of the traces shows its own symptom in the trace of a run, and no other."""

from collections.abc import Sequence
from uuid import UUID

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, format_span_id, format_trace_id

from perfcheck.reference.app import create_app
from perfcheck.reference.app.settings import Settings
from perfcheck.reference.app.switches import Switchboard
from perfcheck.reference.faults import faults
from perfcheck.reference.service import Running

pytestmark = [pytest.mark.anyio, pytest.mark.live]

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CLASSES = {
    "db": lambda span: system_of(span) == "postgresql",
    "cache": lambda span: system_of(span) == "redis",
    "queue": lambda span: span.kind is SpanKind.PRODUCER,
    "reconciliation": lambda span: span.name.startswith("reconciliation."),
    "adapter": lambda span: span.name.startswith("adapter."),
    "matching": lambda span: span.name.startswith("matching."),
}
SYMPTOMS = {
    "tracing-lost-propagation": {"propagation"},
    "tracing-orphans": {"orphans"},
    "tracing-no-db-spans": {"db"},
    "tracing-no-cache-spans": {"cache"},
    "tracing-no-queue-spans": {"queue"},
    "tracing-no-business-spans": {"reconciliation", "adapter", "matching"},
}


def system_of(span: ReadableSpan) -> object:
    return (span.attributes or {}).get("db.system.name")


async def spans_of_a_run(service: Running, fault: str) -> Sequence[ReadableSpan]:
    tenant, token = next(iter(service.tokens.items()))
    settings = Settings(
        db_dsn=service.app_dsn,
        redis_url=service.environment["PERFCHECK_REDIS_URL"],
        tokens={token: UUID(tenant)},
        pool_size=2,
        log_file="/dev/null",
        switches=Switchboard(faults()[fault].switches if fault else {}),
    )
    exporter = InMemorySpanExporter()
    app = create_app(settings, span_exporter=exporter)
    headers = {"Authorization": f"Bearer {token}", "X-Tenant-Id": tenant}
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client,
    ):
        jobs = (await client.get("/api/v1/jobs?limit=1")).json()["data"]
        exporter.clear()
        answer = await client.post(
            f"/api/v1/jobs/{jobs[0]['id']}/run", headers={"traceparent": f"00-{TRACE}-{CALLER}-01"}
        )
        assert answer.status_code == 200
    # What else was sent late belongs to the first request.
    return [span for span in exporter.get_finished_spans() if is_of_the_run(span)]


def is_of_the_run(span: ReadableSpan) -> bool:
    return (span.attributes or {}).get("url.path") != "/api/v1/jobs"


def symptoms(spans: Sequence[ReadableSpan]) -> set[str]:
    (server,) = [span for span in spans if span.kind is SpanKind.SERVER]
    found = {name for name, is_one in CLASSES.items() if not any(map(is_one, spans))}
    context = server.get_span_context()
    assert context is not None
    is_continued = format_trace_id(context.trace_id) == TRACE
    if not (is_continued and server.parent and format_span_id(server.parent.span_id) == CALLER):
        found.add("propagation")
    trace = [span for span in spans if span.get_span_context() and same_trace(span, server)]
    ids = {span.get_span_context().span_id for span in trace}  # type: ignore[union-attr] # filtered
    if any(span.parent and span.parent.span_id not in ids for span in trace if span is not server):
        found.add("orphans")
    return found


def same_trace(one: ReadableSpan, other: ReadableSpan) -> bool:
    contexts = (one.get_span_context(), other.get_span_context())
    return len({context.trace_id for context in contexts if context}) == 1


async def test_a_right_trace_has_no_symptom(reference_db: Running) -> None:
    assert symptoms(await spans_of_a_run(reference_db, "")) == set()


async def test_statements_and_commands_show_no_values(reference_db: Running) -> None:
    spans = await spans_of_a_run(reference_db, "")
    texts = [str((span.attributes or {}).get("db.query.text", "")) for span in spans]
    tenant = next(iter(reference_db.tokens))
    assert sum(map(bool, texts)) >= 6
    assert not [text for text in texts if tenant in text]


@pytest.mark.parametrize(("fault", "expected"), SYMPTOMS.items(), ids=SYMPTOMS)
async def test_a_fault_shows_its_own_symptom(
    reference_db: Running, fault: str, expected: set[str]
) -> None:
    assert symptoms(await spans_of_a_run(reference_db, fault)) == expected


def test_every_fault_of_the_traces_is_tried() -> None:
    assert set(SYMPTOMS) == {name for name in faults() if name.startswith("tracing-")}
