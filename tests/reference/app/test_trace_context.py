import pytest
from opentelemetry.context import attach, detach
from starlette.datastructures import Headers

from perfcheck.reference.app.trace_context import context_of, current_headers, trace_id_of

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "traceparent", [f"00-{TRACE}-{SPAN}-01", f" 00-{TRACE}-{SPAN}-00 ", f"cc-{TRACE}-{SPAN}-01-x"]
)
def test_the_callers_trace_id_is_taken(traceparent: str) -> None:
    assert trace_id_of(context_of(Headers({"TraceParent": traceparent}))) == TRACE


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "garbage",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
    ],
)
def test_an_invalid_traceparent_names_no_trace(traceparent: str | None) -> None:
    headers = {} if traceparent is None else {"traceparent": traceparent}
    assert trace_id_of(context_of(headers)) == ""


def test_the_current_trace_is_passed_on_with_its_state() -> None:
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "vendor=1"}
    token = attach(context_of(headers))
    try:
        assert current_headers() == headers
        assert trace_id_of() == TRACE
    finally:
        detach(token)
    assert current_headers() == {}
    assert trace_id_of() == ""
