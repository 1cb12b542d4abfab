"""Each requirement of the guide is one that something can break."""

from collections import Counter

import pytest

from perfcheck.data import bundled
from perfcheck.reference.faults import faults
from perfcheck.spec.load import Asked, load_spec

SPEC = load_spec(bundled("specs", "reconciliation"), Asked(unset="accepted"))
REQUIREMENTS = [requirement.name for requirement in SPEC.requirements]
BROKEN = Counter(name for fault in faults().values() for name in fault.breaks)


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement_can_be_broken(requirement: str) -> None:
    assert BROKEN[requirement] > 0


def test_no_fault_breaks_what_nobody_requires() -> None:
    doubted = {name for fault in faults().values() for name in fault.leaves_unverified}
    assert not {*BROKEN, *doubted} - set(REQUIREMENTS)


def test_the_indexes_that_queries_cannot_do_without_are_known_by_fault() -> None:
    """A misspelt name in the table would declare nothing."""
    indexes = [fault for fault in faults().values() if fault.name.startswith("index-")]
    with_queries = [f for f in indexes if any(n.startswith("queries/") for n in f.breaks)]
    assert len(with_queries) == 17
