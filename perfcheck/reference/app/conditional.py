"""Tag GET responses and answer 304 to a client that has the current one."""

from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial

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


class ConditionalMiddleware:
    """Give whole 200 answers to GET and HEAD a weak ETag, and revalidate them.

    An answer that must not be stored cannot be revalidated, and so gets no tag.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        rewrite = partial(_revalidate, Headers(scope=scope))
        sender = WholeResponseSender(send, rewrite=rewrite, label_stream=_leave_untagged)
        await self._app(scope, receive, sender)


def _leave_untagged(_status: int, _headers: MutableHeaders) -> None:
    """Leave a streamed response alone: its hash would come too late."""


async def _revalidate(request: Headers, response: WholeResponse) -> WholeResponse:
    headers = response.headers
    if response.status != 200 or "no-store" in headers.get("cache-control", "").lower():
        return response
    own_tag = headers.get("etag")
    tag = weakened(own_tag) if own_tag else weak_tag(response.body)
    headers["ETag"] = tag
    if not _is_current(request, tag, headers.get("last-modified")):
        return response
    for name in _REPRESENTATION_HEADERS:
        if name in headers:
            del headers[name]
    return replace(response, status=304, body=b"")


def _is_current(request: Headers, tag: str, last_modified: str | None) -> bool:
    # If-None-Match decides alone where it is present (RFC 9110, 13.2.2).
    if "if-none-match" in request:
        return matches(", ".join(request.getlist("if-none-match")), tag)
    since = _http_date(request.get("if-modified-since"))
    modified = _http_date(last_modified)
    return since is not None and modified is not None and modified <= since


def _http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
