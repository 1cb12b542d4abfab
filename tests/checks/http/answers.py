"""Facts of a correct API, written by hand, with single answers replaced by a test."""

import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import brotli  # type: ignore[import-untyped]  # the package brings no types

from perfcheck.checks.base import Check
from perfcheck.model import Finding, Verdict
from perfcheck.probes.base import Answer, Answers, Facts, Failure, Probe
from perfcheck.probes.http.reply import Reply, keep

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BODY = json.dumps([{"id": n, "name": f"job-{n * n % 1009}"} for n in range(200)]).encode()
CODED: dict[str, bytes] = {
    "identity": BODY,
    "gzip": gzip.compress(BODY, 6, mtime=0),
    "br": brotli.compress(BODY, quality=5),
}


def answered(
    coding: str = "identity", body: bytes | None = None, status: int = 200, **headers: str | None
) -> Reply:
    """Return an answer; a header given as None is left out, `_` stands for `-`."""
    usual: dict[str, str | None] = {"vary": "Accept-Encoding", "content-type": "application/json"}
    if coding != "identity":
        usual["content-encoding"] = coding
    usual.update({name.replace("_", "-"): value for name, value in headers.items()})
    kept = tuple((name, value) for name, value in usual.items() if value is not None)
    return keep(status, kept, CODED.get(coding, b"") if body is None else body)


def answers(facts: dict[Probe[Any], Facts | Failure]) -> Answers:
    """Return answers as gather would."""
    return Answers(
        {
            probe: Answer(outcome=outcome, asked=(), taken_at=NOON, duration_ms=0.0)
            for probe, outcome in facts.items()
        }
    )


def judged(check: Check, facts: dict[Probe[Any], Facts | Failure]) -> list[Finding]:
    """Return the findings of a check on facts, which must survive being saved."""
    saved: dict[Probe[Any], Facts | Failure] = {
        probe: type(found).model_validate_json(found.model_dump_json())
        for probe, found in facts.items()
    }
    assert saved == facts
    return list(check.evaluate(answers(saved)))


def outcome(findings: Iterable[Finding]) -> str:
    """Return what the line makes of findings."""
    verdicts = {finding.verdict for finding in findings}
    if Verdict.BREAKS in verdicts:
        return "fail"
    return "pass" if verdicts == {Verdict.HOLDS} else "unverified"


def messages(findings: Iterable[Finding], verdict: Verdict) -> str:
    """Return the sentences of a verdict, one a line."""
    return "\n".join(finding.message for finding in findings if finding.verdict is verdict)
