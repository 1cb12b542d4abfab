"""Take and give trace ids in the headers of W3C Trace Context, level 1."""

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.trace import INVALID_TRACE_ID, format_trace_id, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()


def context_of(headers: Mapping[str, str]) -> Context:
    """Return the caller's context; an empty one when traceparent is absent or invalid."""
    # Not the current context: a request or message begins nothing but its own.
    return _PROPAGATOR.extract(headers, context=Context())


def trace_id_of(context: Context | None = None) -> str:
    """Return the trace id of the context, by default the current one, in hex; "" without one."""
    trace_id = get_current_span(context).get_span_context().trace_id
    return "" if trace_id == INVALID_TRACE_ID else format_trace_id(trace_id)


def current_headers() -> dict[str, str]:
    """Return the headers that continue the current trace: for a request, or kept with a message."""
    headers: dict[str, str] = {}
    _PROPAGATOR.inject(headers)
    return headers
