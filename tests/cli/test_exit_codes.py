"""What each exit code means, on the real command."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import BAD, GOOD, Run, environment

Write = Callable[..., None]

NOBODY = "postgresql://user:hunter2@127.0.0.1:1/shop"  # port 1: nothing listens


@pytest.fixture
def database(reference_db: Any) -> dict[str, str]:
    return {"DSN": reference_db.environment["PERFCHECK_DB_DSN"]}


@pytest.mark.live
def test_0_everything_that_was_checked_holds(perfcheck: Run, spec: Write, database: dict[str, str]):
    spec(GOOD)
    ran = perfcheck("verify", environ=database)
    assert ran.returncode == 0, ran.stderr
    assert "exit 0: everything that was checked holds" in ran.stdout
    assert "✓ [x] Indexes" in ran.stdout


@pytest.mark.live
def test_1_something_failed(perfcheck: Run, spec: Write, database: dict[str, str]):
    spec(GOOD, BAD)
    ran = perfcheck("verify", environ=database)
    assert ran.returncode == 1, ran.stderr
    assert "FAIL medium indexes/missing" in ran.stdout
    assert "perfcheck.yaml:7:5" in ran.stdout
    assert "fix: create it" in ran.stdout
    assert "[x] Indexes" not in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("verify",), "environment variable DSN is not set and has no default"),
        (("verify", "--nonsense"), "No such option: --nonsense"),
        (("verify", "elsewhere"), "perfcheck: no such file: elsewhere"),
        (("verify", "--report", "pdf:x"), "unknown format 'pdf'"),
        (("verify", "--report", "json"), "write FORMAT:PATH"),
        (("verify", "--report", "json:-", "--report", "markdown:-"), "goes to - already"),
        (("verify", "--var", "x"), "write NAME=VALUE"),
        (("verify", "--facts", "none.json"), "--facts none.json: No such file or directory"),
        (("verify", "--facts", "f", "--save-facts", "g"), "it does not go with --facts"),
        (("lint",), "1 mistake in the spec; nothing was probed"),
        (("nonsense",), "No such command 'nonsense'"),
    ],
)
def test_2_usage_or_spec_is_wrong_and_nothing_was_probed(
    perfcheck: Run, spec: Write, arguments: tuple[str, ...], said: str
):
    dsn = NOBODY if "--facts" in arguments else "${env:DSN}"
    spec(GOOD, dsn=dsn)
    ran = perfcheck(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert said in ran.stderr


def test_2_an_unknown_selection_or_profile(perfcheck: Run, spec: Write):
    spec(GOOD, dsn=NOBODY)
    assert perfcheck("verify", "--only", "indexs").returncode == 2
    assert perfcheck("verify", "--profile", "prod").returncode == 2


def test_3_a_target_that_is_down(perfcheck: Run, spec: Write):
    spec(GOOD, dsn=NOBODY)
    ran = perfcheck("verify")
    assert ran.returncode == 3
    assert "the connection was refused: nothing listens there" in ran.stdout
    assert "hunter2" not in ran.stdout + ran.stderr


def test_3_nothing_was_checked(perfcheck: Run, spec: Write, tmp_path: Path):
    spec(GOOD.replace("}", ", profiles: [p]}"), dsn=NOBODY)
    with (tmp_path / "perfcheck.yaml").open("a") as file:
        file.write("profiles: {p: {allow: [read]}}\n")
    ran = perfcheck("verify")
    assert ran.returncode == 3
    assert "exit 3: nothing was checked" in ran.stdout


@pytest.mark.live
def test_4_a_requested_output_was_lost(perfcheck: Run, spec: Write, database: dict[str, str]):
    spec(GOOD)
    ran = perfcheck("verify", "--report", "json:none/r.json", environ=database)
    assert ran.returncode == 4
    assert "json:none/r.json: No such file or directory" in ran.stderr
    assert "[x] Indexes" in ran.stdout
    assert "exit 4: everything holds, but an output was lost" in ran.stdout


@pytest.mark.live
def test_a_failure_outranks_a_lost_output(perfcheck: Run, spec: Write, database: dict[str, str]):
    spec(BAD)
    ran = perfcheck("verify", "--save-facts", "none/f.json", environ=database)
    assert ran.returncode == 1
    assert "none/f.json: No such file or directory" in ran.stderr


def test_70_a_bug_shows_its_place_and_no_value(perfcheck: Run, spec: Write):
    spec(GOOD, dsn=NOBODY)
    code = (
        "import perfcheck.evaluate as e\n"
        "def broken(*args, **kwargs): raise RuntimeError('hunter2')\n"
        "e.exit_of = broken\n"
        "from perfcheck.__main__ import main; main()"
    )
    ran = perfcheck("verify", code=code)
    assert ran.returncode == 70
    assert "a bug in perfcheck: RuntimeError in broken" in ran.stderr
    assert "hunter2" not in ran.stdout + ran.stderr
    ran = perfcheck("verify", code=code, environ={"PERFCHECK_DEBUG": "1"})
    assert "evaluate.py" in ran.stderr
    assert "hunter2" not in ran.stdout + ran.stderr


@contextlib.contextmanager
def silent_server() -> Iterator[socket.socket]:
    """Listen, and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


@pytest.mark.parametrize(
    ("signum", "code", "said"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_130_and_143_a_signal_ends_the_run(
    tmp_path: Path, spec: Write, signum: signal.Signals, code: int, said: str
):
    with silent_server() as server:
        spec(GOOD, dsn=f"host=127.0.0.1 port={server.getsockname()[1]} password=hunter2")
        process = subprocess.Popen(
            [sys.executable, "-m", "perfcheck", "verify"],
            cwd=tmp_path,
            env=environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = server.accept()  # it is asking now
        with connection:
            os.kill(process.pid, signum)
            _, stderr = process.communicate(timeout=20)
    assert process.returncode == code
    assert stderr.strip().endswith(f"perfcheck: {said}")
    assert "Traceback" not in stderr


def test_a_second_signal_ends_the_run_at_once_and_quietly(tmp_path: Path, spec: Write):
    with silent_server() as server:
        spec(GOOD, dsn=f"host=127.0.0.1 port={server.getsockname()[1]}")
        process = subprocess.Popen(
            [sys.executable, "-m", "perfcheck", "verify"],
            cwd=tmp_path,
            env=environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = server.accept()
        with connection:
            os.kill(process.pid, signal.SIGINT)
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGINT)
            _, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in stderr


def test_a_target_that_hangs_ends_at_its_deadline(perfcheck: Run, spec: Write):
    with silent_server() as server:
        spec(GOOD, dsn=f"host=127.0.0.1 port={server.getsockname()[1]}", timeout="200ms")
        ran = perfcheck("verify")
    assert ran.returncode == 3
    assert "did not answer within 0.2 s" in ran.stdout


@pytest.mark.live
def test_saved_facts_give_the_same_report_offline(
    perfcheck: Run, spec: Write, database: dict[str, str], tmp_path: Path
):
    spec(GOOD, BAD)
    online = perfcheck(
        "verify", "--save-facts", "f.json", "--report", "json:a.json", environ=database
    )
    offline = perfcheck(
        "verify", "--facts", "f.json", "--report", "json:b.json", environ={"DSN": NOBODY}
    )
    assert (online.returncode, offline.returncode) == (1, 1)
    a, b = (json.loads((tmp_path / name).read_text("utf-8")) for name in ("a.json", "b.json"))
    assert a == b
    assert online.stdout == offline.stdout


@pytest.mark.live
def test_a_report_on_stdout_is_alone_there(perfcheck: Run, spec: Write, database: dict[str, str]):
    spec(GOOD)
    ran = perfcheck("verify", "--report", "json:-", environ=database)
    assert json.loads(ran.stdout)["exit_code"] == 0
    assert "[x] Indexes" in ran.stderr


def test_a_file_that_is_no_facts_file_is_refused(perfcheck: Run, spec: Write, tmp_path: Path):
    spec(GOOD, dsn=NOBODY)
    (tmp_path / "f.json").write_text("{}", "utf-8")
    ran = perfcheck("verify", "--facts", "f.json")
    assert ran.returncode == 2
    assert "this is no facts file" in ran.stderr


@pytest.mark.live
def test_a_stream_that_cannot_write_a_tick_mark_is_no_bug(
    perfcheck: Run, spec: Write, database: dict[str, str]
):
    spec(GOOD)
    ran = perfcheck("verify", environ={**database, "PYTHONIOENCODING": "ascii"})
    assert ran.returncode == 0, ran.stderr
    assert "\\u2713 [x] Indexes" in ran.stdout


@pytest.mark.live
def test_facts_of_another_spec_are_told(
    perfcheck: Run, spec: Write, database: dict[str, str], tmp_path: Path
):
    spec(GOOD)
    perfcheck("verify", "--save-facts", "f.json", environ=database)
    spec(GOOD, "{name: another, table: reports, columns: [id]}")
    ran = perfcheck("verify", "--facts", "f.json", environ=database)
    assert ran.returncode == 3
    assert "these facts were gathered for another spec or profile" in ran.stderr


@pytest.mark.live
@pytest.mark.parametrize("redirection", [">/dev/full", ">&-", "| true", "2>&- >/dev/full"])
@pytest.mark.parametrize(("entry", "code"), [(GOOD, 4), (BAD, 1)], ids=["holds", "fails"])
def test_a_console_that_takes_nothing_loses_neither_the_verdict_nor_the_report(
    spec: Write, database: dict[str, str], tmp_path: Path, redirection: str, entry: str, code: int
):
    spec(entry)
    command = f"{sys.executable} -m perfcheck verify --report json:r.json"
    ran = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} {redirection}"],
        cwd=tmp_path,
        env=environment(database),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode in (code, 0 if "true" in redirection else code), ran.stderr
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["exit_code"] in (0, 1)
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr
