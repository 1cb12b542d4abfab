"""Servers that are killed or frozen while they serve: nothing hangs, lies or stays behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from perfcheck.reference.messages import Running
from perfcheck.reference.service import running
from tests.reference.remains import DEADLINE_S, Traces, processes_of, wait_for

pytestmark = [
    pytest.mark.live,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.usefixtures("servers_installed"),
]

ROOT = Path(__file__).parents[2]
# The service gives up after 6 s at most; a hang is an error of the client.
CLIENT_TIMEOUT_S = 20.0
VERIFY_TIMEOUT_S = 120.0
DATABASE, HTTP = "indexes", "compression"  # a section of each kind of target
JOBS = "/api/v1/jobs?limit={}"


@dataclass(frozen=True)
class Verified:
    """How `perfcheck verify` ended: its exit code, and the outcomes in each section."""

    code: int
    outcomes: dict[str, set[str]]


@contextlib.contextmanager
def serving() -> Iterator[tuple[Running, httpx.Client]]:
    """Run the service with a client of one tenant; afterwards nothing of it is there."""
    with running(scale=0.01) as service:
        traces = Traces.of(service)
        traces.assert_was_there()
        tenant, token = next(iter(service.tokens.items()))
        with httpx.Client(
            base_url=service.api_url,
            headers={"X-Tenant-Id": tenant, "Authorization": f"Bearer {token}"},
            timeout=CLIENT_TIMEOUT_S,
            trust_env=False,
        ) as client:
            assert client.get(JOBS.format(1)).status_code == 200
            yield service, client
    traces.assert_gone()


def verify(service: Running, place: Path) -> Verified:
    report = place / "report.json"
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "perfcheck", "verify", ROOT / "specs" / "reconciliation"),
            *(
                "--profile",
                "demo",
                "--only",
                DATABASE,
                "--only",
                HTTP,
                "--report",
                f"json:{report}",
            ),
        ],
        cwd=place,
        env={**os.environ, **service.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=VERIFY_TIMEOUT_S,
        check=False,
    )
    outcomes: dict[str, set[str]] = {DATABASE: set(), HTTP: set()}
    for result in json.loads(report.read_text("utf-8"))["results"]:
        if result["section"] in outcomes:
            outcomes[result["section"]].add(result["outcome"])
    return Verified(ended.returncode, outcomes)


def test_without_postgres_answers_are_503_and_nothing_is_verified(tmp_path: Path) -> None:
    with serving() as (service, client):
        # With its children, which might still answer for a moment.
        for pid in with_its_children(service.pids["postgres"]):
            os.kill(pid, signal.SIGKILL)
        answers = [client.get(JOBS.format(number)) for number in (2, 3)]
        assert [answer.status_code for answer in answers] == [503, 503]
        assert answers[0].json()["error"]["code"] == "database_unavailable"
        assert client.get("/health").json()["database"] == "unavailable"
        assert verify(service, tmp_path) == Verified(
            3, {DATABASE: {"unverified"}, HTTP: {"unverified"}}
        )


def test_without_valkey_the_memory_of_the_process_is_the_cache(tmp_path: Path) -> None:
    with serving() as (service, client):
        os.kill(service.pids["valkey"], signal.SIGKILL)
        # The request that finds the cache away is answered as well, and fills the memory.
        answers = [client.get(JOBS.format(2)) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert answers[-1].headers["X-Cache"] == "HIT"
        health = client.get("/health")
        assert (health.status_code, health.json()["cache"]) == (200, "memory")
        assert verify(service, tmp_path) == Verified(0, {DATABASE: {"pass"}, HTTP: {"pass"}})


def test_without_the_api_the_database_is_still_verified(tmp_path: Path) -> None:
    with serving() as (service, client):
        os.kill(service.pids["app"], signal.SIGKILL)
        with pytest.raises(httpx.TransportError):
            client.get("/health")
        assert verify(service, tmp_path) == Verified(3, {DATABASE: {"pass"}, HTTP: {"unverified"}})


def test_a_frozen_postgres_is_given_up_and_found_again(tmp_path: Path) -> None:
    with serving() as (service, client):
        frozen = with_its_children(service.pids["postgres"])
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        assert client.get(JOBS.format(2)).status_code == 503
        assert verify(service, tmp_path) == Verified(
            3, {DATABASE: {"unverified"}, HTTP: {"unverified"}}
        )
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
        wait_for(lambda: client.get("/health").status_code == 200)
        assert client.get(JOBS.format(3)).status_code == 200
        assert verify(service, tmp_path) == Verified(0, {DATABASE: {"pass"}, HTTP: {"pass"}})


def test_a_frozen_postgres_is_ended_with_the_service() -> None:
    with serving() as (service, _):
        for pid in with_its_children(service.pids["postgres"]):
            os.kill(pid, signal.SIGSTOP)


def test_a_demo_whose_postgres_is_killed_says_so_and_ends_as_ever(open_folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "perfcheck", "demo", "--scale", "0.01", "--keep"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(open_folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        assert any("export PERFCHECK_API_URL=" in line for line in demo.stdout)
        (lock_file,) = open_folder.glob("*/postgres/cluster/postmaster.pid")
        os.kill(int(lock_file.read_text("utf-8").splitlines()[0]), signal.SIGKILL)
        assert any("PostgreSQL ended by itself (signal 9)" in line for line in demo.stdout)
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=DEADLINE_S)
    assert demo.returncode in {0, 3}  # what the verification before had found
    assert not processes_of(open_folder)
    assert list(open_folder.iterdir()) == []


def with_its_children(pid: int) -> list[int]:
    """Return the parent first: a frozen one starts no further child."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [pid, *map(int, children.split())]
