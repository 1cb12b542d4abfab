import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from perfcheck.reference.app.tracing import Tracing
from perfcheck.reference.service import Running, running
from perfcheck.reference.webserver import inherited_environment
from perfcheck.reference.worker.connection import Connection, connect
from perfcheck.reference.worker.deliverer import Deliverer
from perfcheck.reference.worker.log import WorkerLog
from perfcheck.reference.worker.receiver import Received, Receiver
from perfcheck.reference.worker.sender import Sender, http_client
from tests.reference.remains import processes_of, wait_for
from tests.reference.test_keeper import assert_nothing_is_left, begin, wait_for_line
from tests.reference.worker.test_deliverer import enqueue, states

pytestmark = pytest.mark.live

DEADLINE_S = 30.0
COMMAND = [sys.executable, "-P", "-m", "perfcheck.reference.worker"]
WAITING = """
select 1 from pg_stat_activity
 where datname = current_database() and pid <> pg_backend_pid() and state = 'idle'
   and query like '%next_retry_at%'"""
PARENT = """
import sys
from perfcheck.reference.service import running
with running(scale=0.001):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def worker(dsn: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **inherited_environment(),
        "REFERENCE_DB_DSN": dsn,
        "REFERENCE_LOG_FILE": str(tmp_path / "process.jsonl"),
    }
    with subprocess.Popen(COMMAND, env=environment, stderr=subprocess.PIPE) as process:
        yield process
        process.kill()


def events(tmp_path: Path) -> list[dict[str, object]]:
    path = tmp_path / "process.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.anyio
async def test_a_worker_that_is_killed_during_a_delivery_loses_nothing(
    connection: Connection, log: WorkerLog, worker: subprocess.Popen[bytes]
) -> None:
    arrived = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await reader.read()  # until the worker is gone
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    await enqueue(connection, url)
    async with asyncio.timeout(DEADLINE_S):
        await arrived.wait()
    worker.kill()
    worker.wait(DEADLINE_S)
    server.close()

    receiver = Receiver(port)
    async with receiver.listening(), http_client() as client, asyncio.timeout(DEADLINE_S):
        deliverer = Deliverer(connection, Sender(client, Tracing("test")), log)
        while not await deliverer.deliver_batch():  # until the server has noticed the death
            pass
    (state,) = await states(connection, url)
    assert (state["status"], state["attempts"]) == ("delivered", 1)
    assert len(receiver.received) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_a_worker_that_waits(
    connection: Connection, worker: subprocess.Popen[bytes], number: signal.Signals
) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not await (await connection.execute(WAITING.encode())).fetchall():
            pass
    worker.send_signal(number)
    assert worker.wait(5) == 0
    assert worker.stderr is not None
    assert worker.stderr.read() == b""


@pytest.mark.anyio
async def test_a_batch_that_was_begun_is_finished_after_the_signal(
    connection: Connection, worker: subprocess.Popen[bytes]
) -> None:
    arrived, signalled = asyncio.Event(), asyncio.Event()

    async def answer_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await signalled.wait()
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer_late, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    await enqueue(connection, url)
    async with asyncio.timeout(DEADLINE_S):
        await arrived.wait()
        worker.terminate()
        signalled.set()
        assert await asyncio.to_thread(worker.wait, 5) == 0
    server.close()
    (state,) = await states(connection, url)
    assert state["status"] == "delivered"


@pytest.mark.anyio
async def test_a_worker_survives_the_loss_of_its_connections(
    worker_db: Running, dsn: str, database: str, worker: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    theirs = (
        "from pg_stat_activity"
        f" where datname = '{database}' and application_name = 'reconciliation-worker'"
    )
    with psycopg.connect(worker_db.admin_dsn, autocommit=True) as admin:

        def connections() -> int:
            (found,) = admin.execute(f"select count(*) {theirs}".encode()).fetchone() or (0,)
            return int(found)

        wait_for(lambda: connections() == 2)
        admin.execute(f"select pg_terminate_backend(pid) {theirs}".encode())
        wait_for(lambda: len(events(tmp_path)) == 2)
        wait_for(lambda: connections() == 2)
    assert worker.poll() is None
    assert {(event["message"], event["loop"]) for event in events(tmp_path)} == {
        ("database lost", "maintenance"),
        ("database lost", "deliveries"),
    }
    arrived = asyncio.Event()

    def answer(_received: Received) -> int:
        arrived.set()
        return 204

    async with Receiver(answer=answer).listening() as url, await connect(dsn) as own:
        await enqueue(own, url)
        async with asyncio.timeout(DEADLINE_S):
            await arrived.wait()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, b"REFERENCE_DB_DSN is not set"),
        ({"REFERENCE_DB_DSN": "x", "REFERENCE_RECEIVER_PORT": "80x"}, b"REFERENCE_RECEIVER_PORT"),
    ],
)
def test_a_worker_without_its_settings_says_which(environment: dict[str, str], said: bytes) -> None:
    ran = subprocess.run(
        COMMAND, env={**inherited_environment(), **environment}, capture_output=True, check=False
    )
    assert ran.returncode == 1
    assert said in ran.stderr
    assert b"Traceback" not in ran.stderr


@pytest.mark.usefixtures("servers_installed")
def test_a_run_of_a_job_ends_in_a_webhook_and_a_dead_worker_is_told() -> None:
    said: list[str] = []
    died = threading.Event()

    def announce(line: str) -> None:
        said.append(line)
        if "ended by itself" in line:
            died.set()

    with running(scale=0.01, announce=announce) as service:
        tenant = next(iter(service.tokens))
        headers = {"Authorization": f"Bearer {service.tokens[tenant]}", "X-Tenant-Id": tenant}
        with (
            psycopg.connect(service.app_dsn, autocommit=True) as owner,
            httpx.Client(base_url=service.api_url, headers=headers, trust_env=False) as client,
        ):
            job = client.get("/api/v1/jobs?limit=1").json()["data"][0]["id"]
            execution = client.post(f"/api/v1/jobs/{job}/run").raise_for_status().json()
            query = (
                "select status, attempts from webhook_deliveries"
                " where payload ->> 'execution_id' = %s"
            )
            wait_for(
                lambda: owner.execute(query, [execution["id"]]).fetchall() == [("delivered", 1)]
            )
        os.kill(service.pids["worker"], signal.SIGKILL)
        assert died.wait(DEADLINE_S)
    assert said[-1].startswith("the worker ended by itself (signal 9)")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.usefixtures("servers_installed")
@pytest.mark.parametrize("victim", ["the parent", "the keeper"])
def test_no_worker_outlives_the_service(victim: str, open_folder: Path) -> None:
    with begin(PARENT, open_folder) as parent:
        wait_for_line(parent, "ready")
        workers = [pid for pid in processes_of(open_folder) if b"reference.worker" in command(pid)]
        assert len(workers) == 1
        if victim == "the parent":
            parent.kill()
        else:
            os.kill(os.getpgid(workers[0]), signal.SIGKILL)
            assert parent.stdin is not None
            parent.stdin.close()
        assert_nothing_is_left(parent, open_folder)


def command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
