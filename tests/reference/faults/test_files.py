"""Faults that replace files of the spec's folder."""

import pytest

from perfcheck.data import bundled
from perfcheck.reference.faults import faults
from perfcheck.reference.faults._spec_files import edited
from perfcheck.reference.faults.base import Fault

SPEC = bundled("specs", "reconciliation")
RULES = "observability/alerts/key-metrics.yaml"


def test_a_fault_that_only_replaces_files_breaks_something() -> None:
    fault = Fault(name="x", shows="X.", breaks=("alerts/key-metrics",), files={RULES: ""})
    assert fault.files == {RULES: ""}


def test_a_fault_that_changes_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="x breaks nothing"):
        Fault(name="x", shows="X.", breaks=("alerts/key-metrics",))


@pytest.mark.parametrize("passage", ["no such passage", "for: 5m"], ids=["absent", "repeated"])
def test_a_passage_that_is_not_there_exactly_once_is_refused(passage: str) -> None:
    with pytest.raises(ValueError, match="times, not once"):
        edited(RULES, passage, "")


def test_replaced_files_exist_and_differ_and_are_never_the_spec_itself() -> None:
    replaced = [(path, text) for fault in faults().values() for path, text in fault.files.items()]
    assert replaced
    for path, text in replaced:
        assert "/" in path
        assert (SPEC / path).read_text(encoding="utf-8") != text
