"""The age of a materialized view is an interval; only what lies outside the limit decides."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from perfcheck.checks.database.materialized_views import MaterializedViews
from perfcheck.model import Finding, Verdict
from perfcheck.probes.base import Answer, Answers
from perfcheck.probes.database.materialized_views import MaterializedView, ViewFacts
from perfcheck.sqltext.columns import TableName
from tests.checks.database.server import NOW, server

HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)


def facts_of(*, tracked: bool = True, read: bool = True, **more: Any) -> ViewFacts:
    values: dict[str, Any] = {
        "relkind": "m",
        "populated": True,
        "readable": True,
        "rows_read": 3,
        "unique_indexes": ("v_key",),
    }
    view = MaterializedView(name=TableName("public", "v"), **values | more)
    read_at = NOW if read else None
    return ViewFacts(server=server(), read_at=read_at, tracked=tracked, views=(view,))


def judge(facts: ViewFacts, **declared: Any) -> list[Finding]:
    check = MaterializedViews.model_validate({"name": "v"} | declared)
    (probe,) = check.probes()
    return list(check.evaluate(Answers({probe: Answer(facts, (), NOW, 1.0)})))


def outcome(findings: Sequence[Finding]) -> str:
    verdicts = {finding.verdict for finding in findings}
    if Verdict.BREAKS in verdicts:
        return "fail"
    if Verdict.UNDECIDED in verdicts or not findings:
        return "unverified"
    return "pass"


@pytest.mark.parametrize(
    ("facts", "expected", "said"),
    [
        (facts_of(not_before=NOW - HOUR, not_after=NOW), "pass", "at most 1.0 h old"),
        (facts_of(not_before=NOW - HOUR - TICK, not_after=NOW - HOUR), "unverified", "between"),
        (facts_of(not_before=NOW - 9 * HOUR, not_after=NOW - HOUR - TICK), "fail", "at least"),
        (facts_of(not_before=None, not_after=NOW - 2 * HOUR), "fail", "at least 2.0 h old"),
        (facts_of(not_before=NOW, not_after=None), "pass", "at most 0 s old"),
        # Refreshed after its catalog row was read: the rows prove it.
        (facts_of(not_before=NOW, not_after=NOW - 5 * HOUR), "pass", "at most 0 s old"),
        (facts_of(relkind=None), "fail", "does not exist"),
        (facts_of(relkind="r"), "fail", "an ordinary table"),
        (facts_of(populated=False, rows_read=None), "fail", "every query on it fails"),
    ],
)
def test_the_limit_is_exact_on_both_sides(facts: ViewFacts, expected: str, said: str) -> None:
    findings = judge(facts, refreshed_within="1h")
    assert outcome(findings) == expected
    assert said in " | ".join(finding.message for finding in findings)


@pytest.mark.parametrize(
    ("facts", "needs"),
    [
        (facts_of(tracked=False, read=False, rows_read=None), "track_commit_timestamp = on"),
        (facts_of(read=False, locked=True, rows_read=None), "the lock on v released"),
        (
            facts_of(read=False, readable=False, rows_read=None, not_after=NOW),
            'GRANT SELECT ON "public"."v" TO "perfcheck"',
        ),
        (facts_of(rows_read=0, not_after=NOW), "a row in it"),
        (facts_of(not_after=NOW), "one refresh while track_commit_timestamp is on"),
        (facts_of(not_before=NOW + HOUR, not_after=NOW + HOUR), "clock that was not set back"),
        (facts_of(not_before=NOW - 9 * HOUR, not_after=NOW), "refreshed_at"),
    ],
)
def test_what_would_decide_the_age_is_named(facts: ViewFacts, needs: str) -> None:
    findings = judge(facts, refreshed_within="1h")
    assert outcome(findings) == "unverified"
    assert needs in (findings[-1].needs or "")


def test_a_view_without_a_usable_unique_index_breaks_concurrently() -> None:
    assert outcome(judge(facts_of(), concurrently=True)) == "pass"
    assert outcome(judge(facts_of(unique_indexes=()), concurrently=True)) == "fail"


def test_every_declared_field_is_answered() -> None:
    findings = judge(facts_of(not_before=NOW), refreshed_within="1h", concurrently=True)
    assert len(findings) == 3
    unpopulated = facts_of(populated=False, unique_indexes=())
    assert len(judge(unpopulated, refreshed_within="1h", concurrently=True)) == 3


def test_concurrently_false_is_a_mistake_of_the_spec() -> None:
    with pytest.raises(ValidationError, match="asserts nothing"):
        MaterializedViews.model_validate({"name": "v", "concurrently": False})


moments = st.none() | st.integers(0, 7200).map(lambda s: NOW - timedelta(seconds=s))


@given(
    before=moments,
    after=moments,
    tracked=st.booleans(),
    limit_s=st.integers(1, 7200),
)
def test_a_pass_always_has_a_lower_bound_within_the_limit(
    *, before: datetime | None, after: datetime | None, tracked: bool, limit_s: int
) -> None:
    facts = facts_of(not_before=before, not_after=after, tracked=tracked)
    passed = outcome(judge(facts, refreshed_within=f"{limit_s}s")) == "pass"
    assert passed == (before is not None and NOW - before <= timedelta(seconds=limit_s))


def test_facts_survive_being_saved() -> None:
    facts = facts_of(not_before=NOW - HOUR, not_after=NOW)
    assert ViewFacts.model_validate_json(facts.model_dump_json()) == facts


def test_an_entry_is_called_as_its_view_is_written() -> None:
    assert MaterializedViews.model_validate({"name": "v"}).identity == "v"
    assert MaterializedViews.model_validate({"name": "sales.v"}).identity == "sales.v"
