"""Break the entity tags and their revalidation on purpose."""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from typing_extensions import override

from perfcheck.reference.app.conditional import (
    ConditionalMiddleware,
    IsCurrent,
    MakeTag,
    is_current,
    not_modified,
    parse_http_date,
)
from perfcheck.reference.app.etag import weak_tag
from perfcheck.reference.app.whole_response import WholeResponse


@dataclass(frozen=True)
class EtagSwitches:
    """How answers are tagged and revalidated; the defaults are right."""

    tag: Literal[
        "weak md5", "strong md5", "weak length", "sha1", "sha256", "constant", "per request"
    ] = "weak md5"
    revalidation: Literal[
        "right",
        "never",
        "always",
        "without lists",
        "without star",
        "without weak comparison",
        "by time first",
    ] = "right"
    body_on_304: bool = False


def conditional_layer(switches: EtagSwitches) -> Middleware:
    """Return the layer of tags as the switches want it."""
    if switches.body_on_304:
        _let_uvicorn_send_a_body_after_304()
    return Middleware(
        ConditionalMiddleware,
        make_tag=_TAGS[switches.tag],
        is_current=_REVALIDATIONS[switches.revalidation],
        not_modified=_with_body if switches.body_on_304 else not_modified,
    )


_TAGS: Mapping[str, MakeTag] = {
    "weak md5": weak_tag,
    "strong md5": lambda body: weak_tag(body).removeprefix("W/"),
    "weak length": lambda body: f'W/"{len(body):x}"',
    "sha1": lambda body: f'W/"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"',
    "sha256": lambda body: f'W/"{hashlib.sha256(body).hexdigest()}"',
    "constant": lambda _body: 'W/"constant"',
    "per request": lambda _body: f'W/"{uuid.uuid4().hex}"',
}


def _unless(is_overlooked: Callable[[str], bool]) -> IsCurrent:
    """Return the right comparison, blind for some values of If-None-Match."""

    def compare(request: Headers, tag: str, last_modified: str | None) -> bool:
        if is_overlooked(request.get("if-none-match", "")):
            return False
        return is_current(request, tag, last_modified)

    return compare


def _is_named_exactly(request: Headers, tag: str, last_modified: str | None) -> bool:
    named = {name.strip() for name in request.get("if-none-match", "").split(",")}
    return bool(named & {tag, "*"}) and is_current(request, tag, last_modified)


def _by_time_first(request: Headers, tag: str, last_modified: str | None) -> bool:
    since = parse_http_date(request.get("if-modified-since"))
    if since is None:
        return is_current(request, tag, last_modified)
    modified = parse_http_date(last_modified)
    return modified is None or modified <= since


_REVALIDATIONS: Mapping[str, IsCurrent] = {
    "right": is_current,
    "never": lambda _request, _tag, _last_modified: False,
    "always": lambda request, _tag, _last_modified: "if-none-match" in request,
    "without lists": _unless(lambda named: "," in named),
    "without star": _unless(lambda named: named.strip() == "*"),
    "without weak comparison": _is_named_exactly,
    "by time first": _by_time_first,
}


def _with_body(response: WholeResponse) -> WholeResponse:
    return replace(response, status=304)


def _let_uvicorn_send_a_body_after_304() -> None:
    """Take uvicorn's guard away: on h11 it refuses what RFC 9110, 15.4.5 forbids."""
    from uvicorn.protocols.http import h11_impl

    class Cycle(h11_impl.RequestResponseCycle):
        status = 0

        @override
        async def send(self, message: Any) -> None:  # Any: uvicorn's own type of ASGI messages
            if message["type"] == "http.response.start":
                self.status = message["status"]
            elif message["type"] == "http.response.body" and self.status == 304:
                self.transport.write(message["body"])
                message = {**message, "body": b""}
            await super().send(message)

    h11_impl.RequestResponseCycle = Cycle  # type: ignore[misc] # looked up at each request
