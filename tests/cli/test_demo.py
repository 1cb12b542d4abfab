"""The demo, as the README shows it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT, environment

pytestmark = [pytest.mark.live, pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path, servers_installed: bool) -> subprocess.CompletedProcess[str]:
    """Run the demo once, in a folder of its own."""
    assert servers_installed
    command = [sys.executable, "-m", "perfcheck", "demo", "--scale", "0.02"]
    return subprocess.run(
        [*command, "--report", "json:demo.json"],
        cwd=folder,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_ticks_what_it_proved_and_ends_with_the_code_of_verify(
    demo: subprocess.CompletedProcess[str], folder: Path
):
    report: dict[str, Any] = json.loads((folder / "demo.json").read_text("utf-8"))
    assert demo.returncode == report["exit_code"], demo.stderr
    judged = [r for r in report["results"] if r["reason_code"] != "no_check"]
    assert [r["requirement"] for r in judged if r["outcome"] != "pass"] == []
    assert sum(tick["ticked"] for tick in report["checklist"]) == 5


def test_the_readme_shows_what_it_prints(demo: subprocess.CompletedProcess[str]):
    readme = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"<!-- output: demo -->\n```text\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    assert found[1] in demo.stdout
    assert "perfcheck verify SPEC" in demo.stderr


def test_no_secret_of_the_service_is_printed(demo: subprocess.CompletedProcess[str], folder: Path):
    said = demo.stdout + demo.stderr + (folder / "demo.json").read_text("utf-8")
    assert "postgresql://" not in said
    assert "Bearer" not in said
    assert not re.search(r"\b[0-9a-f]{48}\b", said)  # passwords and tokens are 24 random bytes
