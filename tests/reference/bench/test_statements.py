import re

import pytest
import yaml

from perfcheck.data import bundled
from perfcheck.reference.bench.guide import TIMED, Promise
from perfcheck.reference.bench.statements import WITHOUT_INDEXES, Lookup, shipped_comparisons

SPEC = yaml.safe_load(bundled("specs", "reconciliation", "database.yaml").read_text("utf-8"))
COMPARISONS = {comparison.promise.what: comparison for comparison in shipped_comparisons()}


def test_every_row_of_the_guide_is_compared() -> None:
    assert list(COMPARISONS) == [promise.what for promise in TIMED]


@pytest.mark.parametrize(
    "promise", [promise for promise in TIMED if promise.gain], ids=lambda promise: promise.what
)
def test_the_spec_demands_the_gain_of_the_guide(promise: Promise) -> None:
    (query,) = (query for query in SPEC["queries"] if query["id"] == promise.query)
    assert query["improves"]["by"] == f"{promise.gain:.1%}"


@pytest.mark.parametrize("what", ["List jobs", "Execution status", "Matches by job"])
def test_the_same_statement_is_timed_with_and_without_indexes(what: str) -> None:
    comparison = COMPARISONS[what]
    assert comparison.before.sql == comparison.after.sql
    assert comparison.before.settings == WITHOUT_INDEXES
    assert comparison.after.settings == ()


def test_a_cursor_is_compared_with_offset_before_the_indexes_and_with_them() -> None:
    whole, alone = COMPARISONS["Cursor pagination"], COMPARISONS["The cursor alone"]
    assert whole.before.label == "OFFSET 90000 without indexes"
    assert whole.before.settings == WITHOUT_INDEXES
    assert alone.before.label == "OFFSET 90000 with indexes"
    assert alone.before.settings == ()
    assert whole.before.sql == alone.before.sql
    assert whole.after == alone.after
    assert "offset" not in whole.after.sql


def test_settings_end_with_their_transaction() -> None:
    assert all(re.fullmatch(r"set local enable_\w+ = off", setting) for setting in WITHOUT_INDEXES)


def test_a_variable_of_the_spec_is_filled_in_before_the_lookups_that_use_it() -> None:
    parameters = COMPARISONS["Matches by job"].parameters
    assert list(parameters) == ["tenant", "job"]
    assert parameters["tenant"] == "00000000-0000-0000-0000-000000000001"
    assert isinstance(parameters["job"], Lookup)
