"""Gathering: deadlines, bounds, and failures that cost only their own."""

import asyncio
from dataclasses import replace

import pytest

from perfcheck.errors import ProbeError
from perfcheck.facts import Gathered
from perfcheck.gather import Unwatched, gather
from perfcheck.plan import Plan
from perfcheck.probes.base import Failure
from perfcheck.spec.targets import PostgresTarget, Target
from tests.line import FakeClient, FakeClock, Heights, gathered, plan_of, requirement

QUICK = PostgresTarget.model_validate(
    {"kind": "postgres", "dsn": "x", "timeout": "10ms", "concurrency": 2}
)


def outcomes(plan: Plan, found: Gathered) -> list[str]:
    """Return for each requirement `ok`, or the reason code of its failure."""
    said: list[str] = []
    for step in plan.steps:
        for question in step.questions:
            answer = found.answers.get(question) or found.answers[plan.sent_as[question]]
            outcome = answer.outcome
            said.append(outcome.reason_code if isinstance(outcome, Failure) else "ok")
    return said


def run(plan: Plan, client: FakeClient) -> Gathered:
    return asyncio.run(gathered(plan, client))


def test_fifty_requirements_take_one_question():
    client = FakeClient({})
    plan = plan_of(*(requirement(f"n{i}") for i in range(50)))
    assert set(outcomes(plan, run(plan, client))) == {"ok"}
    assert len(client.asked) == 1
    assert client.closed


def test_a_subject_that_fails_costs_only_its_own_requirement():
    client = FakeClient({"b": ProbeError("privilege", "no grant", needs="a grant"), "c": 3})
    plan = plan_of(requirement("a"), requirement("b"), requirement("c"))
    assert outcomes(plan, run(plan, client)) == ["ok", "privilege", "ok"]


def test_a_bug_in_a_probe_costs_only_its_own_requirement():
    client = FakeClient({"b": KeyError("dsn=secret")})
    plan = plan_of(requirement("a"), requirement("b"))
    found = run(plan, client)
    assert outcomes(plan, found) == ["ok", "bug"]
    (failure,) = {
        a.outcome.message for a in found.answers.values() if isinstance(a.outcome, Failure)
    }
    assert failure == "a bug in the probe test.heights: KeyError"


def test_a_target_that_cannot_be_reached_is_asked_once():
    client = FakeClient({}, down=ProbeError("unreachable", "refused"))
    plan = plan_of(*(requirement(f"n{i}", measured=True) for i in range(9)))
    assert set(outcomes(plan, run(plan, client))) == {"unreachable"}
    assert client.asked == []


def test_a_target_that_never_answers_is_given_up_after_one_deadline():
    client = FakeClient({}, wait=lambda: asyncio.Event().wait())
    plan = plan_of(*(requirement(f"n{i}", measured=True) for i in range(9)), target=QUICK)
    assert set(outcomes(plan, run(plan, client))) == {"timeout"}
    assert len(client.asked) == 1


def test_a_target_that_has_answered_is_given_up_after_two_deadlines():
    client = FakeClient({})

    async def answer_once() -> None:
        if len(client.asked) > 1:
            await asyncio.Event().wait()

    client.wait = answer_once
    plan = plan_of(*(requirement(f"n{i}", measured=True) for i in range(9)), target=QUICK)
    assert outcomes(plan, run(plan, client)).count("ok") == 9
    assert len(client.asked) == 3


def test_a_connection_that_is_lost_costs_its_own_probe_only():
    client = FakeClient({"a": ProbeError("connection", "reset"), "b": 2})
    plan = plan_of(requirement("a", measured=True), requirement("b", measured=True))
    found = run(plan, client)
    assert outcomes(plan, found)[-1] == "ok"


def test_a_client_that_cannot_be_made_raises_nothing_and_leaves_nothing_open():
    made: list[FakeClient] = []

    def connect(settings: Target) -> FakeClient:
        if made:
            raise ValueError("no probe asks such a target")
        made.append(FakeClient({}))
        return made[0]

    async def two() -> None:
        plan = plan_of(requirement("a"))
        other = replace(plan.questions[0], target="other")
        plan = replace(plan, questions=(*plan.questions, other))
        plan.spec.targets["other"] = plan.spec.targets["db"]  # type: ignore[index]  # a dict here
        await gather(plan, clock=FakeClock(), observer=Unwatched(), connect=connect)

    with pytest.raises(ValueError, match="no probe asks"):
        asyncio.run(two())
    assert made[0].closed


def test_what_measures_time_runs_alone_and_last():
    client = FakeClient({}, wait=lambda: asyncio.sleep(0))
    plan = plan_of(*(requirement(f"n{i}", measured=True) for i in range(4)))
    run(plan, client)
    assert client.most == 1
    assert len(client.asked[0]) == 4
    assert [len(subjects) for subjects in client.asked[1:]] == [1, 1, 1, 1]


def test_a_failure_hides_the_secrets_of_the_spec():
    client = FakeClient({"a": ProbeError("garbage", "said hunter2", needs="hunter2")})
    plan = plan_of(requirement("a"), secrets=frozenset({"hunter2"}))
    (answer,) = run(plan, client).answers.values()
    assert answer.outcome == Failure(reason_code="garbage", message="db: said ***", needs="***")


def test_what_was_asked_and_when_is_kept():
    plan = plan_of(requirement("a"))
    (answer,) = run(plan, FakeClient({"a": 2})).answers.values()
    assert answer.asked == ("heights of a",)
    assert answer.outcome == Heights(heights={"a": 2})
    assert answer.duration_ms == 1000


def test_an_interrupt_gives_the_connections_back():
    client = FakeClient({})

    async def interrupted() -> None:
        started = asyncio.Event()

        async def hang() -> None:
            started.set()
            await asyncio.Event().wait()

        client.wait = hang
        task = asyncio.create_task(gathered(plan_of(requirement("a")), client))
        await started.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(interrupted())
    assert client.closed
