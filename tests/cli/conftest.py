"""Run the real command, as a user would, in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Ran = subprocess.CompletedProcess[str]
Run = Callable[..., Ran]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def perfcheck(tmp_path: Path) -> Run:
    """Return a function that runs perfcheck with arguments, in a fresh folder."""

    def run(*arguments: str, environ: Mapping[str, str] = {}, code: str | None = None) -> Ran:
        start = ["-m", "perfcheck"] if code is None else ["-c", code]
        return subprocess.run(
            [sys.executable, *start, *arguments],
            cwd=tmp_path,
            env=environment(environ),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return a plain environment in which the checkout is importable from anywhere."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


@pytest.fixture
def spec(tmp_path: Path) -> Callable[..., None]:
    """Return a function that writes a spec about indexes into the folder."""

    def write(*requirements: str, dsn: str = "${env:DSN}", **target: Any) -> None:
        fields = "".join(f", {name}: {value}" for name, value in target.items())
        lines = [
            "perfcheck: 1",
            "name: shop",
            f"targets: {{db: {{kind: postgres, dsn: '{dsn}'{fields}}}}}",
            "checklist: {items: [{id: ix, item: Indexes, requires: [indexes]}]}",
            "indexes:",
            *(f"  - {line}" for line in requirements),
        ]
        (tmp_path / "perfcheck.yaml").write_text("\n".join(lines) + "\n", "utf-8")

    return write


GOOD = "{name: idx_jobs_tenant_created_at, table: jobs, columns: [tenant_id, created_at DESC]}"
BAD = "{name: missing, table: jobs, columns: [updated_at], remediation: create it}"
