"""Tag GET responses and answer 304 to a client that has the current one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from perfcheck.reference.app.etag import matches, weak_tag, weakened
from perfcheck.reference.app.whole_response import WholeResponse, WholeResponseSender

# What describes the representation that a 304 does not send (RFC 9110, 15.4.5).
_REPRESENTATION_HEADERS = (
    "content-type",
    "content-length",
    "content-encoding",
    "content-language",
    "content-range",
)

MakeTag = Callable[[bytes], str]
IsCurrent = Callable[[Headers, str, str | None], bool]
NotModified = Callable[[WholeResponse], WholeResponse]


def is_current(request: Headers, tag: str, last_modified: str | None) -> bool:
    """Say whether the client has the representation of this tag and time."""
    # If-None-Match decides alone where it is present (RFC 9110, 13.2.2).
    if "if-none-match" in request:
        return matches(", ".join(request.getlist("if-none-match")), tag)
    since = parse_http_date(request.get("if-modified-since"))
    modified = parse_http_date(last_modified)
    return since is not None and modified is not None and modified <= since


def not_modified(response: WholeResponse) -> WholeResponse:
    """Return the 304 in the place of a 200: without a body and what describes it."""
    for name in _REPRESENTATION_HEADERS:
        if name in response.headers:
            del response.headers[name]
    return replace(response, status=304, body=b"")


def parse_http_date(text: str | None) -> datetime | None:
    """Return the moment that a header names; None if it names none."""
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


class ConditionalMiddleware:
    """Give whole 200 answers to GET and HEAD a weak ETag, and revalidate them.

    An answer that must not be stored cannot be revalidated, and so gets no tag.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        make_tag: MakeTag = weak_tag,
        is_current: IsCurrent = is_current,
        not_modified: NotModified = not_modified,
    ) -> None:
        self._app = app
        self._make_tag = make_tag
        self._is_current = is_current
        self._not_modified = not_modified

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        request = Headers(scope=scope)

        async def rewrite(response: WholeResponse) -> WholeResponse:
            return self._revalidate(request, response)

        sender = WholeResponseSender(send, rewrite=rewrite, label_stream=_leave_untagged)
        await self._app(scope, receive, sender)

    def _revalidate(self, request: Headers, response: WholeResponse) -> WholeResponse:
        headers = response.headers
        if response.status != 200 or "no-store" in headers.get("cache-control", "").lower():
            return response
        own_tag = headers.get("etag")
        tag = weakened(own_tag) if own_tag else self._make_tag(response.body)
        headers["ETag"] = tag
        if self._is_current(request, tag, headers.get("last-modified")):
            return self._not_modified(response)
        return response


def _leave_untagged(_status: int, _headers: MutableHeaders) -> None:
    """Leave a streamed response alone: its hash would come too late."""
