"""A collector of traces that speaks OTLP over HTTP, as far as the service does."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from typing_extensions import override

DEADLINE_S = 15.0


class Collector:
    """Keeps the spans that it is sent, and by which service."""

    def __init__(self) -> None:
        self._spans: list[tuple[str, Span]] = []
        self._changed = threading.Condition()

    def add(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        with self._changed:
            for resource in request.resource_spans:
                attributes = {a.key: a.value.string_value for a in resource.resource.attributes}
                for scope in resource.scope_spans:
                    self._spans += [(attributes["service.name"], span) for span in scope.spans]
            self._changed.notify_all()

    def wait_for(self, trace: str, is_complete: Callable[[Sequence[Span]], bool]) -> Sequence[Span]:
        """Return the spans of the trace once they are complete."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: is_complete([span for _, span in self._of(trace)]), DEADLINE_S
            )
            return [span for _, span in self._of(trace)]

    def services(self, trace: str) -> dict[str, list[Span]]:
        """Return the spans of the trace that have come so far, by service."""
        with self._changed:
            found: dict[str, list[Span]] = {}
            for service, span in self._of(trace):
                found.setdefault(service, []).append(span)
            return found

    def _of(self, trace: str) -> list[tuple[str, Span]]:
        return [(service, span) for service, span in self._spans if span.trace_id.hex() == trace]


@contextmanager
def collecting(address: str) -> Iterator[Collector]:
    """Listen at host:port for a block."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.add(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        @override
        def log_message(self, *_: Any) -> None:  # Any: as the base class
            """Say nothing."""

    host, port = address.split(":")
    with ThreadingHTTPServer((host, int(port)), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield collector
        server.shutdown()
