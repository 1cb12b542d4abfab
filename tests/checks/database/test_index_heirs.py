"""An index ends at its own table: each table that inherits needs one that serves."""

from typing import Any

import pytest

from perfcheck.model import Verdict
from perfcheck.probes.database.index_facts import LiveIndex, LiveTable, Storage
from perfcheck.sqltext.columns import TableName
from tests.checks.database.index_cases import NEWEST, index, judge, key, outcome, stored, table

HEIRS = tuple(TableName("public", f"jobs_{number}") for number in range(2))
SERVES = index(key("tenant_id"), NEWEST, name="any")
UNIQUE = SERVES.model_copy(update={"unique": True})
LATE = UNIQUE.model_copy(update={"immediate": False})
OTHER = index(key("status"))
EMPTY = stored(0).model_copy(update={"size_bytes": 0})
LOCKED: dict[str, Any] = {"locked": True}


def heir(number: int, *indexes: LiveIndex, **fields: Any) -> LiveTable:
    return table(*indexes, **fields).model_copy(update={"name": HEIRS[number]})


def parent(*indexes: LiveIndex, storage: Storage | None = None) -> LiveTable:
    return table(*indexes, heirs=HEIRS, storage=(storage or stored(0),))


ALL = (heir(0, SERVES), heir(1, SERVES))
CASES: dict[str, tuple[LiveTable, tuple[LiveTable, ...], dict[str, Any], str]] = {
    "on all": (parent(SERVES), ALL, {}, "pass"),
    "on the parent alone": (parent(SERVES), (heir(0), heir(1)), {}, "fail"),
    "on one heir less": (parent(SERVES), (heir(0, SERVES), heir(1, OTHER)), {}, "fail"),
    "on the heirs alone": (parent(), ALL, {}, "fail"),
    "on the heirs of an empty parent": (parent(storage=EMPTY), ALL, {}, "pass"),
    "on the heirs of an empty parent, exact": (
        parent(storage=EMPTY),
        ALL,
        {"match": "exact"},
        "fail",
    ),
    "not valid on an heir": (
        parent(SERVES),
        (heir(0, SERVES), heir(1, SERVES.model_copy(update={"valid": False}))),
        {},
        "fail",
    ),
    "exact on all": (
        parent(SERVES.model_copy(update={"name": "idx_jobs"})),
        ALL,
        {"match": "exact"},
        "pass",
    ),
    "an heir locked": (parent(SERVES), (heir(0, SERVES), heir(1, **LOCKED)), {}, "unverified"),
    "unique in each": (
        parent(UNIQUE),
        (heir(0, UNIQUE), heir(1, UNIQUE)),
        {"unique": True},
        "unverified",
    ),
    "unique on an heir too late": (
        parent(UNIQUE),
        (heir(0, UNIQUE), heir(1, LATE)),
        {"unique": True},
        "fail",
    ),
}


@pytest.mark.parametrize(("live", "heirs", "fields", "expected"), CASES.values(), ids=CASES.keys())
def test_each_table_of_the_family_is_judged(
    live: LiveTable, heirs: tuple[LiveTable, ...], fields: dict[str, Any], expected: str
) -> None:
    (finding,) = judge(live, *heirs, **fields)
    assert outcome([finding]) == expected, finding
    assert bool(finding.needs) == (finding.verdict is Verdict.UNDECIDED)


def test_the_heirs_without_the_index_are_named_and_what_is_missing() -> None:
    (finding,) = judge(parent(SERVES), heir(0, SERVES), heir(1))
    assert finding.message == (
        "idx_jobs does not serve on 1 of 2 tables that inherit from jobs: jobs_1"
        " (jobs_1 has no index)"
    )
    (whole,) = judge(parent(SERVES), *ALL)
    assert whole.message == (
        "idx_jobs serves on each of 3 tables: jobs and those that inherit from it"
    )
    (below,) = judge(parent(storage=EMPTY), *ALL)
    assert below.message == (
        "idx_jobs serves on each of 2 tables that inherit from jobs, which holds no row itself"
    )
