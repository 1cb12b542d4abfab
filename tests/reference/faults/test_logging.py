"""Each fault of the log, and each leak, shows its own symptom and no other."""

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import httpx
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from perfcheck.reference.app import create_app
from perfcheck.reference.app.redaction import KINDS
from perfcheck.reference.app.sampling import is_sampled
from perfcheck.reference.app.settings import Settings
from perfcheck.reference.app.switches import Switchboard
from perfcheck.reference.faults import faults

pytestmark = pytest.mark.anyio

TENANT = UUID(int=1)
TRACES = [f"{number:032x}" for number in range(1, 31)]
SAMPLED = {trace for trace in TRACES if is_sampled(trace, 0.1)}
PERSONAL = {
    "email": "pc7f3@example.com",
    "phone": "+1 202-555-0143",
    "card": "4111111111111111",
    "iban": "GB82WEST12345698765432",
}
SYMPTOMS = {
    "logging-plain-text-lines": {"JSON"},
    "logging-lost-trace-id": {"trace"},
    "logging-wrong-tenant": {"tenant"},
    "logging-drops-errors": {"errors"},
    "logging-wrong-sample-rate": {"sample"},
    **{
        f"logging-{kind}-leaks-into-{surface}": {f"{kind} in {surface}"}
        for kind in KINDS
        for surface in ("logs", "traces", "metrics")
    },
}


class LoggingServer:
    """Logs each answer as uvicorn does, from inside of its request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def log_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                target = f"{scope['path']}?{scope['query_string'].decode()}"
                logging.getLogger("uvicorn.access").info(
                    '%s - "%s %s HTTP/%s" %d',
                    *("127.0.0.1:1", scope["method"], target, "1.1", message["status"]),
                )
            await send(message)

        await self._app(scope, receive, log_and_send)


async def symptoms(fault: str, log_file: Path) -> set[str]:
    # Nothing listens on port 1: only answers that need no database are asked for.
    settings = Settings(
        db_dsn="host=127.0.0.1 port=1 dbname=x",
        tokens={"token-a": TENANT},
        log_file=str(log_file),
        allows_debugging=True,
        switches=Switchboard(faults()[fault].switches if fault else {}),
    )
    exporter = InMemorySpanExporter()
    app = create_app(settings, span_exporter=exporter)
    transport = httpx.ASGITransport(app=LoggingServer(app))
    headers = {"Authorization": "Bearer token-a", "X-Tenant-Id": str(TENANT)}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client,
    ):
        for trace in TRACES:
            parent = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
            await client.get("/api/v1/debug/error", headers=parent)
            for kind, canary in PERSONAL.items():
                await client.get(f"/api/v1/jobs/{canary}", params={kind: canary}, headers=parent)
        metrics = (await client.get("/metrics")).text
    log = await anyio.Path(log_file).read_text(encoding="utf-8")
    spans = "".join(str(dict(span.attributes or {})) for span in exporter.get_finished_spans())
    return {*about_lines(log), *leaks(logs=log, traces=spans, metrics=metrics)}


def about_lines(log: str) -> Iterable[str]:
    texts = log.splitlines()
    lines = [json.loads(text) for text in texts if text.startswith("{")]
    if len(lines) < len(texts):
        yield "JSON"
    # The bug and the failed request.
    errors = [line for line in lines if line["level"] == "error"]
    if len(errors) != 2 * len(TRACES):
        yield "errors"
    infos = [line for line in lines if line["message"] == "request" and line["status"] == 404]
    if len(infos) != 4 * len(SAMPLED):
        yield "sample"
    yield from about_context(lines)


def about_context(lines: list[dict[str, Any]]) -> Iterable[str]:  # Any: JSON
    asked = [line for line in lines if line.get("route", "").startswith("/api/v1/")]
    if not {line["trace_id"] for line in asked} & set(TRACES):
        yield "trace"
    if {line["tenant_id"] for line in asked} != {str(TENANT)}:
        yield "tenant"


def leaks(**surfaces: str) -> Iterable[str]:
    for surface, text in surfaces.items():
        for kind, canary in PERSONAL.items():
            if canary in text.replace("%20", " ").replace("%40", "@"):
                yield f"{kind} in {surface}"


@pytest.mark.parametrize("fault", ["", *SYMPTOMS])
async def test_a_fault_shows_its_own_symptom(fault: str, tmp_path: Path) -> None:
    expected = SYMPTOMS[fault] if fault else set()
    assert await symptoms(fault, tmp_path / "app.jsonl") == expected


def test_every_fault_of_the_log_is_tried() -> None:
    assert set(SYMPTOMS) == {name for name in faults() if name.startswith("logging-")}
