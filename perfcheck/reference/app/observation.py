"""Observe every request: once answered, its outcome goes to the metrics and the log."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from perfcheck.reference.app.trace_context import trace_id_of

UNMATCHED_ROUTE = "unmatched"

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# What nginx logs for a client that left before the answer.
_CLIENT_LEFT = 499


@dataclass(frozen=True)
class Observation:
    """The outcome of one request; nothing in it is the client's own text."""

    method: str
    route: str
    status: int
    duration_s: float


Observer = Callable[[Observation], None]


class ObservationMiddleware:
    """The outermost layer: it sees what the client gets, and how long it took."""

    def __init__(self, app: ASGIApp, *, observers: Sequence[Observer]) -> None:
        self._app = app
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = _CLIENT_LEFT

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        trace_id = trace_id_of(Headers(scope=scope).get("traceparent"))
        with bound_contextvars(trace_id=trace_id, tenant_id=None):
            try:
                await self._app(scope, receive, watch)
            finally:
                duration_s = time.perf_counter() - started
                outcome = Observation(_method(scope), _route(scope), status, duration_s)
                for observe in self._observers:
                    observe(outcome)


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "other"


def _route(scope: Scope) -> str:
    route = scope.get("route")
    return route.path if isinstance(route, Route) else UNMATCHED_ROUTE
