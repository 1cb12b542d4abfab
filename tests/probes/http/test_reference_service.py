"""The contract's requirements on compression and tags hold on the bundled service."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfcheck.checks.base import Check
from perfcheck.checks.http.compression import Compression
from perfcheck.checks.http.etags import Etags
from perfcheck.model import Verdict
from perfcheck.reference.service import Running
from perfcheck.spec.targets import HttpTarget
from tests.probes.http.planted import gather_and_judge

pytestmark = pytest.mark.live

SPEC = Path(__file__).parents[3] / "specs" / "reconciliation" / "http.yaml"
SECTIONS: dict[str, type[Check]] = {"compression": Compression, "etags": Etags}
ENTRIES: list[tuple[type[Check], dict[str, Any]]] = [
    (SECTIONS[section], entry)
    for section, entries in yaml.safe_load(SPEC.read_text()).items()
    if section in SECTIONS
    for entry in entries
]


@pytest.fixture
def api(reference: Running) -> HttpTarget:
    return HttpTarget.model_validate(
        {
            "kind": "http",
            "url": reference.environment["PERFCHECK_API_URL"],
            "headers": {
                "X-Tenant-Id": "00000000-0000-0000-0000-000000000001",
                "Authorization": f"Bearer {reference.environment['PERFCHECK_API_TOKEN']}",
            },
            "resolve": {"job_id": {"get": "/api/v1/jobs?limit=1", "json": "data[0].id"}},
        }
    )


@pytest.mark.parametrize(("section", "entry"), ENTRIES, ids=[e["id"] for _, e in ENTRIES])
def test_every_finding_holds(section: type[Check], entry: dict[str, Any], api: HttpTarget):
    findings = asyncio.run(gather_and_judge(section.model_validate(entry), api))
    assert [f.message for f in findings if f.verdict is not Verdict.HOLDS] == []
    assert len(findings) >= 5
