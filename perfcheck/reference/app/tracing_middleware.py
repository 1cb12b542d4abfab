"""Show each request in its caller's trace."""

from opentelemetry.trace import SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from perfcheck.reference.app.observation import UNMATCHED_ROUTE, method_of, route_template
from perfcheck.reference.app.spans import entry_span
from perfcheck.reference.app.tracing import Tracing


class TracingMiddleware:
    """The outermost layer: what it begins, all other work is part of."""

    def __init__(self, app: ASGIApp, *, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = method_of(scope)
        with entry_span(
            self._tracing,
            method,
            SpanKind.SERVER,
            headers=Headers(scope=scope),
            attributes=_request_attributes(scope, method),
        ) as span:

            async def watch(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status = message["status"]
                    span.set_attribute("http.response.status_code", status)
                    if status >= 500:
                        span.set_attribute("error.type", str(status))
                        span.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await self._app(scope, receive, watch)
            finally:
                route = route_template(scope)
                if route != UNMATCHED_ROUTE:
                    span.set_attribute("http.route", route)
                    span.update_name(f"{method} {route}")


def _request_attributes(scope: Scope, method: str) -> dict[str, str | int]:
    server = scope.get("server") or ("", None)
    attributes = {
        # The name in the semantic conventions for what is no known method.
        "http.request.method": "_OTHER" if method == "other" else method,
        "url.scheme": scope["scheme"],
        "url.path": scope["path"],
        "url.query": scope["query_string"].decode("latin-1"),
        "server.address": server[0],
        "server.port": server[1],
    }
    return {name: value for name, value in attributes.items() if value not in ("", None)}
