"""A throwaway Valkey (or Redis) server in a folder."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from perfcheck.reference.binaries import Program
from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.folder import make_private, write_private
from perfcheck.reference.processes import Child, Launch, Site, on_free_port, server_environment

_READY_DEADLINE_S = 30.0
_ANSWER_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Valkey:
    """A running server."""

    child: Child
    url: str
    version: str

    def database_url(self, number: int) -> str:
        """Return the URL of one of its 16 databases, which share nothing but the memory."""
        return f"{self.url.rpartition('/')[0]}/{number}"


async def start_valkey(program: Program, server: str, site: Site, password: str) -> Valkey:
    """Start a server on a free port: a cache, so bounded in memory and never on disk.

    Raises:
        ReferenceServiceError: it did not start; holds the end of its log.
    """
    home = make_private(site.folder / "valkey", site.account)

    async def attempt(port: int) -> Valkey:
        # In a file, because every user of the machine can read the arguments of a process.
        settings = write_private(
            home / f"{port}.conf", _settings(home, port, password), site.account
        )
        launch = Launch(
            "Valkey",
            [program.folder / server, settings],
            home / "valkey.log",
            server_environment(home),
            site.account,
            secrets=(password,),
        )
        child = await site.children.start(launch)
        version = await child.wait_ready(lambda: _version(port, password), _READY_DEADLINE_S)
        return Valkey(child, f"redis://:{password}@127.0.0.1:{port}/0", version)

    return await on_free_port(attempt)


async def empty(url: str) -> None:
    """Remove all keys of one database.

    Raises:
        ReferenceServiceError: the server did not do it in time.
    """
    client = Redis.from_url(url, socket_timeout=_ANSWER_TIMEOUT_S)
    try:
        with _reported("emptied"):
            await client.flushdb()
    finally:
        await client.aclose()


@contextlib.asynccontextmanager
async def configured(url: str, settings: Mapping[str, str]) -> AsyncIterator[None]:
    """Change settings of the running server for a block; all of its databases share them.

    Raises:
        ReferenceServiceError: the server refused, does not have one of them, or is away.
    """
    client = Redis.from_url(url, socket_timeout=_ANSWER_TIMEOUT_S)
    try:
        with _reported("configured"):
            before = {name: str((await client.config_get(name))[name]) for name in settings}
        try:
            with _reported("configured"):
                await client.config_set(*_flat(settings))
            yield
        finally:
            with _reported("configured back"):
                await client.config_set(*_flat(before))
    finally:
        await client.aclose()


def _flat(settings: Mapping[str, str]) -> list[str]:
    return [word for pair in settings.items() for word in pair]


@contextlib.contextmanager
def _reported(done: str) -> Iterator[None]:
    """Turn the driver's errors into ours, which name no address or password."""
    try:
        yield
    except (RedisError, OSError, KeyError) as error:
        raise ReferenceServiceError(f"a cache was not {done}: {type(error).__name__}") from error


def _settings(home: Path, port: int, password: str) -> str:
    return (
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
        f'dir "{home}"\nsave ""\nappendonly no\ndaemonize no\n'
        "maxmemory 64mb\nmaxmemory-policy allkeys-lru\n"
    )


async def _version(port: int, password: str) -> str | None:
    try:
        async with asyncio.timeout(_ANSWER_TIMEOUT_S):
            return await _ask_version(port, password)
    except (OSError, TimeoutError):
        return None


async def _ask_version(port: int, password: str) -> str | None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"AUTH {password}\r\nINFO server\r\nQUIT\r\n".encode())
        answer = (await reader.read()).decode(errors="replace")
    finally:
        writer.close()
    # Valkey says both versions; its own is the newer one.
    found = re.search(r"valkey_version:(\S+)", answer) or re.search(r"redis_version:(\S+)", answer)
    return found[1] if found else None
