"""Vacuum and analyze a table, or those of its partitions that need it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

from psycopg import sql

from perfcheck.reference.worker.connection import Connection

# Also what rests is visited, well within the seven days that the guide's checklist allows.
_RESTING_PERIOD = timedelta(days=5)

_LEAVES: LiteralString = """
select c.relname as name,
       pg_relation_size(c.oid) > 0 as has_rows,
       coalesce(s.n_mod_since_analyze, 0) > 0 or coalesce(s.n_ins_since_vacuum, 0) > 0
           or coalesce(s.n_dead_tup, 0) > 0 as is_changed,
       least(coalesce(greatest(s.last_vacuum, s.last_autovacuum), '-infinity'),
             coalesce(greatest(s.last_analyze, s.last_autoanalyze), '-infinity'))
           < %(now)s::timestamptz - %(resting)s::interval as is_neglected
  from pg_partition_tree(%(table)s::regclass) t
  join pg_class c on c.oid = t.relid
  left join pg_stat_user_tables s on s.relid = c.oid
 where t.isleaf
 order by c.relname"""


@dataclass(frozen=True)
class Leaf:
    """A table that holds rows, or a partition."""

    name: str
    has_rows: bool
    is_changed: bool  # since it was vacuumed or analyzed
    is_neglected: bool  # both, or one of them, never or too long ago


async def vacuum_table(connection: Connection, table: str, now: datetime) -> str:
    """Vacuum and analyze what changed, and what was not visited for days."""
    parameters = {"table": table, "now": now, "resting": _RESTING_PERIOD}
    rows = await (await connection.execute(_LEAVES, parameters)).fetchall()
    chosen = [leaf.name for leaf in (Leaf(**row) for row in rows) if needs_vacuum(leaf)]
    for name in chosen:
        await connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier(name)))
    if chosen and chosen != [table]:
        # Of a partitioned table as a whole nobody else makes statistics, autovacuum neither.
        await connection.execute(sql.SQL("analyze {}").format(sql.Identifier(table)))
    return f"{len(chosen)} of {len(rows)}: {', '.join(chosen)}" if chosen else f"0 of {len(rows)}"


def needs_vacuum(leaf: Leaf) -> bool:
    """Answer whether a visit is worth while; an empty table needs none until rows came or went."""
    return leaf.is_changed or (leaf.has_rows and leaf.is_neglected)
