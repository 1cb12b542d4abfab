"""Ask once on a connection of its own, and count what came after the answer.

A client that keeps connections takes bytes behind a 304 for the start of the next answer,
so a 304 with a body shows only where nothing else is sent on the connection
(RFC 9110, 15.4.5 and RFC 9112, 6.3).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import h11
import httpx

from perfcheck.errors import ProbeError

MAX_BODY_BYTES = 16 * 1024 * 1024
# A server that was told `Connection: close` hangs up at once; one that does not is not waited for.
HANG_UP_S = 0.5


@dataclass(frozen=True)
class Lone:
    """An answer as HTTP/1.1 frames it, and how many bytes followed it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    excess_bytes: int


async def ask_alone(request: httpx.Request, limit_s: float) -> Lone:
    """Send a request without a body, read until the server hangs up. Raises ProbeError."""
    try:
        async with asyncio.timeout(limit_s):
            return await _converse(request)
    except TimeoutError as error:
        raise ProbeError("timeout", f"no whole answer within {limit_s:g} s") from error
    except h11.ProtocolError as error:
        raise ProbeError("garbage", "what answers there does not speak HTTP") from error
    except OSError as error:
        raise ProbeError("connection", "the connection failed or was lost") from error


async def _converse(request: httpx.Request) -> Lone:
    url = request.url
    tls = httpx.create_ssl_context(trust_env=False) if url.scheme == "https" else None
    port = url.port or (443 if tls else 80)
    reader, writer = await asyncio.open_connection(url.host, port, ssl=tls)
    try:
        connection = h11.Connection(h11.CLIENT)
        head = [
            (name, value)
            for name, value in _authorized(request).headers.raw
            if name.lower() != b"connection"
        ]
        question = h11.Request(
            method=request.method,
            target=url.raw_path,
            headers=[*head, (b"Connection", b"close")],
        )
        writer.write(connection.send(question) or b"")
        writer.write(connection.send(h11.EndOfMessage()) or b"")
        await writer.drain()
        return await _read(connection, reader)
    finally:
        writer.transport.abort()  # a polite TLS shutdown could take longer than the deadline
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(HANG_UP_S):
                await writer.wait_closed()


def _authorized(request: httpx.Request) -> httpx.Request:
    """Return the request with the URL's user in its headers, as httpx would send it."""
    url = request.url
    if not url.username and not url.password:
        return request
    return next(httpx.BasicAuth(url.username, url.password).auth_flow(request))


async def _read(connection: h11.Connection, reader: asyncio.StreamReader) -> Lone:
    answer: h11.Response | None = None
    body = bytearray()
    async for event in _events(connection, reader):
        if isinstance(event, h11.Response):
            answer = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_BODY_BYTES:
                raise ProbeError("garbage", "the body is larger than 16 MiB")
    if answer is None:
        raise ProbeError("garbage", "what answers there does not speak HTTP")
    excess_bytes = len(connection.trailing_data[0]) + await _count_rest(reader)
    headers = tuple((key.decode("latin-1"), text.decode("latin-1")) for key, text in answer.headers)
    return Lone(answer.status_code, headers, bytes(body), excess_bytes)


async def _events(
    connection: h11.Connection, reader: asyncio.StreamReader
) -> AsyncIterator[h11.Event]:
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Event) and not isinstance(event, h11.ConnectionClosed):
            yield event
            if isinstance(event, h11.EndOfMessage):
                return
        else:
            raise ProbeError("garbage", "the connection ended before the answer did")


async def _count_rest(reader: asyncio.StreamReader) -> int:
    size_bytes = 0
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(HANG_UP_S):
            while size_bytes <= MAX_BODY_BYTES and (chunk := await reader.read(65536)):
                size_bytes += len(chunk)
    return size_bytes
