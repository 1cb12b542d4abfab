"""Judging: outcomes from findings alone, dispositions, exit codes, ticks."""

import asyncio
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.engine import judge
from perfcheck.errors import ExitCode, NotApplicableError, ProbeError, UsageError
from perfcheck.evaluate import exit_of, outcome_of
from perfcheck.facts import Gathered, answers_in, dump_facts, read_facts
from perfcheck.model import Disposition, Location, Outcome, Proof, Report, Result
from perfcheck.plan import Plan, make_plan
from perfcheck.spec.model import Item
from tests.line import NOON, FakeClient, Height, gathered, plan_of, profile, requirement, spec_of

H = holds("s", "e", "o", proof=Proof.PRESENT, message="m")
B = breaks("s", "e", "o", message="m")
U = undecided("s", "e", "o", needs="n", message="m")


@pytest.mark.parametrize(
    ("findings", "outcome"),
    [
        ([H], Outcome.PASS),
        ([H, H], Outcome.PASS),
        ([H, U], Outcome.UNVERIFIED),
        ([H, B], Outcome.FAIL),
        ([U, B, H], Outcome.FAIL),
        ([U], Outcome.UNVERIFIED),
        ([], Outcome.UNVERIFIED),
    ],
)
def test_the_outcome_follows_from_the_findings(findings: list[Any], outcome: Outcome):
    assert outcome_of(findings) is outcome


@given(st.lists(st.sampled_from([H, B, U]), max_size=6), st.sampled_from([B, U]))
def test_nothing_that_is_added_to_a_break_or_a_doubt_makes_a_pass(findings: list[Any], more: Any):
    assert outcome_of([*findings, more]) is not Outcome.PASS


def result(outcome: Outcome, disposition: Disposition = Disposition.NONE) -> Result:
    return Result(
        requirement="s/i",
        section="s",
        id="i",
        title="i",
        severity="medium",
        outcome=outcome,
        disposition=disposition,
        location=Location(file="f", line=1, column=1),
    )


PASS, FAIL, UNVERIFIED = map(result, (Outcome.PASS, Outcome.FAIL, Outcome.UNVERIFIED))
NOT_APPLICABLE, SKIPPED = map(result, (Outcome.NOT_APPLICABLE, Outcome.SKIPPED))
WAIVED = result(Outcome.FAIL, Disposition.WAIVED)
BASELINED = result(Outcome.FAIL, Disposition.BASELINED)
QUIET_FAIL = result(Outcome.FAIL, Disposition.NON_GATING)
QUIET_UNVERIFIED = result(Outcome.UNVERIFIED, Disposition.NON_GATING)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([PASS], ExitCode.VERIFIED),
        ([PASS, SKIPPED, NOT_APPLICABLE], ExitCode.VERIFIED),
        ([PASS, WAIVED, BASELINED], ExitCode.VERIFIED),
        ([WAIVED], ExitCode.VERIFIED),
        ([PASS, QUIET_FAIL, QUIET_UNVERIFIED], ExitCode.VERIFIED),
        ([PASS, FAIL], ExitCode.FAILED),
        ([UNVERIFIED, FAIL], ExitCode.FAILED),
        ([PASS, UNVERIFIED], ExitCode.UNVERIFIED),
        ([], ExitCode.UNVERIFIED),
        ([SKIPPED], ExitCode.UNVERIFIED),
        ([NOT_APPLICABLE], ExitCode.UNVERIFIED),
        ([QUIET_FAIL], ExitCode.UNVERIFIED),
    ],
)
def test_the_exit_code_follows_from_the_results(results: list[Result], code: ExitCode):
    assert exit_of(results)[0] is code


def verified(plan: Plan, table: dict[str, int | Exception]) -> tuple[Report, Gathered]:
    found = asyncio.run(gathered(plan, FakeClient(table)))
    return judge(plan, found), found


def test_a_pass_shows_what_was_seen_and_how():
    report, _ = verified(plan_of(requirement("a")), {"a": 2})
    (found,) = report.results
    assert (found.outcome, found.proof) == (Outcome.PASS, Proof.PRESENT)
    assert found.findings[0].observed == "2"
    (evidence,) = found.evidence
    assert (evidence.asked, evidence.observed, evidence.taken_at) == ("heights of a", "a=2", NOON)
    assert (report.exit_code, report.summary.coverage) == (0, 1.0)


def test_the_weakest_proof_is_the_one_that_is_claimed():
    report, _ = verified(plan_of(requirement("a", measured=True)), {"a": 2})
    assert report.results[0].proof is Proof.PRESENT


def test_a_requirement_without_an_answer_is_unverified_and_says_what_is_needed():
    error = ProbeError("privilege", "permission denied", needs="grant select")
    report, _ = verified(plan_of(requirement("a"), requirement("b")), {"a": error, "b": 2})
    a, b = report.results
    assert (a.outcome, a.reason, a.reason_code) == (
        Outcome.UNVERIFIED,
        "db: permission denied",
        "privilege",
    )
    assert a.findings[-1].needs == "grant select"
    assert b.outcome is Outcome.PASS
    assert report.exit_code == 3


def test_what_broke_before_an_answer_was_missing_still_fails():
    """`b` breaks on its first probe; the second one has no answer."""
    plan = plan_of(requirement("b", at_least=5, measured=True))
    found = asyncio.run(gathered(plan, FakeClient({"b": 2})))
    kept = {q: a for q, a in found.answers.items() if not q.probe.exclusive}
    report = judge(plan, Gathered(found.started_at, found.duration_s, kept))
    assert report.results[0].outcome is Outcome.FAIL
    assert report.results[0].reason_code == "not_asked"


class Broken(Height):
    """A check with a bug."""

    @override
    def evaluate(self, answers: Any) -> Any:
        raise ZeroDivisionError(self.name)


class Elsewhere(Height):
    """A check that finds proof of having no subject."""

    @override
    def evaluate(self, answers: Any) -> Any:
        raise NotApplicableError("the server has no such feature")


class Idle(Height):
    """A check that forgets to look."""

    @override
    def evaluate(self, answers: Any) -> Any:
        return iter(())


@pytest.mark.parametrize(
    ("kind", "outcome", "reason"),
    [
        (Broken, Outcome.UNVERIFIED, "a bug in the check of heights/a: ZeroDivisionError"),
        (Elsewhere, Outcome.NOT_APPLICABLE, "the server has no such feature"),
        (Idle, Outcome.UNVERIFIED, "the check looked at nothing"),
    ],
)
def test_a_check_can_never_slip_into_a_pass(kind: type[Height], outcome: Outcome, reason: str):
    one = requirement("a")
    check = kind.model_validate({"name": "a"})
    plan = plan_of(type(one)(one.section, one.id, check, one.location, one.target))
    (found,) = verified(plan, {"a": 2})[0].results
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("severity", "gate", "disposition"),
    [
        ("low", "low", Disposition.NONE),
        ("low", "medium", Disposition.NON_GATING),
        ("critical", "critical", Disposition.NONE),
        ("info", "info", Disposition.NON_GATING),
    ],
)
def test_below_the_gate_a_failure_stays_visible_and_does_not_count(
    severity: str, gate: Any, disposition: Disposition
):
    spec = spec_of(
        requirement("a", severity=severity, at_least=5),
        requirement("b", severity="critical"),
        profiles={"p": profile("read", gate=gate)},
        profile="p",
    )
    report, _ = verified(make_plan(spec), {"a": 1, "b": 1})
    assert (report.results[0].outcome, report.results[0].disposition) == (Outcome.FAIL, disposition)
    assert report.exit_code == (1 if disposition is Disposition.NONE else 0)


@pytest.mark.parametrize(("a", "b"), list(product([0, 1], repeat=2)))
def test_a_box_is_ticked_only_if_everything_it_requires_passed(a: int, b: int):
    items = (
        Item(id="both", item="Both", requires=("heights",)),
        Item(id="one", item="One", requires=("heights/a",)),
    )
    report, _ = verified(plan_of(requirement("a"), requirement("b"), items=items), {"a": a, "b": b})
    assert [tick.ticked for tick in report.checklist] == [bool(a and b), bool(a)]
    assert [tick.note is None for tick in report.checklist] == [bool(a and b), bool(a)]


def test_a_skipped_requirement_ticks_nothing():
    spec = spec_of(
        requirement("a", measured=True), items=(Item(id="x", item="X", requires=("heights",)),)
    )
    report, _ = verified(make_plan(spec), {})
    assert [t.ticked for t in report.checklist] == [False]
    assert report.exit_reason == "nothing was checked"


def reread(text: str, plan: Plan) -> Gathered:
    return answers_in(read_facts(text), plan)


def test_saved_facts_are_judged_to_the_same_report():
    plan = plan_of(requirement("a"), requirement("b"), requirement("c", measured=True))
    error = ProbeError("privilege", "denied", needs="a grant")
    report, found = verified(plan, {"a": 2, "b": error, "c": 0})
    again = judge(plan, reread(dump_facts(plan, found), plan))
    assert again == report


def test_facts_of_another_spec_leave_what_they_do_not_answer_unverified():
    plan = plan_of(requirement("a"))
    _, found = verified(plan, {"a": 2})
    other = plan_of(requirement("z"))
    report = judge(other, reread(dump_facts(plan, found), other))
    assert report.results[0].reason_code == "not_asked"


def test_secrets_reach_neither_the_report_nor_the_facts_file():
    plan = plan_of(
        requirement("hunter2", id="plain", title="hunter2", remediation="use hunter2"),
        items=(Item(id="x", item="Use hunter2", requires=("heights",)),),
        secrets=frozenset({"hunter2"}),
    )
    report, found = verified(plan, {"hunter2": 2})
    assert "hunter2" not in report.model_dump_json()
    assert "hunter2" not in dump_facts(plan, found)
    assert report.checklist[0].ticked


def test_a_secret_that_is_a_part_of_an_id_hides_no_requirement_from_its_item():
    plan = plan_of(
        requirement("jobs", at_least=5),
        requirement("b"),
        items=(Item(id="x", item="X", requires=("heights/jobs", "heights/b")),),
        secrets=frozenset({"jobs"}),
    )
    report, _ = verified(plan, {"jobs": 1, "b": 1})
    assert [r.requirement for r in report.results] == ["heights/jobs", "heights/b"]
    assert not report.checklist[0].ticked


def test_an_item_that_requires_what_is_not_there_is_not_ticked():
    items = (Item(id="x", item="X", requires=("heights/a", "heights/gone")),)
    report, _ = verified(plan_of(requirement("a"), items=items), {"a": 1})
    assert not report.checklist[0].ticked


def test_facts_that_hold_a_secret_are_not_saved_changed():
    """A name that happens to be a secret: replaced, it would be judged to be missing."""
    plan = plan_of(requirement("name", id="one"), secrets=frozenset({"name"}))
    report, found = verified(plan, {"name": 9})
    assert report.results[0].outcome is Outcome.PASS
    again = judge(plan, reread(dump_facts(plan, found), plan))
    assert again.results[0].outcome is Outcome.UNVERIFIED
    assert again.results[0].findings[0].needs == "a live run"


def test_saved_facts_answer_a_selection_of_what_was_asked():
    spec = spec_of(requirement("a"), requirement("b"), requirement("c"))
    _, found = verified(make_plan(spec), {"a": 1, "b": 0, "c": 1})
    some = make_plan(spec, only=("heights/a", "heights/b"))
    report = judge(some, reread(dump_facts(make_plan(spec), found), some))
    assert [r.outcome for r in report.results] == [Outcome.PASS, Outcome.FAIL, Outcome.SKIPPED]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"duration_ms": 1000', '"duration_ms": 1e999'),
        ("+00:00", ""),
        ('"schema": "perfcheck-facts/1",', ""),
        ("perfcheck-facts/1", "perfcheck-facts/2"),
    ],
)
def test_a_facts_file_that_is_not_as_it_was_written_is_refused(old: str, new: str):
    plan = plan_of(requirement("a"))
    _, found = verified(plan, {"a": 2})
    text = dump_facts(plan, found).replace('Z"', '+00:00"')
    assert old in text
    with pytest.raises(UsageError, match="this is no facts file"):
        reread(text.replace(old, new), plan)


class Partly(Height):
    """A check that finds a break before it finds that there is no subject."""

    @override
    def evaluate(self, answers: Any) -> Any:
        yield B
        raise NotApplicableError("nothing there")


def test_what_broke_is_never_not_applicable():
    one = requirement("a")
    check = Partly.model_validate({"name": "a"})
    plan = plan_of(type(one)(one.section, one.id, check, one.location, one.target))
    assert verified(plan, {"a": 2})[0].results[0].outcome is Outcome.FAIL
