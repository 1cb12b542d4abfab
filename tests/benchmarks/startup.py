"""Start-up: what `--version` and `--help` cost, beside an empty Python."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measure import Row, medians

_EMPTY = "python -c pass"


def _starting(*command: str) -> Callable[[], object]:
    return lambda: subprocess.run(command, check=True, capture_output=True)


def rows() -> list[Row]:
    """Measure the installed command against the interpreter that runs it."""
    command = shutil.which("perfcheck", path=str(Path(sys.executable).parent))
    if command is None:
        raise SystemExit("perfcheck is not installed beside this Python")
    found = medians(
        {
            _EMPTY: _starting(sys.executable, "-c", "pass"),
            "perfcheck --version": _starting(command, "--version"),
            "perfcheck --help": _starting(command, "--help"),
        },
        rounds=25,
    )
    budgets = {"perfcheck --version": "2x", "perfcheck --help": "10x"}
    return [
        Row(name, taken, taken / found[_EMPTY], _EMPTY, budgets.get(name, ""))
        for name, taken in found.items()
    ]
