"""Starts, stops and demos: again and again, side by side, and where nothing can be written."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from perfcheck.reference.service import running
from tests.reference.remains import DEADLINE_S, Traces, processes_of

pytestmark = [
    pytest.mark.live,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.usefixtures("servers_installed"),
]

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "perfcheck", "demo", "--scale", "0.01"]
TIMES = 10


def test_ten_starts_and_stops_leave_nothing() -> None:
    all_traces = []
    for number in range(TIMES):
        with running(scale=0.01, app=number % 3 == 0) as service:
            traces = Traces.of(service)
            traces.assert_was_there()
        traces.assert_gone()
        all_traces.append(traces)
    assert len({traces.folder for traces in all_traces}) == TIMES
    for traces in all_traces:
        traces.assert_gone()


def test_a_start_and_stop_leaves_no_open_file_in_the_callers_process() -> None:
    with running(scale=0.01, app=False):
        pass  # whatever is opened once and kept is open now
    before = open_files()
    with running(scale=0.01, app=False):
        assert open_files() != before
    assert open_files() == before


def open_files() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def begin_demo(place: Path) -> subprocess.Popen[str]:
    """Start a demo whose temporary files lie in a folder, and its report beside them."""
    return subprocess.Popen(
        [*DEMO, "--report", f"json:{place}.json"],
        cwd=place.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(place)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def expected_code(report: dict[str, Any]) -> int:
    """Return what a demo of which everything holds ends with: not all sections have a check."""
    unchecked = any(result["reason_code"] == "no_check" for result in report["results"])
    return 3 if unchecked else 0


def test_two_demos_at_once_prove_what_one_proves(open_folder: Path) -> None:
    places = [open_folder / name for name in ("one", "two")]
    for place in places:
        place.mkdir()
        place.chmod(0o755)
    demos = [begin_demo(place) for place in places]
    for place, demo in zip(places, demos, strict=True):
        _, told = demo.communicate(timeout=2 * DEADLINE_S)
        report = json.loads(Path(f"{place}.json").read_text("utf-8"))
        assert [
            (result["requirement"], result["outcome"], result["reason"])
            for result in report["results"]
            if result["outcome"] != "pass" and result["reason_code"] != "no_check"
        ] == [], told
        assert report["summary"]["pass"] > 0
        assert demo.returncode == report["exit_code"] == expected_code(report)
        assert not processes_of(place)
        assert list(place.iterdir()) == []


def demo_told(temporary: str, *before: str) -> str:
    """Run a demo that cannot start, and return what it tells."""
    ended = subprocess.run(
        [*before, *DEMO],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": temporary},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("perfcheck: ") == 1
    return ended.stderr


@pytest.mark.parametrize(
    ("temporary", "reason"),
    [
        ("/proc", "No such file or directory"),
        ("/proc/version", "Not a directory"),
        ("/does-not-exist", "No such file or directory"),
    ],
)
def test_a_temporary_folder_that_takes_nothing_is_one_clear_error(
    temporary: str, reason: str
) -> None:
    assert demo_told(temporary) == (
        f"perfcheck: no temporary folder could be made ({temporary}: {reason});"
        " set TMPDIR to a place that can be written\n"
    )


@pytest.mark.parametrize(
    ("largest_file_blocks", "reason"),
    [
        (0, "postgres/password could not be written: File too large"),
        (2_000, "initdb ended by itself (status 1); its log ends with:"),
    ],
)
def test_a_temporary_folder_that_fills_up_is_one_clear_error(
    largest_file_blocks: int, reason: str, open_folder: Path
) -> None:
    # A limit on each file stands for a full disk, which a test cannot have without privileges.
    limited = ("sh", "-c", 'ulimit -f "$0" && exec "$@"', str(largest_file_blocks))
    told = demo_told(str(open_folder), *limited)
    assert reason in told
    assert "File too large" in told
    assert list(open_folder.iterdir()) == []
    assert not processes_of(open_folder)
