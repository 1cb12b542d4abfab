import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from perfcheck.reference.app.tracing import Tracing
from perfcheck.reference.service import Running
from perfcheck.reference.worker.connection import Connection, connect
from perfcheck.reference.worker.deliverer import BATCH_SIZE, Deliverer
from perfcheck.reference.worker.log import WorkerLog
from perfcheck.reference.worker.receiver import Receiver
from perfcheck.reference.worker.retries import MAX_ATTEMPTS
from perfcheck.reference.worker.sender import Sender, http_client
from tests.reference.worker.conftest import copied

pytestmark = [pytest.mark.live, pytest.mark.anyio]

NOW = datetime.now(UTC)
ENQUEUE = """
insert into webhook_deliveries (tenant_id, job_id, event, url, payload)
select tenant_id, id, 'execution.completed', %s, jsonb_build_object('n', n)
  from (select tenant_id, id from jobs order by id limit 1) j cross join generate_series(1, %s) n"""
STATES = """
select status, attempts, next_retry_at, last_error, delivered_at
  from webhook_deliveries where url = %s order by payload ->> 'n'"""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def database(worker_db: Running) -> Iterator[str]:
    """Copy the service's database once: each test removes what it put into the queue."""
    with copied(worker_db) as name:
        yield name


@pytest.fixture(autouse=True)
async def empty_queue(connection: Connection) -> None:
    await connection.execute("delete from webhook_deliveries where url like 'http://127.%'")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with http_client() as opened:
        yield Sender(opened, Tracing("test"))


@pytest.fixture
def deliverer(connection: Connection, sender: Sender, log: WorkerLog, clock: Clock) -> Deliverer:
    return Deliverer(connection, sender, log, clock=clock, jitter=lambda: 1.0)


async def enqueue(connection: Connection, url: str, count: int = 1) -> None:
    await connection.execute(ENQUEUE.encode(), [url, count])


async def states(connection: Connection, url: str) -> list[dict[str, Any]]:
    return await (await connection.execute(STATES.encode(), [url])).fetchall()


async def test_a_pending_webhook_is_delivered(
    connection: Connection, deliverer: Deliverer, tmp_path: Path
) -> None:
    receiver = Receiver()
    async with receiver.listening() as url:
        await enqueue(connection, url)
        assert await deliverer.deliver_batch() == 1
        assert await deliverer.deliver_batch() == 0
        (state,) = await states(connection, url)
    assert (state["status"], state["attempts"], state["delivered_at"]) == ("delivered", 1, NOW)
    assert len(receiver.received) == 1
    line = json.loads((tmp_path / "worker.jsonl").read_text())
    assert (line["message"], line["status"], line["level"]) == ("webhook", "delivered", "info")
    assert url not in json.dumps(line)


async def test_a_refused_webhook_is_tried_again_when_its_pause_is_over(
    connection: Connection, deliverer: Deliverer, clock: Clock
) -> None:
    answers = iter([503, 204])
    async with Receiver(answer=lambda _: next(answers)).listening() as url:
        await enqueue(connection, url)
        assert await deliverer.deliver_batch() == 1
        (state,) = await states(connection, url)
        assert state == {
            "status": "failed",
            "attempts": 1,
            "next_retry_at": NOW + timedelta(seconds=5),
            "last_error": "HTTP 503",
            "delivered_at": None,
        }
        clock.now = NOW + timedelta(seconds=4)
        assert await deliverer.deliver_batch() == 0
        clock.now = NOW + timedelta(seconds=5)
        assert await deliverer.deliver_batch() == 1
        (state,) = await states(connection, url)
    assert (state["status"], state["attempts"], state["last_error"]) == ("delivered", 2, None)


async def test_a_webhook_is_given_up_after_the_last_attempt(
    connection: Connection, deliverer: Deliverer, clock: Clock
) -> None:
    receiver = Receiver(answer=lambda _: 500)
    async with receiver.listening() as url:
        await enqueue(connection, url)
        for _ in range(MAX_ATTEMPTS + 2):
            await deliverer.deliver_batch()
            clock.now += timedelta(hours=1)
        (state,) = await states(connection, url)
    assert (state["status"], state["attempts"]) == ("dead", MAX_ATTEMPTS)
    assert (state["next_retry_at"], state["last_error"]) == (None, "HTTP 500")
    assert len(receiver.received) == MAX_ATTEMPTS


async def test_webhooks_to_other_machines_are_never_touched(
    connection: Connection, deliverer: Deliverer, clock: Clock
) -> None:
    await enqueue(connection, "https://hooks.example.com/0001")
    waiting = await connection.execute(
        "select distinct status from webhook_deliveries"
        " where status = 'pending' or next_retry_at is not null"
    )
    assert waiting.rowcount == 2  # pending, and of the load also failed
    untouched = "select md5(string_agg(d::text, '' order by id)) as sum from webhook_deliveries d"
    before = await (await connection.execute(untouched)).fetchall()
    clock.now += timedelta(days=1)
    assert await deliverer.deliver_batch() == 0
    assert await (await connection.execute(untouched)).fetchall() == before


async def test_a_url_that_passes_the_query_but_is_none_is_given_up_unsent(
    connection: Connection, deliverer: Deliverer
) -> None:
    url = "http://127.0.0.999/"
    await enqueue(connection, url)
    assert await deliverer.deliver_batch() == 1
    (state,) = await states(connection, url)
    assert (state["status"], state["last_error"]) == (
        "dead",
        "refused: not an address of this machine",
    )


async def test_retries_come_before_new_webhooks_and_batches_are_small(
    connection: Connection, deliverer: Deliverer
) -> None:
    receiver = Receiver()
    async with receiver.listening() as url:
        await enqueue(connection, f"{url}/new", 2 * BATCH_SIZE)
        await enqueue(connection, f"{url}/again")
        await connection.execute(
            "update webhook_deliveries set status = 'failed', next_retry_at = %s where url = %s",
            [NOW, f"{url}/again"],
        )
        assert await deliverer.deliver_batch() == BATCH_SIZE
        paths = [received.path for received in receiver.received]
        assert sorted(paths) == ["/again"] + ["/new"] * (BATCH_SIZE - 1)
        assert await deliverer.deliver_batch() == BATCH_SIZE
        assert await deliverer.deliver_batch() == 1


async def test_two_workers_share_the_queue_and_send_nothing_twice(
    connection: Connection, dsn: str, sender: Sender, log: WorkerLog
) -> None:
    receiver = Receiver()
    async with receiver.listening() as url, await connect(dsn) as second:
        await enqueue(connection, url, 5 * BATCH_SIZE)

        async def drain(own: Connection) -> int:
            deliverer, total = Deliverer(own, sender, log, clock=lambda: NOW), 0
            while count := await deliverer.deliver_batch():
                total += count
            return total

        shares = await asyncio.gather(drain(connection), drain(second))
    assert sum(shares) == 5 * BATCH_SIZE
    assert len({received.webhook_id for received in receiver.received}) == 5 * BATCH_SIZE
    assert len(receiver.received) == 5 * BATCH_SIZE


async def test_what_another_worker_has_is_left_to_it(
    connection: Connection, dsn: str, deliverer: Deliverer
) -> None:
    async with Receiver().listening() as url, await connect(dsn) as other:
        await enqueue(connection, f"{url}/theirs")
        await enqueue(connection, f"{url}/mine")
        await other.execute("begin")
        await other.execute(
            "select 1 from webhook_deliveries where url = %s for update", [f"{url}/theirs"]
        )
        assert await deliverer.deliver_batch() == 1
        (mine,) = await states(connection, f"{url}/mine")
        (theirs,) = await states(connection, f"{url}/theirs")
    assert (mine["status"], theirs["status"]) == ("delivered", "pending")


async def test_a_slow_receiver_holds_up_only_its_own_webhook(
    connection: Connection, deliverer: Deliverer
) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    slow = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with Receiver().listening() as url:
        await enqueue(connection, slow)
        await enqueue(connection, url)
        assert await deliverer.deliver_batch(deadline_s=0.5) == 2
        (good,) = await states(connection, url)
        (bad,) = await states(connection, slow)
    server.close()
    assert good["status"] == "delivered"
    assert (bad["status"], bad["last_error"]) == ("failed", "no answer within 0.5 s")


async def test_a_new_webhook_wakes_a_waiting_worker(
    connection: Connection, dsn: str, deliverer: Deliverer
) -> None:
    await deliverer.listen()
    waiting = asyncio.create_task(deliverer.wait_for_work())
    async with await connect(dsn) as other, asyncio.timeout(20):
        await enqueue(other, "http://127.0.0.1:9/")
        await waiting


async def test_a_retry_that_is_due_ends_the_wait(
    connection: Connection, deliverer: Deliverer
) -> None:
    await enqueue(connection, "http://127.0.0.1:9/")
    await connection.execute(
        "update webhook_deliveries set status = 'failed', next_retry_at = %s"
        " where url = 'http://127.0.0.1:9/'",
        [NOW],
    )
    async with asyncio.timeout(20):
        await deliverer.wait_for_work()


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        (
            "status = 'failed' and next_retry_at is not null and next_retry_at <= now()",
            "idx_webhook_deliveries_pending_retry",
        ),
        ("status = 'pending'", "idx_webhook_deliveries_pending"),
    ],
)
async def test_each_half_of_the_queue_is_found_by_its_index(
    connection: Connection, condition: str, index: str
) -> None:
    order = "next_retry_at" if "retry" in condition else "created_at"
    cursor = await connection.execute(
        "explain select id from webhook_deliveries"
        f" where {condition} and is_loopback_url(url)"
        f" order by {order} limit 10 for update skip locked".encode()
    )
    plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())
    assert f"using {index} on" in plan, plan
