"""Run the maintenance and the deliveries side by side; both survive a lost database."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from perfcheck.reference.app.tracing import Tracing, TracingSwitches
from perfcheck.reference.app.tracing_export import otlp_exporter
from perfcheck.reference.worker.connection import Connection, connect
from perfcheck.reference.worker.deliverer import Deliverer
from perfcheck.reference.worker.log import WorkerLog
from perfcheck.reference.worker.maintainer import Maintainer
from perfcheck.reference.worker.receiver import Receiver
from perfcheck.reference.worker.sender import Sender, http_client
from perfcheck.reference.worker.settings import WorkerSettings

_RECONNECT_PAUSE_S = 1.0
# The keeper waits for five seconds: a batch of deliveries ends within its own deadline of two, and
# the last spans are sent within as long again.
_STOP_GRACE_S = 2.5


async def work(settings: WorkerSettings, stop: asyncio.Event) -> None:
    """Maintain, deliver and receive until the event is set.

    Raises:
        OSError: the log cannot be opened, or the receiver's port is taken.
    """
    log = WorkerLog(settings.log_file)
    tracing = _build_tracing(settings)
    try:
        async with http_client() as client, Receiver(settings.receiver_port).listening():
            await _Loops(settings.db_dsn, Sender(client, tracing), log, stop).run()
    finally:
        await tracing.close()
        log.close()


def _build_tracing(settings: WorkerSettings) -> Tracing:
    exporter = otlp_exporter(settings.otlp_endpoint) if settings.otlp_endpoint else None
    switches = settings.switches.of("tracing", TracingSwitches)
    return Tracing("reconciliation-worker", exporter=exporter, switches=switches)


@dataclass(frozen=True)
class _Loops:
    dsn: str
    sender: Sender
    log: WorkerLog
    stop: asyncio.Event

    async def run(self) -> None:
        """Run both; an error that is none of the database ends both, and is raised."""
        maintaining = asyncio.create_task(self._connected("maintenance", self._maintain))
        delivering = asyncio.create_task(self._connected("deliveries", self._deliver))
        stopping = asyncio.create_task(self.stop.wait())
        await asyncio.wait({maintaining, delivering, stopping}, return_when=asyncio.FIRST_COMPLETED)
        self.stop.set()
        # A refresh that is cut off leaves the view as it was; a batch that is cut off would be
        # delivered twice.
        maintaining.cancel()
        await asyncio.wait({delivering}, timeout=_STOP_GRACE_S)
        delivering.cancel()
        for outcome in await asyncio.gather(maintaining, delivering, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    async def _connected(self, name: str, loop: Callable[[Connection], Awaitable[None]]) -> None:
        while not self.stop.is_set():
            try:
                async with await connect(self.dsn) as connection:
                    await loop(connection)
            except (psycopg.Error, OSError, TimeoutError) as error:
                self.log.record_lost_database(name, error)
                await _until(self.stop, asyncio.sleep(_RECONNECT_PAUSE_S))

    async def _maintain(self, connection: Connection) -> None:
        maintainer = Maintainer(connection, self.log)
        while not self.stop.is_set():
            await _until(self.stop, maintainer.rest(await maintainer.tick()))

    async def _deliver(self, connection: Connection) -> None:
        deliverer = Deliverer(connection, self.sender, self.log)
        await deliverer.listen()
        while not self.stop.is_set():
            if not await deliverer.deliver_batch():
                await _until(self.stop, deliverer.wait_for_work())


async def _until(stop: asyncio.Event, work: Coroutine[object, object, None]) -> None:
    """Await the work, or cut it off when the event is set."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not working.done():
            working.cancel()
        with suppress(asyncio.CancelledError):
            await working
