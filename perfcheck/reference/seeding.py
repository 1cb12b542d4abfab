"""Makes the database of the reference service: roles, tables, rows, indexes, partitions, views."""

import time
from collections.abc import Callable, Mapping
from typing import LiteralString

import psycopg
from psycopg import sql

from perfcheck.data import bundled
from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.postgres import Postgres

JOBS = 100_000  # at scale 1; three times as many executions, and as many matches
_ROLES = ("reconciliation", "perfcheck")
# Indexes and keys after the load: built set-wise, they cost a fraction.
_LOAD = (
    *("schema", "seed", "keys", "performance-indexes", "table-partitions", "materialized-views"),
    *("webhook-queue", "maintenance"),
)


async def seed(
    postgres: Postgres, secrets: Mapping[str, str], scale: float, say: Callable[[str], None]
) -> None:
    """Create and fill the database.

    Args:
        postgres: a server without that database.
        secrets: the password of each role.
        scale: how many rows, relative to the default of 100,000 jobs.
        say: gets one line when the rows are there.

    Raises:
        ReferenceServiceError: the server ended or refused something; holds the end of its log.
    """
    try:
        await _seed(postgres, secrets, scale, say)
    except psycopg.Error as error:
        said = error.diag.message_primary or str(error)
        log = f"PostgreSQL's log ends with:\n{postgres.child.log_tail()}"
        raise ReferenceServiceError(f"the database was not filled: {said}; {log}") from error


async def _seed(
    postgres: Postgres, secrets: Mapping[str, str], scale: float, say: Callable[[str], None]
) -> None:
    started = time.monotonic()
    async with await _connect(
        postgres.dsn("postgres", postgres.admin_password, "postgres")
    ) as maintenance:
        await maintenance.execute("create database reconciliation")
    async with await _connect(postgres.admin_dsn) as admin:
        await _create_roles(admin, secrets)
        # Open until the vacuum is over: a session that is still ending would hold rows back
        # from being marked visible to all.
        owner_dsn = postgres.dsn("reconciliation", secrets["reconciliation"])
        async with await _connect(owner_dsn) as owner:
            await _load(owner, scale)
            await admin.execute("vacuum (analyze)")
            counts = await _counts(owner)
        await _settle(admin)
    say(f"seeded {counts} in {time.monotonic() - started:.1f} s")


async def _connect(dsn: str) -> psycopg.AsyncConnection:
    return await psycopg.AsyncConnection.connect(dsn, autocommit=True, connect_timeout=10)


async def _create_roles(admin: psycopg.AsyncConnection, secrets: Mapping[str, str]) -> None:
    if await _has_statistics(admin):
        await admin.execute("create extension pg_stat_statements")
    await admin.execute(_script("roles"))
    for role in _ROLES:
        # Hashed here, so that the password itself appears in no log and no statistics.
        verifier = admin.pgconn.encrypt_password(
            secrets[role].encode(), role.encode(), b"scram-sha-256"
        )
        await admin.execute(
            sql.SQL("alter role {} password {}").format(sql.Identifier(role), verifier.decode())
        )


async def _load(owner: psycopg.AsyncConnection, scale: float) -> None:
    """Run the load in one transaction: tables made in it are written without WAL."""
    async with owner.transaction():
        jobs = max(1, round(JOBS * scale))
        await owner.execute("select set_config('seed.jobs', %s, true)", [str(jobs)])
        for name in _LOAD:
            await owner.execute(_script(name))


async def _counts(owner: psycopg.AsyncConnection) -> str:
    cursor = await owner.execute(
        "select (select count(*) from jobs), (select count(*) from executions),"
        " (select count(*) from matches)"
    )
    row = await cursor.fetchone()
    names = ("jobs", "executions", "matches")
    return ", ".join(f"{count:,} {name}" for count, name in zip(row or (), names, strict=True))


async def _settle(admin: psycopg.AsyncConnection) -> None:
    """Leave nothing of the load behind that would disturb or colour what is measured later."""
    await admin.execute("checkpoint")
    if await _has_statistics(admin):
        await admin.execute("select pg_stat_statements_reset()")


async def _has_statistics(admin: psycopg.AsyncConnection) -> bool:
    """Answer whether the server was started with pg_stat_statements."""
    cursor = await admin.execute(
        "select current_setting('shared_preload_libraries') like '%pg_stat_statements%'"
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


def _script(name: str) -> LiteralString:
    return bundled("sql", "reference", f"{name}.sql").read_text(encoding="utf-8")
