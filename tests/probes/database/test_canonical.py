import asyncio
from typing import Any, cast

import pytest

from perfcheck.errors import ProbeError
from perfcheck.probes.database.canonical import Batch, Claim, RowSource, print_forms, prove
from perfcheck.targets.postgres import PostgresSession

SOURCE = RowSource({"k": "null::int as k", "hidden": "null::secret.t as hidden"})
K = frozenset({"k"})
CLAIM = Claim(SOURCE, K, "k > 9", "k > 8")


class FakeSession:
    """Answers every statement with one plan, and keeps what was asked."""

    def __init__(self, plan: object) -> None:
        self._plan = plan
        self.journal: list[str] = []

    async def fetch(self, statement: str, params: object = None) -> list[dict[str, Any]]:
        assert params is None  # a % in a text must reach the server as it is
        self.journal.append(statement)
        return [{"QUERY PLAN": [{"Plan": self._plan}]}]


def append(*outputs: list[str]) -> dict[str, Any]:
    return {"Node Type": "Append", "Plans": [{"Output": output} for output in outputs]}


def session(plan: object) -> PostgresSession:
    return cast("PostgresSession", FakeSession(plan))


def kept(*numbers: int) -> dict[str, Any]:
    return append(*([str(number)] for number in numbers))


# 0 to 3: each example's premise alone; 4 is the claim's. 5 to 8: the examples; 9: the claim.
SOUND = (0, 1, 2, 6, 7)


@pytest.mark.parametrize(
    ("plan", "answer"),
    [
        (kept(*SOUND, 4), "proven"),
        (kept(*SOUND, 4, 9), "not proven"),
        (kept(*SOUND, 9), "contradictory"),
        (kept(*SOUND), "contradictory"),
    ],
)
def test_a_branch_that_is_left_out_proves_the_claim(plan: object, answer: str) -> None:
    assert asyncio.run(prove(session(plan), [CLAIM])) == [answer]


@pytest.mark.parametrize(
    "numbers",
    [
        (0, 1, 2, 3, 4, 5, 6, 7, 8),  # nothing is ever left out
        (0, 1, 2, 4, 6),  # `k = 1 or k is null` would imply `k = 1`
        (0, 1, 2, 4, 7),  # `k > 5` would imply `k > 10`
        (4,),
    ],
)
def test_a_prover_that_fails_its_own_examples_proves_nothing(numbers: tuple[int, ...]) -> None:
    assert asyncio.run(prove(session(kept(*numbers)), [CLAIM])) == ["unknown"]


@pytest.mark.parametrize(
    "plan",
    [
        {"Node Type": "Result", "Output": ['"*SELECT* 1"."?column?"']},
        {"Node Type": "Result"},
        append(["0"], ["not a number"]),
        [],
        None,
    ],
)
def test_a_plan_of_another_shape_is_an_error(plan: object) -> None:
    with pytest.raises(ProbeError, match="another shape"):
        asyncio.run(prove(session(plan), [CLAIM]))
    with pytest.raises(ProbeError, match="another shape"):
        asyncio.run(print_forms(session(plan), [Batch(SOURCE, K, ("k > 1",))] * 2))


def test_a_missing_branch_is_an_error() -> None:
    with pytest.raises(ProbeError, match="another shape"):
        asyncio.run(print_forms(session(append(["0", "f"])), [Batch(SOURCE, K, ("k > 1",))] * 2))


def test_forms_belong_to_their_texts() -> None:
    plan = append(["1", "g", "ROW()"], ["0", "e", "f"])
    batches = [Batch(SOURCE, K, ("k > 1", "1 < k")), Batch(SOURCE, K, ("k % 2 = 0",))]
    asked = session(plan)
    forms = asyncio.run(print_forms(asked, batches))
    assert forms == [{"k > 1": "e", "1 < k": "f"}, {"k % 2 = 0": "g"}]
    assert len(asked.journal) == 1
    assert "secret" not in asked.journal[0]


def test_the_prover_turns_on_what_it_needs_itself() -> None:
    asked = session(kept(*SOUND, 4))
    asyncio.run(prove(asked, [CLAIM] * 3))
    before, proof = asked.journal
    assert "set_config('constraint_exclusion', 'on', true)" in before
    assert proof.startswith("explain ")


def test_nothing_is_asked_about_nothing() -> None:
    asked = session(None)
    assert asyncio.run(prove(asked, [])) == []
    assert asyncio.run(print_forms(asked, [Batch(SOURCE, K, ())])) == [{}]
    assert asked.journal == []
