"""Planning: what is asked, once, and what is left out and why."""

import pytest

from perfcheck.errors import UsageError
from perfcheck.plan import make_plan
from tests.line import ReadHeights, Weigh, plan_of, profile, requirement, spec_of


def test_probes_that_differ_in_their_subjects_are_asked_as_one():
    plan = plan_of(*(requirement(f"n{i}") for i in range(50)))
    (question,) = plan.questions
    assert isinstance(question.probe, ReadHeights)
    assert len(question.probe.subjects) == 50
    assert all(plan.sent_as[q] == question for step in plan.steps for q in step.questions)


def test_equal_probes_are_asked_once():
    plan = plan_of(
        requirement("a", measured=True), requirement("a", id="again", at_least=3, measured=True)
    )
    assert len(plan.questions) == 2
    assert [q.probe for q in plan.questions if q.probe.exclusive] == [Weigh("a")]


def test_without_a_profile_only_reading_is_allowed():
    plan = make_plan(spec_of(requirement("a"), requirement("b", measured=True)))
    assert [step.skipped for step in plan.steps] == [
        None,
        "needs the permission load, which a run without --profile does not allow",
    ]
    assert plan.steps[1].questions == ()


def test_a_profile_that_does_not_allow_it_skips_and_says_so():
    spec = spec_of(
        requirement("b", measured=True), profiles={"prod": profile("read")}, profile="prod"
    )
    (step,) = make_plan(spec).steps
    assert step.skipped == "needs the permission load, which profile prod does not allow"
    assert step.selected


def test_a_requirement_of_other_profiles_is_not_selected():
    one, known = requirement("b", profiles=["prod"]), {"prod": profile("read")}
    (step,) = make_plan(spec_of(one, profiles=known)).steps
    assert (step.skipped, step.selected) == ("only for profile prod", False)
    assert make_plan(spec_of(one, profiles=known, profile="prod")).steps[0].skipped is None


def test_only_selects_sections_and_single_requirements():
    spec = spec_of(requirement("a"), requirement("b"))
    plan = make_plan(spec, only=("heights/b",))
    assert [step.selected for step in plan.steps] == [False, True]
    assert all(step.selected for step in make_plan(spec, only=("heights",)).steps)


def test_a_selection_that_the_spec_does_not_have_is_a_usage_error():
    with pytest.raises(UsageError, match="--only height: the spec has no such"):
        make_plan(spec_of(requirement("a")), only=("height",))
