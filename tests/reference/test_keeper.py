import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from perfcheck.reference.service import running
from tests.reference.remains import DEADLINE_S, processes_of, wait_for

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.usefixtures("servers_installed"),
]

PARENT = """
import sys
from perfcheck.reference.service import running
with running(scale=0.01, app=False, announce=lambda line: print(line, flush=True)):
    print("ready", flush=True)
    sys.stdin.read()
"""
FORKING_PARENT = """
import os, signal
from perfcheck.reference.service import running
with running(scale=0.001, app=False):
    if os.fork() == 0:
        signal.pause()
    print("ready", flush=True)
    signal.pause()
"""


def begin(script: str, open_folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "TMPDIR": str(open_folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def wait_for_line(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    assert any(word in line for line in process.stdout), f"it never said {word!r}"


def wait_until(moment: str, process: subprocess.Popen[str], folder: Path) -> None:
    if moment == "initdb":
        wait_for(lambda: list(folder.glob("*/postgres/cluster/*")))
    else:
        wait_for_line(process, {"seeding": "Valkey", "ready": "ready"}[moment])


def assert_nothing_is_left(process: subprocess.Popen[str], open_folder: Path) -> None:
    process.wait(DEADLINE_S)
    wait_for(lambda: not processes_of(open_folder))
    assert list(open_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGKILL, "initdb"),
        (signal.SIGKILL, "seeding"),
        (signal.SIGKILL, "ready"),
        (signal.SIGINT, "initdb"),
        (signal.SIGINT, "seeding"),
        (signal.SIGTERM, "seeding"),
        (signal.SIGHUP, "ready"),
    ],
)
def test_a_signal_to_the_parent_leaves_nothing(
    number: signal.Signals, moment: str, open_folder: Path
) -> None:
    with begin(PARENT, open_folder) as process:
        wait_until(moment, process, open_folder)
        assert processes_of(open_folder)
        process.send_signal(number)
        assert_nothing_is_left(process, open_folder)
        assert process.returncode != 0


def test_a_signal_to_the_keeper_itself_leaves_nothing(open_folder: Path) -> None:
    with begin(PARENT, open_folder) as process:
        wait_until("seeding", process, open_folder)
        keeper = next(
            pid for pid in processes_of(open_folder) if os.getsid(pid) == pid and pid != process.pid
        )
        os.kill(keeper, signal.SIGTERM)
        assert_nothing_is_left(process, open_folder)
        assert process.returncode != 0


def test_a_killed_parent_whose_fork_lives_on_leaves_nothing_else(open_folder: Path) -> None:
    with begin(FORKING_PARENT, open_folder) as process:
        wait_until("ready", process, open_folder)
        process.kill()
        process.wait(DEADLINE_S)
        wait_for(lambda: len(processes_of(open_folder)) == 1)
        (fork,) = processes_of(open_folder)
        os.kill(fork, signal.SIGKILL)
        assert_nothing_is_left(process, open_folder)


def test_a_normal_end_leaves_nothing(open_folder: Path) -> None:
    with begin(PARENT, open_folder) as process:
        wait_until("ready", process, open_folder)
        assert process.stdin is not None
        process.stdin.close()
        assert_nothing_is_left(process, open_folder)
        assert process.returncode == 0


def test_a_killed_keeper_is_tidied_up_by_the_parent() -> None:
    with running(scale=0.001, app=False) as service:
        os.kill(service.pids["keeper"], signal.SIGKILL)
    assert not service.folder.exists()
    wait_for(lambda: not processes_of(service.folder))
