"""Observe every request: once answered, its outcome goes to the metrics and the log."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNMATCHED_ROUTE = "unmatched"

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
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
RouteOf = Callable[[Scope], str]


def route_template(scope: Scope) -> str:
    """Return the path of the route that answered, as it is declared."""
    route = scope.get("route")
    return route.path if isinstance(route, Route) else UNMATCHED_ROUTE


def route_with_ids(scope: Scope) -> str:
    """Return the path that was asked for, where the route takes the id of a job."""
    is_id = _UUID.fullmatch(scope.get("path_params", {}).get("job_id", ""))
    return str(scope["path"]) if is_id else route_template(scope)


class ObservationMiddleware:
    """Outside of all that answers: it sees what the client gets, and how long it took."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        observers: Sequence[Observer],
        route_of: RouteOf = route_template,
    ) -> None:
        self._app = app
        self._observers = observers
        self._route_of = route_of

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

        try:
            await self._app(scope, receive, watch)
        finally:
            duration_s = time.perf_counter() - started
            outcome = Observation(method_of(scope), self._route_of(scope), status, duration_s)
            for observe in self._observers:
                observe(outcome)


def method_of(scope: Scope) -> str:
    """Return the request's method, or "other" for one that HTTP does not know."""
    return scope["method"] if scope["method"] in _METHODS else "other"
