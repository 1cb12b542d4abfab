"""Hold a response back until its whole body is known, or let it stream."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send


@dataclass(frozen=True)
class WholeResponse:
    """A response whose body arrived in one piece."""

    status: int
    headers: MutableHeaders
    body: bytes


Rewrite = Callable[[WholeResponse], Awaitable[WholeResponse]]
Label = Callable[[int, MutableHeaders], None]


class WholeResponseSender:
    """An ASGI `send` that rewrites whole responses and only labels streamed ones."""

    def __init__(self, send: Send, *, rewrite: Rewrite, label_stream: Label) -> None:
        self._send = send
        self._rewrite = rewrite
        self._label_stream = label_stream
        self._held: Message | None = None

    async def __call__(self, message: Message) -> None:
        """Take the next message of the response."""
        if message["type"] == "http.response.start":
            self._held = message
            return
        held, self._held = self._held, None
        if held is None:
            await self._send(message)
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            await self._send_whole(held, message)
        else:
            headers = MutableHeaders(raw=list(held.get("headers", ())))
            self._label_stream(held["status"], headers)
            await self._send({**held, "headers": headers.raw})
            await self._send(message)

    async def _send_whole(self, start: Message, body: Message) -> None:
        original = WholeResponse(
            status=start["status"],
            headers=MutableHeaders(raw=list(start.get("headers", ()))),
            body=body.get("body", b""),
        )
        final = await self._rewrite(original)
        await self._send({**start, "status": final.status, "headers": final.headers.raw})
        await self._send({**body, "body": final.body})
