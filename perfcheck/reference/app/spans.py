"""Begin spans: one for each piece of work that a trace shows."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import (
    INVALID_SPAN,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    get_current_span,
    set_span_in_context,
    use_span,
)
from structlog.contextvars import bound_contextvars

from perfcheck.reference.app.trace_context import context_of, trace_id_of
from perfcheck.reference.app.tracing import SpanClass, Tracing, current_tracing

Attributes = Mapping[str, str | int]


def business_span(name: str) -> AbstractContextManager[Span]:
    """Show a segment of the pipeline, such as matching.match."""
    return _child_span("business", name, SpanKind.INTERNAL, {})


def is_recording() -> bool:
    """Say whether a span begun now would be kept; if not, nobody need describe it."""
    return get_current_span().is_recording()


def client_span(
    span_class: SpanClass, name: str, attributes: Attributes
) -> AbstractContextManager[Span]:
    """Show a call of a server."""
    return _child_span(span_class, name, SpanKind.CLIENT, attributes)


def producer_span(queue: str) -> AbstractContextManager[Span]:
    """Show that a message is put into a queue: a table of that name."""
    attributes = _messaging(queue, name="enqueue", kind="send")
    return _child_span("queue", f"enqueue {queue}", SpanKind.PRODUCER, attributes)


@contextmanager
def consumer_span(tracing: Tracing, queue: str, kept_headers: Mapping[str, str]) -> Iterator[Span]:
    """Show that a message is worked on, in the trace that its producer's headers name."""
    if "queue" in tracing.switches.without:
        yield INVALID_SPAN
        return
    attributes = _messaging(queue, name="deliver", kind="process")
    name = f"deliver {queue}"
    with entry_span(
        tracing, name, SpanKind.CONSUMER, headers=kept_headers, attributes=attributes
    ) as span:
        yield span


@contextmanager
def entry_span(
    tracing: Tracing,
    name: str,
    kind: SpanKind,
    *,
    headers: Mapping[str, str],
    attributes: Attributes,
) -> Iterator[Span]:
    """Begin this process's part of a trace, and name the trace in the log."""
    caller = context_of(headers)
    parent = Context() if tracing.switches.ignores_callers else caller
    token = attach(tracing.carried_by(parent))
    try:
        span = tracing.tracer.start_span(name, kind=kind, attributes=attributes)
        with _current(span):
            trace_id = trace_id_of(caller) or trace_id_of()
            with bound_contextvars(trace_id=trace_id, tenant_id=None):
                yield span
    finally:
        detach(token)


@contextmanager
def _child_span(
    span_class: SpanClass, name: str, kind: SpanKind, attributes: Attributes
) -> Iterator[Span]:
    """Begin a span in the current one; outside of a request or message there is none."""
    tracing = current_tracing()
    if tracing is None or not is_recording() or span_class in tracing.switches.without:
        yield INVALID_SPAN
        return
    context = None  # the current one
    if span_class in tracing.switches.orphaned:
        context = set_span_in_context(_stranger())
    span = tracing.tracer.start_span(name, context=context, kind=kind, attributes=attributes)
    with _current(span):
        yield span


@contextmanager
def _current(span: Span) -> Iterator[None]:
    """Make the span the current one; an error's class is shown, its text may hold anything."""
    with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(StatusCode.ERROR)
            raise


def _messaging(queue: str, *, name: str, kind: str) -> Attributes:
    return {
        "messaging.system": "postgresql",
        "messaging.destination.name": queue,
        "messaging.operation.name": name,
        "messaging.operation.type": kind,
    }


def _stranger() -> Span:
    """Return a span of the current trace that nobody ever exports."""
    own = get_current_span().get_span_context()
    span_id = secrets.randbits(63) + 1
    return NonRecordingSpan(SpanContext(own.trace_id, span_id, False, own.trace_flags))
