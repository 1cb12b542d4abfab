"""Ask PostgreSQL: short READ ONLY transactions that always roll back.

Works through pgbouncer in transaction mode: no startup options, SET LOCAL only, no
prepared statements.
"""

import asyncio
import contextlib
import math
import os
import re
import socket
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row

from perfcheck.errors import ProbeError, ReasonCode
from perfcheck.spec.targets import PostgresTarget

Row = dict[str, Any]
OLDEST_VERSION = 140_000
Connection = psycopg.AsyncConnection[Row]
T = TypeVar("T")

# One statement, so that the whole preamble is one round trip; `true` means SET LOCAL.
# standard_conforming_strings: with off, a backslash before a quote fools the statement gate.
_PREAMBLE = """
select set_config('statement_timeout', %(statement_ms)s, true),
       set_config('lock_timeout', %(lock_ms)s, true),
       set_config('idle_in_transaction_session_timeout', '10s', true),
       set_config('search_path', '', true),
       set_config('standard_conforming_strings', 'on', true),
       set_config('timezone', 'UTC', true),
       set_config('datestyle', 'ISO, YMD', true),
       set_config('intervalstyle', 'postgres', true),
       set_config('jit', 'off', true),
       current_setting('server_version_num')::int as version
"""

_AT_CONNECT: tuple[tuple[str, ReasonCode, str], ...] = (
    ("invalid response|protocol", "unreachable", "what answers there is not PostgreSQL"),
    ("password authentication failed", "auth", "the password was refused"),
    ("no password supplied", "auth", "the server wants a password and the DSN has none"),
    ("no pg_hba.conf entry", "auth", "pg_hba.conf has no entry for this client"),
    (r"role .* does not exist", "auth", "the role of the DSN does not exist"),
    (r"database .* does not exist", "unreachable", "the database of the DSN does not exist"),
    ("Connection refused", "unreachable", "the connection was refused: nothing listens there"),
    ("translate host name|resolve host", "unreachable", "the host name cannot be resolved"),
    ("timeout expired|timed out", "unreachable", "the server did not answer while connecting"),
    ("too many|remaining connection slots", "unreachable", "the server has no connection left"),
    ("starting up|shutting down", "unreachable", "the server is starting up or shutting down"),
    ("SSL|certificate", "unreachable", "the TLS handshake failed"),
    ("closed the connection|reset by peer", "unreachable", "the server closed the connection"),
)

_AT_QUERY: dict[str, tuple[ReasonCode, str]] = {
    "42501": ("privilege", "permission denied"),
    "57014": ("timeout", "the statement timeout ended the query"),
    "55P03": ("locked", "a lock was not granted within the lock timeout"),
    "57P01": ("connection", "the server ended the connection"),
    "57P03": ("connection", "the server is starting up or shutting down"),
}


class PostgresSession:
    """One READ ONLY transaction. `fetch` and `fetch_all` are one round trip each."""

    def __init__(self, connection: Connection, settings: PostgresTarget) -> None:
        self._connection = connection
        self.settings = settings
        self.journal: list[str] = []

    async def begin(self) -> None:
        """Open the transaction and set its limits: two round trips. Raises ProbeError."""
        limits = {
            "statement_ms": _milliseconds(self.settings.statement_timeout.total_seconds()),
            "lock_ms": _milliseconds(self.settings.lock_timeout.total_seconds()),
        }
        await self._drive(self._connection.execute("begin transaction read only"))
        cursor = await self._drive(self._connection.execute(_PREAMBLE, limits))
        row = await cursor.fetchone()
        version = row["version"] if row else 0
        if version < OLDEST_VERSION:
            raise ProbeError(
                "unsupported",
                f"the server is PostgreSQL {version // 10_000}",
                needs=f"PostgreSQL {OLDEST_VERSION // 10_000} or newer",
            )

    async def fetch(self, statement: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        """Return the rows of one statement, in the extended protocol.

        The extended protocol refuses a second statement behind a semicolon. Raises
        ProbeError; after that the transaction is aborted and answers nothing more.
        """
        self.journal.append(_written(statement, params))
        cursor = await self._drive(self._connection.execute(statement, params, binary=True))
        return await cursor.fetchall()

    async def fetch_all(self, statements: Sequence[str]) -> list[list[Row]]:
        """Return the rows of each statement, all sent as one pipeline. Raises ProbeError.

        The first that fails aborts the transaction, and so the ones behind it.
        """
        self.journal.append(";\n".join(_written(statement, None) for statement in statements))
        cursors = await self._drive(self._pipeline(statements))
        return [await cursor.fetchall() for cursor in cursors]

    async def _pipeline(self, statements: Sequence[str]) -> list[psycopg.AsyncCursor[Row]]:
        async with self._connection.pipeline():
            return [await self._connection.execute(text, binary=True) for text in statements]

    async def _drive(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await _until_cut(self._connection, work)
        except psycopg.Error as error:
            raise explain_query(error) from error


class PostgresClient:
    """A database: a connection for each session at a time, kept for the next one."""

    def __init__(self, settings: PostgresTarget) -> None:
        self._settings = settings
        self._idle: list[Connection] = []

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[PostgresSession]:
        """Open a READ ONLY transaction and roll it back, whatever happens inside."""
        connection = self._idle.pop() if self._idle else await self._connect()
        session = PostgresSession(connection, self._settings)
        healthy = False
        try:
            await session.begin()
            yield session
            healthy = True
        except ProbeError:
            healthy = not connection.closed
            raise
        finally:
            await self._give_back(connection, healthy=healthy)

    async def close(self) -> None:
        """Close the idle connections, side by side."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_close(connection) for connection in idle))

    async def _connect(self) -> Connection:
        limit_s = self._settings.timeout.total_seconds()
        connecting = asyncio.ensure_future(self._connecting(math.ceil(limit_s)))
        try:
            # Shielded: a connect that is cut off in the middle leaves the server waiting for
            # its authentication for a minute. What comes too late is closed when it comes.
            async with asyncio.timeout(limit_s):
                return await asyncio.shield(connecting)
        except TimeoutError as error:
            connecting.add_done_callback(_close_late)
            message = f"the server did not answer within {limit_s:g} s while connecting"
            raise ProbeError("unreachable", message) from error
        except asyncio.CancelledError:
            connecting.add_done_callback(_close_late)
            raise
        except psycopg.Error as error:
            raise explain_connect(error) from error
        except UnicodeError as error:
            raise ProbeError("unreachable", "the DSN names no usable host") from error

    async def _connecting(self, limit_s: int) -> Connection:
        return await psycopg.AsyncConnection.connect(
            self._settings.dsn,
            autocommit=True,
            prepare_threshold=None,
            row_factory=dict_row,
            application_name=self._settings.application_name,
            client_encoding="utf8",
            connect_timeout=max(2, limit_s),
        )

    async def _give_back(self, connection: Connection, *, healthy: bool) -> None:
        if healthy:
            try:
                async with asyncio.timeout(2):
                    await _until_cut(connection, connection.execute("rollback"))
                self._idle.append(connection)
            except (psycopg.Error, TimeoutError):
                await _discard(connection)
        else:
            await _discard(connection)


def _close_late(connecting: "asyncio.Future[Connection]") -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().pgconn.finish()


async def _until_cut(connection: Connection, work: Coroutine[Any, Any, T]) -> T:
    """Return what the driver's work on a connection returns; a cancellation cuts it off.

    Left to itself, the driver waits ten seconds for a server that has gone silent.
    """
    working = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        try:
            await _cancel(connection)
        finally:
            _hang_up(connection)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await asyncio.gather(working, return_exceptions=True)
        raise


async def _cancel(connection: Connection) -> None:
    """Tell the server to end what the connection runs there, if it listens."""
    with contextlib.suppress(psycopg.Error, TimeoutError, OSError):
        async with asyncio.timeout(1):
            await connection.cancel_safe(timeout=0.5)


def _hang_up(connection: Connection) -> None:
    """End the conversation under the driver, which then notices by itself."""
    with (
        contextlib.suppress(psycopg.Error, OSError),
        socket.socket(fileno=os.dup(connection.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)


async def _discard(connection: Connection) -> None:
    """Close a connection, first cancelling what it may still run on the server."""
    if not connection.closed:
        await _cancel(connection)
    await _close(connection)


async def _close(connection: Connection) -> None:
    with contextlib.suppress(psycopg.Error, TimeoutError, OSError):
        async with asyncio.timeout(1):
            await connection.close()


def explain_connect(error: psycopg.Error) -> ProbeError:
    """Return what went wrong while connecting, without host, user or DSN."""
    text = str(error)
    for pattern, code, sentence in _AT_CONNECT:
        if re.search(pattern, text):
            return ProbeError(code, sentence)
    if isinstance(error, psycopg.ProgrammingError):
        return ProbeError("unreachable", "the DSN cannot be read as a connection string")
    return ProbeError("unreachable", "the connection failed")


def explain_query(error: psycopg.Error) -> ProbeError:
    """Return what went wrong with a statement, in the server's own words where it has any."""
    said = (error.diag.message_primary or "").strip()
    if error.sqlstate in _AT_QUERY:
        code, sentence = _AT_QUERY[error.sqlstate]
        needs = f"a grant: {said}" if code == "privilege" else None
        return ProbeError(code, f"{sentence}: {said}" if said else sentence, needs=needs)
    if error.sqlstate is None or error.sqlstate.startswith("08"):
        return ProbeError("connection", "the connection was lost during a query")
    return ProbeError("garbage", f"the server refused the query ({error.sqlstate}): {said}")


def _written(statement: str, params: Mapping[str, Any] | None) -> str:
    """Return a statement as it is asked, with its parameters beside it."""
    if params is None:
        return statement.strip()
    values = ", ".join(f"{name} = {value!r}" for name, value in params.items())
    return f"{statement.strip().replace('%%', '%')}\n-- {values}"


def _milliseconds(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))}ms"
