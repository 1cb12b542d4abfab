"""Keep the log of the maintenance in the table maintenance_runs."""

from datetime import datetime, timedelta
from typing import Literal, LiteralString

from perfcheck.reference.worker.connection import Connection
from perfcheck.reference.worker.schedule import Histories, History, Task

_KEPT = timedelta(days=30)

# An interrupted run counts as a failure: what kills the worker each time must not be tried
# without a pause.
_HISTORIES: LiteralString = """
with succeeded as (
     select task, subject, max(started_at) filter (where outcome = 'done') as at
       from maintenance_runs
      group by task, subject)
select s.task, s.subject, s.at as succeeded_at,
       count(r.id)::int as failures, max(r.started_at) as failed_at
  from succeeded s
  left join maintenance_runs r
         on r.task = s.task and r.subject = s.subject and r.outcome in ('failed', 'interrupted')
        and r.started_at > coalesce(s.at, '-infinity')
 group by s.task, s.subject, s.at"""


async def read_histories(connection: Connection) -> Histories:
    """Return what was done, by task."""
    rows = await (await connection.execute(_HISTORIES)).fetchall()
    return {
        (row["task"], row["subject"]): History(
            row["succeeded_at"], row["failures"], row["failed_at"]
        )
        for row in rows
    }


async def begin_run(connection: Connection, task: Task, started_at: datetime) -> int:
    """Log that a run starts, and return its number."""
    cursor = await connection.execute(
        "insert into maintenance_runs (task, subject, started_at) values (%s, %s, %s) returning id",
        [task.name, task.subject, started_at],
    )
    return int((await cursor.fetchall())[0]["id"])


async def finish_run(
    connection: Connection,
    run: int,
    outcome: Literal["done", "failed"],
    detail: str,
    finished_at: datetime,
) -> None:
    """Log how a run ended."""
    await connection.execute(
        "update maintenance_runs set outcome = %s, detail = %s, finished_at = %s where id = %s",
        [outcome, detail, finished_at, run],
    )


async def close_abandoned_runs(connection: Connection) -> None:
    """Mark the runs that a former leader began and did not finish."""
    await connection.execute(
        "update maintenance_runs set outcome = 'interrupted' where outcome = 'running'"
    )


async def prune_runs(connection: Connection, _table: str, now: datetime) -> str:
    """Delete the runs of more than a month ago."""
    cursor = await connection.execute(
        "delete from maintenance_runs where started_at < %s", [now - _KEPT]
    )
    return f"{cursor.rowcount} deleted"
