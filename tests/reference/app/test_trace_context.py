import re

import pytest

from perfcheck.reference.app.trace_context import trace_id_of

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "traceparent", [f"00-{TRACE}-{SPAN}-01", f" 00-{TRACE}-{SPAN}-00 ", f"cc-{TRACE}-{SPAN}-01-x"]
)
def test_the_callers_trace_id_is_taken(traceparent: str) -> None:
    assert trace_id_of(traceparent) == TRACE


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
def test_an_invalid_traceparent_gets_a_fresh_trace_id(traceparent: str | None) -> None:
    fresh = trace_id_of(traceparent)
    assert re.fullmatch("[0-9a-f]{32}", fresh)
    assert fresh not in {TRACE, trace_id_of(traceparent)}
