"""Refresh a materialized view without blocking its readers."""

from datetime import datetime

from psycopg import sql

from perfcheck.reference.worker.connection import Connection


async def refresh_view(connection: Connection, view: str, _now: datetime) -> str:
    """Refresh concurrently; a view that holds nothing has no readers, and cannot be so."""
    cursor = await connection.execute(
        "select relispopulated from pg_class where oid = %s::regclass", [view]
    )
    populated = (await cursor.fetchall())[0]["relispopulated"]
    how = "concurrently" if populated else ""
    statement = sql.SQL("refresh materialized view {} {}")
    await connection.execute(statement.format(sql.SQL(how), sql.Identifier(view)))
    return how or "first filled"
