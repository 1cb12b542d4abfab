"""Take waiting webhooks from the queue, a few at a time, and deliver them."""

import asyncio
import random
from dataclasses import astuple
from datetime import datetime
from typing import LiteralString

from perfcheck.reference.worker.connection import Connection
from perfcheck.reference.worker.log import WorkerLog
from perfcheck.reference.worker.maintainer import Clock, utc_now
from perfcheck.reference.worker.retries import Jitter, Settlement, settle
from perfcheck.reference.worker.sender import DEADLINE_S, Delivery, Sender

BATCH_SIZE = 10
CHANNEL: LiteralString = "webhook_deliveries"
# A worker whose notification was lost looks at least so often.
_LONGEST_PAUSE_S = 60.0

# Two statements, each by its own partial index. Rows that another worker has are skipped.
_DUE_RETRIES: LiteralString = """
select id, tenant_id, job_id, event, url, payload, attempts
  from webhook_deliveries
 where status = 'failed' and next_retry_at is not null and next_retry_at <= %(now)s
   and is_loopback_url(url)
 order by next_retry_at
 limit %(limit)s
   for update skip locked"""

_PENDING: LiteralString = """
select id, tenant_id, job_id, event, url, payload, attempts
  from webhook_deliveries
 where status = 'pending' and is_loopback_url(url)
 order by created_at
 limit %(limit)s
   for update skip locked"""

_NEXT_RETRY: LiteralString = """
select next_retry_at
  from webhook_deliveries
 where status = 'failed' and next_retry_at is not null and is_loopback_url(url)
 order by next_retry_at
 limit 1"""

_SETTLE: LiteralString = """
update webhook_deliveries
   set status = %s, attempts = %s, next_retry_at = %s, last_error = %s, delivered_at = %s
 where id = %s"""


class Deliverer:
    """The deliveries by one connection; any number of them can work beside each other."""

    def __init__(
        self,
        connection: Connection,
        sender: Sender,
        log: WorkerLog,
        *,
        clock: Clock = utc_now,
        jitter: Jitter = random.random,
    ) -> None:
        self._connection = connection
        self._sender = sender
        self._log = log
        self._clock = clock
        self._jitter = jitter

    async def listen(self) -> None:
        """Ask to be told of new deliveries."""
        await self._connection.execute(f"listen {CHANNEL}")

    async def deliver_batch(self, *, deadline_s: float = DEADLINE_S) -> int:
        """Try some waiting deliveries once, at the same time, and return how many.

        The rows stay locked until it is written how it went. A worker that dies in between
        takes its locks along, and the next one finds the rows as they were.

        Raises:
            psycopg.Error: the database is gone; what was tried will be tried again.
        """
        async with self._connection.transaction():
            deliveries = await self._claim(self._clock())
            attempts = await asyncio.gather(
                *(self._sender.send(delivery, deadline_s) for delivery in deliveries)
            )
            now = self._clock()
            settled = [
                (delivery, settle(attempt, delivery.attempts, now, self._jitter))
                for delivery, attempt in zip(deliveries, attempts, strict=True)
            ]
            await self._write(settled)
        for delivery, result in settled:
            self._log.record_delivery(
                str(delivery.id),
                str(delivery.tenant_id),
                status=result.status,
                error=result.last_error or "",
            )
        return len(settled)

    async def wait_for_work(self) -> None:
        """Wait until a delivery is added or a retry is due, at most a minute."""
        rows = await (await self._connection.execute(_NEXT_RETRY)).fetchall()
        pause_s = _LONGEST_PAUSE_S
        if rows:
            pause_s = (rows[0]["next_retry_at"] - self._clock()).total_seconds()
        pause_s = min(max(pause_s, 0.0), _LONGEST_PAUSE_S)
        async for _ in self._connection.notifies(timeout=pause_s, stop_after=1):
            pass

    async def _claim(self, now: datetime) -> list[Delivery]:
        # Retries first: they wait longest.
        rows = await self._fetch(_DUE_RETRIES, now, BATCH_SIZE)
        if len(rows) < BATCH_SIZE:
            rows += await self._fetch(_PENDING, now, BATCH_SIZE - len(rows))
        return rows

    async def _fetch(self, statement: LiteralString, now: datetime, limit: int) -> list[Delivery]:
        cursor = await self._connection.execute(statement, {"now": now, "limit": limit})
        return [Delivery(**row) for row in await cursor.fetchall()]

    async def _write(self, settled: list[tuple[Delivery, Settlement]]) -> None:
        if settled:
            rows = [(*astuple(result), delivery.id) for delivery, result in settled]
            await self._connection.cursor().executemany(_SETTLE, rows)
