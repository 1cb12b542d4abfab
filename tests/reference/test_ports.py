"""Starts whose port is taken by somebody else in between."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typing_extensions import override

from perfcheck.reference.binaries import find_postgres, find_valkey
from perfcheck.reference.errors import PortTakenError
from perfcheck.reference.folder import placed, unprivileged_account
from perfcheck.reference.messages import Running
from perfcheck.reference.postgres import start_postgres
from perfcheck.reference.processes import Child, Children, Launch, Site, on_free_port
from perfcheck.reference.valkey import start_valkey
from perfcheck.reference.webserver import Backends, start_webserver

SECRETS = {role: f"secret-of-{role}" for role in ("postgres", "reconciliation", "perfcheck")}
STRANGER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
Start = Callable[[Site, Running], Awaitable[tuple[Child, int]]]


class Crowded(Children):
    """Children before which a stranger takes the port, twice; it answers whoever comes."""

    def __init__(self) -> None:
        super().__init__(lambda _: None)
        self.taken: list[int] = []
        self.strangers = contextlib.AsyncExitStack()

    @override
    async def start(self, launch: Launch) -> Child:
        if launch.name != "initdb" and len(self.taken) < 2:
            port = port_of(launch)
            self.taken.append(port)
            await self.strangers.enter_async_context(
                await asyncio.start_server(greet, "127.0.0.1", port)
            )
        return await super().start(launch)


async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(STRANGER)
    writer.close()


def port_of(launch: Launch) -> int:
    words = [str(word) for word in launch.command]
    match launch.name:
        case "Valkey":
            return int(Path(words[-1]).stem)
        case "PostgreSQL":
            return int(words[words.index("-p") + 1])
        case _:
            return int(words[words.index("--port") + 1])


async def postgres(site: Site, _running: Running) -> tuple[Child, int]:
    program = placed(find_postgres(), site.folder, site.account)
    started = await start_postgres(program, site, SECRETS)
    return started.child, started.port


async def valkey(site: Site, _running: Running) -> tuple[Child, int]:
    program, name = find_valkey()
    started = await start_valkey(placed(program, site.folder, site.account), name, site, "secret")
    return started.child, urlsplit(started.url).port or 0


async def api(site: Site, running: Running) -> tuple[Child, int]:
    cache = running.environment["PERFCHECK_REDIS_URL"]
    started = await start_webserver(site, Backends(running.app_dsn, cache, {}, ()), {})
    return started.child, urlsplit(started.url).port or 0


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize("start", [postgres, valkey, api])
def test_a_start_whose_port_is_taken_meanwhile_finds_another(
    start: Start, open_folder: Path, reference_db: Running
) -> None:
    async def started() -> None:
        children = Crowded()
        async with children.strangers:
            try:
                site = Site(open_folder, unprivileged_account(), children)
                child, port = await start(site, reference_db)
                assert child.process.returncode is None
                assert len(children.taken) == 2
                assert port not in children.taken
            finally:
                await children.stop(5)

    asyncio.run(started())


def test_a_start_gives_up_when_each_port_is_taken() -> None:
    tried: list[int] = []

    async def attempt(port: int) -> None:
        tried.append(port)
        raise PortTakenError("address already in use")

    with pytest.raises(PortTakenError, match="address already in use"):
        asyncio.run(on_free_port(attempt))
    assert len(tried) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reserves a port so")
def test_a_port_is_kept_for_the_server_that_starts() -> None:
    async def attempt(port: int) -> int:
        with socket.socket() as other, pytest.raises(OSError, match="already in use"):
            other.bind(("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port)):  # reuses addresses, as servers do
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return port

    assert asyncio.run(on_free_port(attempt))
