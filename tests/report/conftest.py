"""The report that all formats are shown with, and the golden files they are compared with.

`PERFCHECK_UPDATE_GOLDEN=1 pytest tests/report` writes the files anew; review them as prose.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum
from itertools import cycle
from pathlib import Path

import pytest
from pydantic import BaseModel

from perfcheck.model import (
    Disposition,
    Evidence,
    Finding,
    Location,
    Outcome,
    Proof,
    Report,
    Result,
    Severity,
    SpecIdentity,
    Summary,
    Tick,
    Tool,
    Verdict,
)

GOLDEN = Path(__file__).parent / "golden"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

EXIT_REASONS = {
    0: "everything that counts was proved",
    1: "2 requirements failed and 6 could not be verified",
    3: "some requirements could not be verified",
}

Golden = Callable[[str | Path, str], None]


@pytest.fixture
def golden() -> Golden:
    """Compare a text with a golden file, or write the file if asked to."""

    def compare(file: str | Path, text: str) -> None:
        path = GOLDEN / file
        if os.environ.get("PERFCHECK_UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8", newline="")
        assert text == path.read_text(encoding="utf-8"), f"differs from {path.name}"

    return compare


def result(
    requirement: str,
    outcome: Outcome,
    *,
    severity: Severity = "medium",
    title: str | None = None,
    line: int = 1,
    **more: object,
) -> Result:
    section, _, name = requirement.partition("/")
    fields = {
        "requirement": requirement,
        "section": section,
        "id": name,
        "title": title or name,
        "severity": severity,
        "outcome": outcome,
        "location": Location(file="perf/database.yaml", line=line, column=5),
        **more,
    }
    return Result.model_validate(fields)


def evidence(observed: str, *, target: str = "db", probe: str = "database.indexes") -> Evidence:
    asked = "select indexrelid::regclass, indisvalid\nfrom pg_catalog.pg_index\norder by 1"
    return Evidence(
        target=target,
        probe=probe,
        asked=asked if target == "db" else "GET /api/v1/jobs?limit=50 (Accept-Encoding: br)",
        observed=observed,
        taken_at=NOON,
        duration_ms=1.25,
    )


def holds(subject: str, observed: str, proof: Proof = Proof.EFFECTIVE) -> Finding:
    return Finding(
        subject=subject,
        expected="a valid index that the planner uses",
        observed=observed,
        verdict=Verdict.HOLDS,
        proof=proof,
        message=f"{subject}: {observed}",
    )


def breaks(subject: str, expected: str, observed: str) -> Finding:
    return Finding(
        subject=subject,
        expected=expected,
        observed=observed,
        verdict=Verdict.BREAKS,
        message=f"{subject} is {observed}; {expected} is required",
    )


def undecided(subject: str, expected: str, needs: str) -> Finding:
    return Finding(
        subject=subject,
        expected=expected,
        observed="not visible to this role",
        verdict=Verdict.UNDECIDED,
        needs=needs,
        message=f"{subject} is not visible to this role",
    )


def report_of(*results: Result, checklist: tuple[Tick, ...] = (), exit_code: int = 1) -> Report:
    numbers = {outcome: sum(r.outcome is outcome for r in results) for outcome in Outcome}
    decided = len(results) - numbers[Outcome.UNVERIFIED] - numbers[Outcome.SKIPPED]
    return Report(
        tool=Tool(version="0.1.0"),
        spec=SpecIdentity(
            name="orders",
            title="Orders API - Performance Optimization Guide",
            path="perf/perfcheck.yaml",
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ),
        profile="prod",
        started_at=NOON,
        duration_s=1.9,
        exit_code=exit_code,
        exit_reason=EXIT_REASONS[exit_code],
        summary=Summary(
            selected=len(results),
            passed=numbers[Outcome.PASS],
            fail=numbers[Outcome.FAIL],
            unverified=numbers[Outcome.UNVERIFIED],
            not_applicable=numbers[Outcome.NOT_APPLICABLE],
            skipped=numbers[Outcome.SKIPPED],
            coverage=decided / len(results) if results else 0.0,
        ),
        checklist=checklist,
        results=results,
    )


def _indexes() -> tuple[Result, ...]:
    proved = tuple(
        result(
            f"indexes/idx_orders_{name}",
            Outcome.PASS,
            severity="high",
            title=f"Orders are indexed by {name}",
            line=line,
            proof=Proof.EFFECTIVE,
            findings=(holds(f"idx_orders_{name}", "valid, 8192 bytes, used by the planner"),),
            evidence=(evidence(f"idx_orders_{name}: valid, ready, 8192 bytes"),),
        )
        for line, name in enumerate(("tenant", "status", "created"), start=3)
    )
    broken = result(
        "indexes/idx_orders_rules_gin",
        Outcome.FAIL,
        severity="high",
        title="Rules are searched through a GIN index",
        line=41,
        findings=(
            holds("idx_orders_rules_gin", "exists", Proof.PRESENT),
            breaks("idx_orders_rules_gin", "using gin (rules jsonb_path_ops)", "using btree (id)"),
            breaks("idx_orders_rules_gin", "valid", "invalid since a failed concurrent build"),
            undecided("orders", "analyzed within 7d", "grant pg_read_all_stats to perfcheck"),
        ),
        evidence=(evidence("idx_orders_rules_gin: not valid"),),
        rationale="Rule search reads 40 million rows without it.",
        remediation="drop index concurrently idx_orders_rules_gin;\n"
        "create index concurrently idx_orders_rules_gin on orders"
        " using gin (rules jsonb_path_ops);",
    )
    return (*proved, broken)


def _partitions() -> tuple[Result, ...]:
    return (
        result(
            "partitions/audit_logs",
            Outcome.FAIL,
            severity="critical",
            line=52,
            findings=(breaks("audit_logs", "2 months ahead (to 2026-06-01)", "0 months ahead"),),
            remediation="create table audit_logs_2026_04 partition of audit_logs"
            " for values from ('2026-04-01') to ('2026-05-01');",
        ),
        result(
            "partitions/events",
            Outcome.FAIL,
            severity="medium",
            line=53,
            disposition=Disposition.WAIVED,
            reason="waived by @dba until 2026-06-30: the archive job moves with OPS-12",
            findings=(breaks("events", "12 months kept", "31 months kept"),),
        ),
        result(
            "partitions/legacy",
            Outcome.FAIL,
            severity="low",
            line=54,
            disposition=Disposition.BASELINED,
            findings=(breaks("legacy", "an empty default partition", "12,345 rows in it"),),
        ),
        result(
            "partitions/tmp",
            Outcome.UNVERIFIED,
            severity="info",
            line=55,
            disposition=Disposition.NON_GATING,
            reason="tmp is locked by another session",
            reason_code="locked",
        ),
        result(
            "partitions/matches",
            Outcome.NOT_APPLICABLE,
            line=56,
            reason="the spec's `when` asks for more than 1 million rows; there are 12",
        ),
    )


def _open() -> tuple[Result, ...]:
    statements = tuple(
        result(
            f"statements/{name}",
            Outcome.UNVERIFIED,
            severity="high" if name == "list" else "medium",
            line=line,
            reason="pg_stat_statements hides the text of other roles' statements",
            reason_code="privilege",
            findings=(undecided(name, "p95 under 20 ms", "grant pg_read_all_stats to perfcheck"),),
        )
        for line, name in enumerate(("search", "list", "export"), start=70)
    )
    view = result(
        "materialized_views/daily_sales",
        Outcome.UNVERIFIED,
        severity="high",
        title="Daily sales are at most 26 hours old",
        line=61,
        reason="nothing records when daily_sales was refreshed",
        reason_code="stale",
        findings=(
            holds("daily_sales", "a unique index allows a concurrent refresh", Proof.PRESENT),
            undecided(
                "daily_sales", "refreshed within 26h", "a refresh log or track_commit_timestamp"
            ),
        ),
    )
    return (view, *statements)


def _other() -> tuple[Result, ...]:
    compressed = result(
        "compression/orders-list",
        Outcome.PASS,
        title="Order lists are compressed",
        line=80,
        proof=Proof.MEASURED,
        findings=(holds("/api/v1/jobs", "br, 11.2 times smaller", Proof.MEASURED),),
        evidence=(
            evidence("br, 1,204 of 13,485 bytes", target="api", probe="http.exchange"),
            evidence("identity, 13,485 bytes", target="api", probe="http.exchange"),
        ),
    )
    dashboards = tuple(
        result(
            f"dashboards/{name}",
            Outcome.UNVERIFIED,
            line=90,
            reason="no check judges this section yet",
            reason_code="no_check",
        )
        for name in ("orders", "cache")
    )
    latency = tuple(
        result(
            f"latency/{name}",
            Outcome.SKIPPED,
            line=95,
            reason="needs the permission `load`, which the profile prod does not give",
        )
        for name in ("list", "detail", "health")
    )
    return (compressed, *dashboards, *latency)


@pytest.fixture(scope="session")
def report() -> Report:
    """Return a report with every outcome, disposition, verdict and proof in it."""
    return report_of(
        *_indexes(),
        *_partitions(),
        *_open(),
        *_other(),
        checklist=(
            Tick(
                id="indexes",
                item="Database indexes created and analyzed",
                ticked=False,
                requires=("indexes",),
                note="1 of 4 fails: indexes/idx_orders_rules_gin",
            ),
            Tick(
                id="views",
                item="Materialized views refreshed",
                ticked=False,
                requires=("materialized_views/daily_sales",),
                note="materialized_views/daily_sales is unverified",
            ),
            Tick(
                id="compression",
                item="Compression enabled (Gzip/Brotli)",
                ticked=True,
                requires=("compression/orders-list",),
            ),
            Tick(
                id="load",
                item="Load tests passing",
                ticked=False,
                requires=("latency",),
                note="3 of 3 are skipped",
            ),
        ),
    )


@pytest.fixture(scope="session")
def make_result() -> Callable[..., Result]:
    """Return the maker of one result; its fields may be given by name."""
    return result


@pytest.fixture(scope="session")
def make_report() -> Callable[..., Report]:
    """Return the maker of a report of the given results."""
    return report_of


def _with_texts(value: object, texts: Iterator[str]) -> object:
    match value:
        case str() if not isinstance(value, Enum):
            return next(texts)
        case tuple():
            return tuple(_with_texts(item, texts) for item in value)
        case BaseModel():
            kept = (
                {"severity", "format", "reason_code"} if not isinstance(value, Tool) else {"name"}
            )
            names = type(value).model_fields.keys() - kept
            return value.model_copy(
                update={name: _with_texts(getattr(value, name), texts) for name in sorted(names)}
            )
        case _:
            return value


@pytest.fixture(scope="session")
def with_texts(report: Report) -> Callable[[list[str]], Report]:
    """Return the maker of the same report in which all texts are replaced by the given ones."""

    def replace(texts: list[str]) -> Report:
        replaced = _with_texts(report, cycle(texts))
        assert isinstance(replaced, Report)
        return replaced

    return replace
