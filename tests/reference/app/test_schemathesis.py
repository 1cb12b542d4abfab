"""A public fuzzer of APIs, on the running service: whatever it sends, no answer is a 5xx."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from perfcheck.reference.service import Running

pytestmark = pytest.mark.live


def test_no_request_makes_the_service_fail(reference: Running, tmp_path: Path) -> None:
    environment = reference.environment
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run"),
        environment["PERFCHECK_API_URL"] + "/openapi.json",
        *("--header", f"Authorization: Bearer {environment['PERFCHECK_API_TOKEN']}"),
        *("--header", f"X-Tenant-Id: {next(iter(reference.tokens))}"),
        *("--checks", "not_a_server_error", "--max-examples", "50", "--no-color"),
    ]
    fuzzed = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert fuzzed.returncode == 0, fuzzed.stdout + fuzzed.stderr
    assert re.search(r"Tested: [1-9]", fuzzed.stdout), fuzzed.stdout
