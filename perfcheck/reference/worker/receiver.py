"""Receive webhooks on the loopback interface: the other side of the demo's deliveries."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import h11

_TIMEOUT_S = 5.0
_MAX_BODY_BYTES = 64 * 1024
_KEPT = 1000

Answer = Callable[["Received"], int]  # the status that it is answered with


@dataclass(frozen=True)
class Received:
    """A request that arrived."""

    method: str
    path: str
    headers: Mapping[str, str]  # by lower-case name
    body: bytes

    @property
    def webhook_id(self) -> str:
        """Which webhook it is; one that comes twice has the same."""
        return self.headers.get("webhook-id", "")


def accept(received: Received) -> int:
    """Take webhooks, and answer whoever asks whether somebody is here."""
    if received.method == "POST":
        return 204
    return 200 if received.path == "/health" else 404


class Receiver:
    """Remembers the last webhooks that it received."""

    def __init__(self, port: int = 0, *, answer: Answer = accept) -> None:
        self._port = port
        self._answer = answer
        self.received: deque[Received] = deque(maxlen=_KEPT)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Listen on 127.0.0.1 for as long as the block lasts, and give the URL.

        Raises:
            OSError: the port is taken.
        """
        server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            # Not wait_closed(): from Python 3.12.1 on it waits for the clients as well.
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                await self._answer_one(reader, writer)
        except (OSError, TimeoutError, h11.ProtocolError, ValueError):
            pass  # a client that is gone, slow or no HTTP client gets no answer
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        received = await _read_request(connection, reader)
        if received.method == "POST":
            self.received.append(received)
        status = self._answer(received)
        headers = [("Content-Length", "0"), ("Connection", "close")]
        head = connection.send(h11.Response(status_code=status, headers=headers))
        writer.write((head or b"") + (connection.send(h11.EndOfMessage()) or b""))
        await writer.drain()


async def _read_request(connection: h11.Connection, reader: asyncio.StreamReader) -> Received:
    method, path, headers, body = "", "", dict[str, str](), b""
    while True:
        match connection.next_event():
            case h11.NEED_DATA:
                connection.receive_data(await reader.read(16384))
            case h11.Request() as request:
                method, path = request.method.decode(), request.target.decode()
                headers = {k.decode(): v.decode("latin-1") for k, v in request.headers}
            case h11.Data() as piece:
                body += piece.data
                if len(body) > _MAX_BODY_BYTES:
                    raise ValueError("the body is too long")
            case h11.EndOfMessage():
                return Received(method, path, headers, body)
            case _:
                raise ValueError("the client is gone")
