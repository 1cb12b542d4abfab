"""Trace what the service does, with OpenTelemetry."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from opentelemetry.context import Context, get_value, set_value
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased

from perfcheck.reference.app.redaction import KINDS, Redactor
from perfcheck.reference.app.tracing_export import ExportPipeline

SpanClass = Literal["http", "db", "cache", "queue", "business"]

_KEY = "perfcheck.reference.tracing"
_CLOSE_TIMEOUT_S = 2.5


@dataclass(frozen=True)
class TracingSwitches:
    """What can be broken about the traces."""

    ignores_callers: bool = False
    """The traceparent of a request is not taken."""
    without: Sequence[SpanClass] = ()
    """Spans of these classes are not made."""
    orphaned: Sequence[SpanClass] = ()
    """Spans of these classes name a parent that does not exist."""
    leaks: Sequence[str] = ()
    """These kinds of personal data are not hidden."""


class Tracing:
    """The tracer of one process; without an exporter nothing is recorded.

    It is no global: spans find it in the context of the request or message that they are part of.
    """

    def __init__(
        self,
        service_name: str,
        *,
        exporter: SpanExporter | None = None,
        switches: TracingSwitches | None = None,
    ) -> None:
        self.switches = switches or TracingSwitches()
        self._pipeline = None
        # A caller that samples decides for the trace; here each trace of our own is recorded.
        self._provider = TracerProvider(
            sampler=ParentBased(root=ALWAYS_ON) if exporter is not None else ALWAYS_OFF,
            resource=Resource.create({SERVICE_NAME: service_name}),
            shutdown_on_exit=False,
        )
        if exporter is not None:
            redactor = Redactor(set(KINDS) - set(self.switches.leaks))
            self._pipeline = ExportPipeline(exporter, redactor)
            self._provider.add_span_processor(self._pipeline.processor)
        self.tracer = self._provider.get_tracer("perfcheck.reference")

    async def close(self) -> None:
        """Send what is left, but do not wait long for a collector that does not answer."""
        if self._pipeline is not None:
            self._pipeline.hurry()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(self._provider.shutdown), _CLOSE_TIMEOUT_S)

    def carried_by(self, context: Context) -> Context:
        """Return the context in which spans are made by this tracer."""
        return set_value(_KEY, self, context)


def current_tracing() -> Tracing | None:
    """Return the tracer of the work in progress; None outside of requests and messages."""
    found = get_value(_KEY)
    return found if isinstance(found, Tracing) else None
