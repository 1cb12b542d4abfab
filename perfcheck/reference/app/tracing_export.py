"""Send spans to a collector: in the background, redacted, and never in a request's way."""

import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import cast

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status
from opentelemetry.util.types import Attributes, AttributeValue
from typing_extensions import override

from perfcheck.reference.app.redaction import Redactor

# Short: whoever looks at a trace sees it at once.
_SCHEDULE_DELAY_MS = 200
_MAX_SPANS_WAITING = 4096
_MAX_SPANS_SENT = 256
# Below the shortest pause before a retry (0.8 s): a failed batch is dropped, not sent again.
_SEND_TIMEOUT_S = 0.75
_LAST_WORDS_S = 1.0
_REMEMBERED_TEXTS = 512


def otlp_exporter(endpoint: str) -> SpanExporter:
    """Return an exporter to a collector that speaks OTLP over HTTP."""
    session = requests.Session()
    session.trust_env = False  # a proxy of the caller's is not the way to the collector
    url = f"{endpoint.rstrip('/')}/v1/traces"
    return OTLPSpanExporter(url, timeout=_SEND_TIMEOUT_S, session=session)


class ExportPipeline:
    """A queue in memory, emptied by a thread of its own; spans that do not fit are dropped."""

    def __init__(self, exporter: SpanExporter, redactor: Redactor) -> None:
        self._exporter = _RedactingExporter(exporter, redactor)
        self.processor = BatchSpanProcessor(
            self._exporter,
            max_queue_size=_MAX_SPANS_WAITING,
            schedule_delay_millis=_SCHEDULE_DELAY_MS,
            max_export_batch_size=_MAX_SPANS_SENT,
        )

    def hurry(self) -> None:
        """From now on, begin no batch that would end after the last words."""
        self._exporter.stop_at(time.monotonic() + _LAST_WORDS_S)


class _RedactingExporter(SpanExporter):
    """The one way out for spans, whoever made them: nothing personal passes."""

    def __init__(self, exporter: SpanExporter, redactor: Redactor) -> None:
        self._exporter = exporter
        # Most texts come again and again: statements, routes, commands.
        self._text = lru_cache(_REMEMBERED_TEXTS)(redactor.text)
        self._value = lru_cache(_REMEMBERED_TEXTS, typed=True)(redactor.value)
        self._stops_at = float("inf")

    def stop_at(self, moment_s: float) -> None:
        self._stops_at = moment_s

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if time.monotonic() > self._stops_at:
            return SpanExportResult.FAILURE
        return self._exporter.export([self._redacted(span) for span in spans])

    @override
    def shutdown(self) -> None:
        self._exporter.shutdown()

    @override
    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)

    def _redacted(self, span: ReadableSpan) -> ReadableSpan:
        text = self._text
        description = span.status.description
        return ReadableSpan(
            name=text(span.name),
            context=span.get_span_context(),
            parent=span.parent,
            resource=span.resource,
            attributes=self._attributes(span.attributes),
            events=[self._event(event) for event in span.events],
            links=span.links,
            kind=span.kind,
            status=Status(span.status.status_code, text(description) if description else None),
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )

    def _event(self, event: Event) -> Event:
        attributes = self._attributes(event.attributes)
        return Event(self._text(event.name), attributes, event.timestamp)

    def _attributes(self, attributes: Attributes) -> Mapping[str, AttributeValue]:
        return {key: self._attribute(value) for key, value in (attributes or {}).items()}

    def _attribute(self, value: AttributeValue) -> AttributeValue:
        # A text stays one, and so do numbers, unless they are personal.
        return cast("AttributeValue", self._value(value))
