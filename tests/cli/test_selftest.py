import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Run, environment

DEADLINE_S = 30.0
SMALL = ("selftest", "--scale", "0.01", "--jobs", "1")


@pytest.fixture
def open_temporary() -> Iterator[Path]:
    """Make a folder that the servers' account can enter, too."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def wait_for(holds: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["selftest", "--only", "indxes"], "did you mean 'indexes'?"),
        (["selftest", "--tenth", "11/10"], "write K/N"),
        (["selftest", "--report", "json"], "write FORMAT:PATH"),
        (["selftest", "--report", "console:-"], "markdown and json"),
        (["selftest", "--jobs", "0"], "--jobs"),
        (["reference", "up", "--fault", "partition-gap"], "did you mean 'partitions-"),
    ],
)
def test_a_mistake_is_told_before_anything_is_started(
    perfcheck: Run, arguments: list[str], said: str
):
    ran = perfcheck(*arguments)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert "started" not in ran.stderr


@pytest.mark.live
@pytest.mark.usefixtures("servers_installed")
def test_a_caught_fault_gives_0_a_table_and_the_reports(perfcheck: Run, tmp_path: Path):
    ran = perfcheck(
        *SMALL,
        *("--only", "index-jobs-rules-gin-dropped"),
        *("--report", "json:selftest.json", "--report", "markdown:selftest.md"),
    )
    assert (ran.returncode, ran.stderr.count("caught")) == (0, 1), ran.stderr
    assert ran.stdout.startswith("✓ index-jobs-rules-gin-dropped  caught")
    said = json.loads((tmp_path / "selftest.json").read_text("utf-8"))
    assert [j["verdict"] for j in said["judgements"]] == ["caught"]
    assert (tmp_path / "selftest.md").read_text("utf-8").startswith("# Selftest")


@pytest.mark.live
@pytest.mark.usefixtures("servers_installed")
def test_an_interrupt_leaves_nothing(open_temporary: Path):
    process = subprocess.Popen(
        [sys.executable, "-m", "perfcheck", *SMALL, "--only", "indexes"],
        env=environment({"TMPDIR": str(open_temporary)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert any("caught" in line for line in process.stderr)
    assert [*open_temporary.glob("perfcheck-reference-*")]
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130, rest
    wait_for(lambda: not [*open_temporary.iterdir()])


@pytest.mark.live
@pytest.mark.usefixtures("servers_installed")
def test_the_service_can_be_run_broken():
    arguments = ["--fault", "index-jobs-rules-gin-dropped", "--fault", "partitions-matches-gap"]
    process = subprocess.Popen(
        [sys.executable, "-m", "perfcheck", "reference", "up", "--scale", "0.01", *arguments],
        env=environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        found = (re.match(r"export PERFCHECK_DB_DSN='?([^']*?)'?$", s) for s in process.stdout)
        dsn = next(match[1] for match in found if match)
        with psycopg.connect(dsn) as connection:
            row = connection.execute("select to_regclass('idx_jobs_rules_gin')").fetchone()
        assert row == (None,)
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "index-jobs-rules-gin-dropped: idx_jobs_rules_gin does not exist." in said
