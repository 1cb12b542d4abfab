"""Copies of the service's database: each as good as the original until it is broken."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from perfcheck.reference.errors import ReferenceServiceError

ORIGINAL = "reconciliation"
_CONNECT_TIMEOUT_S = 10
_STATEMENT_TIMEOUT_S = 60
# On a line of its own in a fault's SQL; what follows is a transaction of its own.
STEP = "-- step\n"
# As roles.sql does for the original: the rights on a database are not copied with it.
_RIGHTS = """
revoke all on database {name} from public;
grant all on database {name} to reconciliation;
grant connect on database {name} to perfcheck
"""


@dataclass(frozen=True)
class Databases:
    """Makes copies on one server; nobody may be connected to the original meanwhile."""

    admin_dsn: str = field(repr=False)  # the superuser, in the original
    checker_dsn: str = field(repr=False)  # the role perfcheck, in the original

    @contextlib.asynccontextmanager
    async def copy(self, name: str) -> AsyncIterator[str]:
        """Copy the original for a block; yields the checker's DSN of the copy.

        Statistics do not travel with a copy, and views grow old: so all tables are vacuumed
        and analyzed and all views refreshed, as the original's were.

        Raises:
            ReferenceServiceError: the server refused, or did not do it in time.
        """
        identifier = sql.Identifier(name)
        original = sql.Identifier(ORIGINAL)
        async with _reported(), await _connect(_within(self.admin_dsn, "postgres")) as admin:
            try:
                # A tenth of the work of copying through the log; PostgreSQL 14 knows no other way.
                strategy = " strategy file_copy" if admin.info.server_version >= 150000 else ""
                await admin.execute(
                    sql.SQL("create database {} template {}" + strategy).format(
                        identifier, original
                    )
                )
                await admin.execute(sql.SQL(_RIGHTS).format(name=identifier))
                async with await _connect(_within(self.admin_dsn, name)) as inside:
                    await _settle(inside)
                yield _within(self.checker_dsn, name)
            finally:
                await admin.execute(
                    sql.SQL("drop database if exists {} with (force)").format(identifier)
                )

    async def break_(self, name: str, statements: str) -> None:
        """Run a fault's SQL as the superuser in a copy.

        Raises:
            ReferenceServiceError: the server refused it.
        """
        await run_fault(_within(self.admin_dsn, name), statements)


async def run_fault(admin_dsn: str, statements: str) -> None:
    """Run a fault's SQL: each of its steps in a transaction of its own, all in one session.

    Raises:
        ReferenceServiceError: the server refused it.
    """
    async with _reported(), await _connect(admin_dsn) as admin:
        for step in statements.split(STEP):
            await admin.execute(step.encode())  # bytes: made by us, but not literally in the code


async def _settle(inside: psycopg.AsyncConnection) -> None:
    await inside.execute(
        "do $$ declare v text; begin"
        " for v in select format('%I.%I', schemaname, matviewname) from pg_catalog.pg_matviews loop"
        " execute 'refresh materialized view ' || v; end loop; end $$"
    )
    # Last: it leaves autovacuum nothing to do, which would lock a view to cut its empty end off.
    await inside.execute("vacuum (analyze)")


@contextlib.asynccontextmanager
async def _reported() -> AsyncIterator[None]:
    """Turn the driver's errors into ours, which name no host, user or password."""
    try:
        yield
    except psycopg.Error as error:
        said = error.diag.message_primary or type(error).__name__
        raise ReferenceServiceError(f"PostgreSQL: {said}") from error


async def _connect(dsn: str) -> psycopg.AsyncConnection:
    """Connect; a cancellation waits until that is done.

    A connection that is dropped while it authenticates stays open at the server for a minute,
    and whoever drops a database waits for it.
    """
    connecting = asyncio.ensure_future(
        psycopg.AsyncConnection.connect(
            dsn,
            autocommit=True,
            connect_timeout=_CONNECT_TIMEOUT_S,
            options=f"-c statement_timeout={_STATEMENT_TIMEOUT_S}s",
        )
    )
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        with contextlib.suppress(psycopg.Error):
            await (await connecting).close()
        raise


def _within(dsn: str, database: str) -> str:
    """Return the DSN for another database of the same server."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))
