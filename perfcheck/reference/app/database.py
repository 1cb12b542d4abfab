"""Run statements on a pool whose use can be seen."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from perfcheck.reference.app.deadline import within
from perfcheck.reference.app.settings import Settings
from perfcheck.reference.app.spans_database import TracedCursor
from perfcheck.reference.app.threshold_switches import ThresholdSwitches

Connection = psycopg.AsyncConnection[DictRow]
Row = dict[str, Any]  # Any: a column may have any type of PostgreSQL
T = TypeVar("T")

# What the pool needs on top of its own timeout and the statement's.
_GRACE_S = 1.0
_CLOSE_TIMEOUT_S = 2.0


class Database:
    """The service's PostgreSQL; every wait on it ends."""

    def __init__(self, settings: Settings) -> None:
        self._pool_timeout_s = settings.pool_timeout_s
        self._deadline_s = settings.pool_timeout_s + settings.statement_timeout_s + _GRACE_S
        self._in_use = 0
        self._waiting = 0
        self._leaks = settings.switches.of("thresholds", ThresholdSwitches).leaked_connections
        self._leaked = AsyncExitStack()
        self._checks: set[asyncio.Task[None]] = set()
        statement_timeout_ms = int(settings.statement_timeout_s * 1000)
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            settings.db_dsn,
            min_size=settings.pool_size,
            max_size=settings.pool_size,
            timeout=settings.pool_timeout_s,
            max_waiting=settings.pool_size * 20,
            # Short, so that a database that comes back is found again by the next request.
            reconnect_timeout=2.0,
            open=False,
            kwargs={
                "autocommit": True,
                "row_factory": dict_row,
                "cursor_factory": TracedCursor,
                "connect_timeout": 2,
                "application_name": "reconciliation-api",
                "options": f"-c statement_timeout={statement_timeout_ms} -c timezone=UTC",
            },
        )

    @property
    def in_use(self) -> int:
        """The number of connections that requests hold now."""
        return self._in_use

    @property
    def size(self) -> int:
        """The number of connections that the pool can lend at once."""
        return self._pool.max_size

    @property
    def waiting(self) -> int:
        """The number of requests that wait for a connection."""
        # Not the pool's own number, which holds those who gave up until it lends again.
        return self._waiting

    async def open(self) -> None:
        """Start connecting; the service also starts when the database is away."""
        await self._pool.open(wait=False)
        for _ in range(self._leaks):
            await self._leaked.enter_async_context(self._lend())

    async def close(self) -> None:
        """Close the connections, those in use included."""
        for check in self._checks:
            check.cancel()
        await self._leaked.aclose()
        with suppress(TimeoutError):
            await within(_CLOSE_TIMEOUT_S * 2, self._pool.close(timeout=_CLOSE_TIMEOUT_S))

    async def fetch_all(
        self, statement: LiteralString, parameters: Mapping[str, object]
    ) -> list[Row]:
        """Run one statement outside a transaction and return its rows."""

        async def fetch(connection: Connection) -> list[Row]:
            return await (await connection.execute(statement, parameters)).fetchall()

        return await self._run(fetch)

    async def fetch_one(
        self, statement: LiteralString, parameters: Mapping[str, object]
    ) -> Row | None:
        """Run one statement outside a transaction and return its first row."""
        rows = await self.fetch_all(statement, parameters)
        return rows[0] if rows else None

    async def in_transaction(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run the work in one transaction, committed when it returns."""

        async def run(connection: Connection) -> T:
            async with connection.transaction():
                return await work(connection)

        return await self._run(run)

    async def _run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async def run() -> T:
            async with self._lend() as connection:
                return await work(connection)

        return await within(self._deadline_s, run())

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Connection]:
        async with AsyncExitStack() as lent:
            self._waiting += 1
            try:
                lend = self._pool.connection(timeout=self._pool_timeout_s)
                connection = await lent.enter_async_context(lend)
            finally:
                self._waiting -= 1
            self._in_use += 1
            try:
                yield connection
            except psycopg.OperationalError:
                if connection.broken:
                    # The server restarted: the other idle connections are most likely dead too.
                    self._start_check()
                raise
            finally:
                self._in_use -= 1

    def _start_check(self) -> None:
        if not self._checks:
            check = asyncio.create_task(self._check())
            self._checks.add(check)
            check.add_done_callback(self._checks.discard)

    async def _check(self) -> None:
        with suppress(TimeoutError, psycopg.Error):
            await within(self._deadline_s, self._pool.check())
