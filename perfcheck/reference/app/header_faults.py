"""Take response headers away on purpose, or change them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True)
class HeaderRule:
    """Which header of which GET answers becomes what; None takes it away."""

    name: str
    value: str | None = None
    path: str = ".*"  # a regular expression of the whole path
    statuses: Sequence[int] = (200, 304)
    codings: Sequence[str] = ("identity", "gzip", "br")

    def applies_to(self, scope: Scope, status: int, headers: MutableHeaders) -> bool:
        """Say whether the rule is about this answer."""
        return (
            self.name in headers
            and scope["method"] in {"GET", "HEAD"}
            and status in self.statuses
            and headers.get("content-encoding", "identity") in self.codings
            and re.fullmatch(self.path, scope["path"]) is not None
        )


@dataclass(frozen=True)
class HeaderSwitches:
    """The rules that are broken; by default none."""

    rules: Sequence[Mapping[str, Any]] = ()  # Any: JSON, the fields of HeaderRule


def header_layers(switches: HeaderSwitches) -> list[Middleware]:
    """Return no layer at all, unless a rule is switched on."""
    rules = [HeaderRule(**rule) for rule in switches.rules]
    return [Middleware(_HeaderFaultMiddleware, rules=rules)] if rules else []


class _HeaderFaultMiddleware:
    def __init__(self, app: ASGIApp, *, rules: Sequence[HeaderRule]) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", ())))
                self._change(scope, message["status"], headers)
                message = {**message, "headers": headers.raw}
            await send(message)

        await self._app(scope, receive, send_changed)

    def _change(self, scope: Scope, status: int, headers: MutableHeaders) -> None:
        for rule in self._rules:
            if not rule.applies_to(scope, status, headers):
                continue
            if rule.value is None:
                del headers[rule.name]
            else:
                headers[rule.name] = rule.value
