"""Ask a probe on a live server, and judge a check with what it answers."""

import asyncio
from datetime import UTC, datetime
from typing import TypeVar

from perfcheck.checks.base import Check
from perfcheck.errors import ProbeError
from perfcheck.model import Finding, Verdict
from perfcheck.probes.base import Answer, Answers, Facts, Failure, Probe
from perfcheck.spec.targets import PostgresTarget
from perfcheck.targets.postgres import PostgresClient

F = TypeVar("F", bound=Facts)


def ask(probe: Probe[F], dsn: str, *, zone: str = "UTC") -> tuple[F, int]:
    """Return the facts, which survive being saved, and how many round trips they took."""

    async def go() -> tuple[F, int]:
        client = PostgresClient(PostgresTarget(kind="postgres", dsn=dsn, timezone=zone))
        try:
            async with client.session() as session:
                facts = await probe.ask(session)
                return facts, len(session.journal)
        finally:
            await client.close()

    facts, trips = asyncio.run(go())
    assert type(facts).model_validate_json(facts.model_dump_json()) == facts
    return facts, trips


def judge(check: Check, dsn: str, *, zone: str = "UTC") -> list[Finding]:
    """Return a check's findings on a live server."""
    answers = {}
    for probe in check.probes():
        outcome: Facts | Failure
        try:
            outcome, _ = ask(probe, dsn, zone=zone)
        except ProbeError as error:
            outcome = Failure(
                reason_code=error.reason_code, message=error.message, needs=error.needs
            )
        answers[probe] = Answer(outcome, (), datetime.now(UTC), 0.0)
    return list(check.evaluate(Answers(answers)))


def not_holding(findings: list[Finding]) -> list[tuple[str, str]]:
    """Return the verdict and the message of each finding that does not hold."""
    return [(f.verdict.value, f.message) for f in findings if f.verdict is not Verdict.HOLDS]
