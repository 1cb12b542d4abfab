"""Answer some requests late on purpose."""

import asyncio
import itertools
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class LatencySwitches:
    """Which requests wait before they are answered; by default none."""

    request: str = ""  # a regular expression of the method, a space, path and query
    delay_ms: float = 0
    every: int = 1  # one in so many of them waits


def latency_layers(switches: LatencySwitches) -> list[Middleware]:
    """Return no layer at all, unless something is slow."""
    return [Middleware(_LatencyFaultMiddleware, switches=switches)] if switches.request else []


class _LatencyFaultMiddleware:
    def __init__(
        self, app: ASGIApp, *, switches: LatencySwitches, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._app = app
        self._sleep = sleep
        self._request = re.compile(switches.request)
        self._delay_s = switches.delay_ms / 1000
        # Counted, not drawn: every run has the same share of slow answers.
        self._is_slow = itertools.cycle([True] + [False] * (switches.every - 1))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._request.fullmatch(_request_line(scope)) and next(self._is_slow):
            await self._sleep(self._delay_s)
        await self._app(scope, receive, send)


def _request_line(scope: Scope) -> str:
    if scope["type"] != "http":
        return ""
    query = scope["query_string"].decode("latin-1")
    return f"{scope['method']} {scope['path']}{'?' if query else ''}{query}"
