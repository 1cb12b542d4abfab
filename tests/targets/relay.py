"""A line to a PostgreSQL server that counts what a client waits for, and can fall silent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.targets.conftest import serving


@dataclass
class Relay:
    """What went through, and whether anything still does."""

    dsn: str
    waits: list[bytes] = field(default_factory=list)
    silent: asyncio.Event = field(default_factory=asyncio.Event)

    async def forward(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        """Pass a client's messages on, counting each one after which it waits.

        Those are Query and Sync (PostgreSQL manual, Frontend/Backend Protocol).
        """
        kind = b""  # the first message has none
        while size := await reader.read(4):
            message = await reader.readexactly(int.from_bytes(size) - 4)
            self.waits.extend([kind] if kind in (b"Q", b"S") else [])
            if not self.silent.is_set():
                server.write(kind + size + message)
            kind = await reader.read(1)


@contextlib.asynccontextmanager
async def relaying(dsn: str) -> AsyncIterator[Relay]:
    """Open a line on loopback; the relay's DSN leads through it."""
    parts = conninfo_to_dict(dsn)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_connection(str(parts["host"]), str(parts["port"]))
        forwarding = asyncio.create_task(relay.forward(reader, server))
        try:
            while answer := await answers.read(65536):
                writer.write(answer)
        finally:
            forwarding.cancel()
            await asyncio.gather(forwarding, return_exceptions=True)
            server.close()
            with contextlib.suppress(ConnectionError):
                await server.wait_closed()

    async with serving(converse) as port:
        relay = Relay(make_conninfo(dsn, host="127.0.0.1", port=port, sslmode="disable"))
        yield relay
