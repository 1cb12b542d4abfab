"""Compress responses with Brotli or gzip, as the client prefers."""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import brotli  # type: ignore[import-untyped] # the package brings no types
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from perfcheck.reference.app.negotiation import Choice, Coding, acceptable_codings
from perfcheck.reference.app.whole_response import WholeResponse, WholeResponseSender

Encoder = Callable[[bytes], bytes]
Eligibility = Callable[[Headers], bool]

MINIMUM_SIZE_BYTES = 1024
# Above this size an encoder would hold up the event loop for more than a few milliseconds.
_OFFLOADED_SIZE_BYTES = 64 * 1024
_ENCODER_FAILURES = (brotli.error, zlib.error, MemoryError, ValueError)


def encode_gzip(body: bytes, *, level: int = 6) -> bytes:
    """Encode as one gzip member with zlib's default window and memory, without a time."""
    encoder = zlib.compressobj(level, zlib.DEFLATED, wbits=31, memLevel=8)
    return encoder.compress(body) + encoder.flush()


def encode_brotli(body: bytes, *, quality: int = 5) -> bytes:
    """Encode with Brotli; from quality 5 on it beats gzip's level 6 on JSON and text."""
    encoded: bytes = brotli.compress(body, quality=quality)
    return encoded


ENCODERS: Mapping[Coding, Encoder] = {"br": encode_brotli, "gzip": encode_gzip}


def is_compressible(headers: Headers) -> bool:
    """Say whether a response is JSON or text that may be encoded on its way."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_text = media_type.startswith("text/") or media_type == "application/json"
    return (
        (is_text or media_type.endswith("+json"))
        and "content-encoding" not in headers
        and "content-range" not in headers
        and "no-transform" not in headers.get("cache-control", "").lower()
    )


class CompressionMiddleware:
    """Encode whole JSON and text bodies; outermost of all that change a response.

    It stands outside the ETag layer, so a 304 is decided on the identity body. A body that does
    not shrink, a streamed body and an already encoded one are sent as they are.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        minimum_size_bytes: int = MINIMUM_SIZE_BYTES,
        encoders: Mapping[Coding, Encoder] = ENCODERS,
        choose: Choice = acceptable_codings,
        compresses: Eligibility = is_compressible,
    ) -> None:
        self._app = app
        self._minimum_size_bytes = minimum_size_bytes
        self._encoders = encoders
        self._choose = choose
        self._compresses = compresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        rewrite = partial(self._rewrite, scope)
        sender = WholeResponseSender(send, rewrite=rewrite, label_stream=self._add_vary)
        await self._app(scope, receive, sender)

    async def _rewrite(self, scope: Scope, response: WholeResponse) -> WholeResponse:
        self._add_vary(response.status, response.headers)
        if self._is_eligible(response):
            response = await self._encode(response, _accept_encoding(scope))
        # HEAD has the headers of GET, the length of its body included (RFC 9110, 9.3.2).
        return replace(response, body=b"") if scope["method"] == "HEAD" else response

    def _is_eligible(self, response: WholeResponse) -> bool:
        return (
            len(response.body) >= self._minimum_size_bytes
            and response.status not in {204, 206, 304}
            and self._compresses(response.headers)
        )

    async def _encode(self, response: WholeResponse, accept_encoding: str | None) -> WholeResponse:
        for coding in self._choose(accept_encoding):
            if (encoder := self._encoders.get(coding)) is None:
                continue
            try:
                encoded = await _run(encoder, response.body)
            except _ENCODER_FAILURES:
                continue
            if len(encoded) >= len(response.body):
                break
            response.headers["Content-Encoding"] = coding
            response.headers["Content-Length"] = str(len(encoded))
            return replace(response, body=encoded)
        return response

    def _add_vary(self, status: int, headers: MutableHeaders) -> None:
        # A 304 has no type any more, and must carry the Vary of its 200 (RFC 9110, 15.4.5).
        if status == 304 or self._compresses(headers):
            listed = {name.strip().lower() for name in headers.get("vary", "").split(",")}
            if not listed & {"*", "accept-encoding"}:
                headers.add_vary_header("Accept-Encoding")


async def _run(encoder: Encoder, body: bytes) -> bytes:
    if len(body) < _OFFLOADED_SIZE_BYTES:
        return encoder(body)
    return await asyncio.to_thread(encoder, body)


def _accept_encoding(scope: Scope) -> str | None:
    values = Headers(scope=scope).getlist("accept-encoding")
    return ",".join(values) if values else None
