"""Send a webhook by HTTP, within a deadline and in the trace that announced it."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from opentelemetry.trace import StatusCode

from perfcheck.reference.app.spans import consumer_span
from perfcheck.reference.app.trace_context import current_headers
from perfcheck.reference.app.tracing import Tracing
from perfcheck.reference.worker.loopback import is_loopback_url
from perfcheck.reference.worker.retries import Attempt

DEADLINE_S = 2.0


@dataclass(frozen=True)
class Delivery:
    """A row of webhook_deliveries that waits."""

    id: UUID
    tenant_id: UUID
    job_id: UUID
    event: str
    url: str
    payload: dict[str, Any]  # Any: JSON
    attempts: int

    @property
    def trace(self) -> dict[str, str]:
        """The headers that continue the trace of the request that announced it; {} if unknown."""
        kept = self.payload.get("trace")
        if not isinstance(kept, dict):
            return {}
        return {name: text for name, text in kept.items() if isinstance(text, str)}


def http_client() -> httpx.AsyncClient:
    """Return a client that goes where it is told: by no proxy, and after no redirect.

    No connection is kept: one that a receiver closed meanwhile would cost an attempt.
    """
    return httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        timeout=DEADLINE_S,
        limits=httpx.Limits(max_keepalive_connections=0),
    )


@dataclass(frozen=True)
class Sender:
    """Sends webhooks, and shows each attempt as the consumer of what the API has enqueued."""

    client: httpx.AsyncClient
    tracing: Tracing

    async def send(self, delivery: Delivery, deadline_s: float) -> Attempt:
        """Send the webhook; a receiver has it when it answers 2xx.

        It may get one twice, if the worker ends in between: the header Webhook-Id tells.
        """
        with consumer_span(self.tracing, "webhook_deliveries", delivery.trace) as span:
            attempt = await _attempt(self.client, delivery, deadline_s)
            if attempt.error is not None:
                span.set_attribute("error.type", attempt.error)
                span.set_status(StatusCode.ERROR)
            return attempt


async def _attempt(client: httpx.AsyncClient, delivery: Delivery, deadline_s: float) -> Attempt:
    if not is_loopback_url(delivery.url):
        return Attempt("refused: not an address of this machine", is_final=True)
    try:
        async with (
            asyncio.timeout(deadline_s),
            # As a stream: the answer's body is not read, however long it is.
            client.stream(
                "POST", delivery.url, content=_body(delivery), headers=_headers(delivery)
            ) as answer,
        ):
            return Attempt() if answer.is_success else Attempt(f"HTTP {answer.status_code}")
    except TimeoutError:
        return Attempt(f"no answer within {deadline_s:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Attempt(type(error).__name__)


def _headers(delivery: Delivery) -> dict[str, str]:
    own = {"Content-Type": "application/json", "Webhook-Id": str(delivery.id)}
    return {**own, **current_headers()}


def _body(delivery: Delivery) -> bytes:
    told = {
        "event": delivery.event,
        "tenant_id": str(delivery.tenant_id),
        "job_id": str(delivery.job_id),
        **{name: value for name, value in delivery.payload.items() if name != "trace"},
    }
    return json.dumps(told, separators=(",", ":")).encode()
