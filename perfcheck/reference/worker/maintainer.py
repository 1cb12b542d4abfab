"""Run the maintenance that is due; of all workers only the leader does."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

import psycopg

from perfcheck.reference.worker.connection import Connection
from perfcheck.reference.worker.log import WorkerLog
from perfcheck.reference.worker.partitions import create_partitions, drop_partitions
from perfcheck.reference.worker.plan import PLAN
from perfcheck.reference.worker.refresh import refresh_view
from perfcheck.reference.worker.run_log import (
    begin_run,
    close_abandoned_runs,
    finish_run,
    prune_runs,
    read_histories,
)
from perfcheck.reference.worker.schedule import Task, due, next_due_at
from perfcheck.reference.worker.vacuum import vacuum_table

Clock = Callable[[], datetime]
Work = Callable[[Connection, str, datetime], Awaitable[str]]

WORK: Mapping[str, Work] = {
    "refresh": refresh_view,
    "create_partitions": create_partitions,
    "drop_partitions": drop_partitions,
    "vacuum": vacuum_table,
    "prune": prune_runs,
}

LEADER_LOCK = 7_350_001  # any number that nothing else in this database locks
_RUN_DEADLINE_S = 660.0
# A worker that does not lead looks at least so often whether the leader is gone.
_LONGEST_PAUSE_S = 60.0


def utc_now() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


class Maintainer:
    """The maintenance by one connection; the lock of the leader goes with it."""

    def __init__(
        self,
        connection: Connection,
        log: WorkerLog,
        *,
        clock: Clock = utc_now,
        plan: Sequence[Task] = PLAN,
    ) -> None:
        self._connection = connection
        self._log = log
        self._clock = clock
        self._plan = plan
        self._leads = False

    async def tick(self) -> float:
        """Run what is due, if this worker leads, and return the seconds until the next tick.

        Raises:
            psycopg.Error: the connection is gone, and with it the lead.
        """
        if not await self._lead():
            return _LONGEST_PAUSE_S
        histories = await read_histories(self._connection)
        tasks = due(self._plan, histories, self._clock())
        for task in tasks:
            await self._run(task)
        if tasks:
            histories = await read_histories(self._connection)
        now = self._clock()
        at = next_due_at(self._plan, histories, now)
        pause_s = _LONGEST_PAUSE_S if at is None else (at - now).total_seconds()
        return min(max(pause_s, 0.0), _LONGEST_PAUSE_S)

    async def rest(self, pause_s: float) -> None:
        """Wait for so long, with an eye on the connection.

        Raises:
            psycopg.Error: the connection is gone, and with it the lead.
        """
        async for _ in self._connection.notifies(timeout=pause_s):
            pass  # nobody is listened to

    async def _lead(self) -> bool:
        if not self._leads:
            cursor = await self._connection.execute(
                "select pg_try_advisory_lock(%s) as leads", [LEADER_LOCK]
            )
            self._leads = (await cursor.fetchall())[0]["leads"]
            if self._leads:
                await close_abandoned_runs(self._connection)
        return self._leads

    async def _run(self, task: Task) -> None:
        now = self._clock()
        run = await begin_run(self._connection, task, now)
        try:
            async with asyncio.timeout(_RUN_DEADLINE_S):
                detail = await WORK[task.name](self._connection, task.subject, now)
        except (psycopg.Error, TimeoutError) as error:
            if self._connection.broken:
                raise
            outcome, detail = False, _reason(error)
        else:
            outcome = True
        await finish_run(
            self._connection, run, "done" if outcome else "failed", detail, self._clock()
        )
        self._log.record_run(task.name, task.subject, succeeded=outcome, detail=detail)


def _reason(error: psycopg.Error | TimeoutError) -> str:
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
