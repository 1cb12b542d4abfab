"""Create the partitions of the months to come, and drop those past their retention."""

from datetime import datetime

from perfcheck.reference.worker.connection import Connection
from perfcheck.reference.worker.plan import MONTHS_KEPT

# Two must be ready; the third leaves a month to notice that nobody creates any.
_MONTHS_AHEAD = 3

_PARTITIONS = """
select c.relname
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
 where i.inhparent = %s::regclass
 order by c.relname"""


async def create_partitions(connection: Connection, table: str, now: datetime) -> str:
    """Create what is missing, from the oldest month kept to the third one ahead (UTC)."""
    before = await _partitions(connection, table)
    await connection.execute(
        "select ensure_month_partitions(%s, %s, %s, %s)",
        [table, MONTHS_KEPT[table], _MONTHS_AHEAD, now],
    )
    after = await _partitions(connection, table)
    return _named([name for name in after if name not in before])


async def drop_partitions(connection: Connection, table: str, now: datetime) -> str:
    """Drop the months that are no longer kept (UTC)."""
    cursor = await connection.execute(
        "select drop_month_partitions(%s, %s, %s) as dropped", [table, MONTHS_KEPT[table], now]
    )
    return _named((await cursor.fetchall())[0]["dropped"])


async def _partitions(connection: Connection, table: str) -> list[str]:
    rows = await (await connection.execute(_PARTITIONS, [table])).fetchall()
    return [row["relname"] for row in rows]


def _named(names: list[str]) -> str:
    return ", ".join(names) or "none"
