import random
from uuid import UUID

import pytest

from perfcheck.reference.app.sampling import is_sampled

RANDOM = random.Random(1)
RANDOM_IDS = [UUID(int=RANDOM.getrandbits(128)).hex for _ in range(10_000)]
COUNTED_IDS = [f"{number:032x}" for number in range(10_000)]


@pytest.mark.parametrize("trace_ids", [RANDOM_IDS, COUNTED_IDS], ids=["random", "counted"])
@pytest.mark.parametrize("ratio", [0.01, 0.1, 0.5])
def test_the_share_of_sampled_traces_is_the_ratio(trace_ids: list[str], ratio: float) -> None:
    sampled = sum(is_sampled(trace_id, ratio) for trace_id in trace_ids)
    # Four standard deviations of the binomial distribution.
    assert abs(sampled - 10_000 * ratio) < 4 * (10_000 * ratio * (1 - ratio)) ** 0.5


def test_a_trace_is_decided_once_and_for_all() -> None:
    first = [is_sampled(trace_id, 0.1) for trace_id in RANDOM_IDS]
    assert first == [is_sampled(trace_id, 0.1) for trace_id in RANDOM_IDS]
    assert set(first) == {True, False}


def test_a_higher_ratio_keeps_what_a_lower_one_keeps() -> None:
    assert all(is_sampled(i, 0.2) for i in RANDOM_IDS if is_sampled(i, 0.1))


@pytest.mark.parametrize(("ratio", "expected"), [(0, 0), (1, 10_000)])
def test_none_or_all_are_sampled(ratio: float, expected: int) -> None:
    assert sum(is_sampled(trace_id, ratio) for trace_id in RANDOM_IDS) == expected
