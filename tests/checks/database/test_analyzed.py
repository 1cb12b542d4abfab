"""Statistics that were lost are no proof of a late analyze, nor of an empty partition."""

from datetime import timedelta
from typing import Any

import pytest

from perfcheck.checks.database._analyzed import Limit, judge_analyzed
from perfcheck.model import Finding, Verdict
from perfcheck.probes.database.index_facts import LiveTable, Storage
from perfcheck.sqltext.columns import TableName
from tests.checks.database.server import DAY, NOW, server

JOBS = TableName("public", "jobs")


def stored(days: float | None, **fields: Any) -> Storage:
    sound: dict[str, Any] = {"changed_rows": 5, "untouched": False, "size_bytes": 8192}
    analyzed_at = None if days is None else NOW - timedelta(days=days)
    return Storage(name=JOBS, analyzed_at=analyzed_at, **{**sound, **fields})


def judge(relkind: str, *storage: Storage, **moment: Any) -> Finding:
    live = LiveTable(name=JOBS, relkind=relkind, locked=False, building=False, storage=storage)
    return judge_analyzed(live, server(**moment), Limit(7 * DAY, frozenset({"id", "name"})))


EMPTY = stored(None, changed_rows=0, untouched=True, size_bytes=0)
UNRECORDED = stored(None, changed_rows=0)
RESET = {"statistics_since": NOW - DAY}
Case = tuple[tuple[Storage, ...], dict[str, Any], str]
TABLES: dict[str, Case] = {
    "in time": ((stored(6),), {}, "holds"),
    "late": ((stored(8),), {}, "breaks"),
    "late, though nothing changed": ((stored(8, changed_rows=0),), {}, "breaks"),
    "never": ((stored(None, untouched=True),), RESET, "breaks"),
    "not recorded for long": ((stored(None),), {}, "breaks"),
    "not recorded since a reset": ((UNRECORDED,), RESET, "undecided"),
    "on a standby": ((stored(6),), {"in_recovery": True}, "undecided"),
    "not counted": ((stored(None),), {"counts": False}, "undecided"),
    "an empty table": ((EMPTY,), {}, "breaks"),
    "of the future": ((stored(-1132.9),), {}, "undecided"),
    "of other columns": ((stored(6, bare_columns=("id", "note")),), {}, "breaks"),
    "of all needed columns": ((stored(6, bare_columns=("note",)),), {}, "holds"),
    "of hidden columns": ((stored(6, hidden_columns=("id",)),), {}, "holds"),
}
PARTITIONED: dict[str, Case] = {
    "a late leaf": ((stored(1), stored(8)), {}, "breaks"),
    "a leaf that never changed since": ((stored(1), stored(90, changed_rows=0)), {}, "holds"),
    "an empty leaf": ((stored(1), EMPTY), {}, "holds"),
    "a leaf of the future": ((stored(1), stored(-1)), {}, "undecided"),
    "a leaf without a column's statistics": (
        (stored(1), stored(90, changed_rows=0, bare_columns=("name",))),
        {},
        "breaks",
    ),
    "empty leaves alone": ((EMPTY,), {}, "undecided"),
    "a leaf without record since a reset": ((stored(0.5), UNRECORDED), RESET, "undecided"),
    "a locked leaf": ((stored(1), stored(8, size_bytes=None)), {}, "undecided"),
    "a late leaf beside an unknown one": ((stored(8), UNRECORDED), RESET, "breaks"),
}


@pytest.mark.parametrize(("storage", "moment", "expected"), TABLES.values(), ids=TABLES.keys())
def test_the_last_analyze_of_a_table_is_judged(
    storage: tuple[Storage, ...], moment: dict[str, Any], expected: str
) -> None:
    finding = judge("r", *storage, **moment)
    assert finding.verdict.value == expected, finding
    assert bool(finding.needs) == (finding.verdict is Verdict.UNDECIDED)


@pytest.mark.parametrize(
    ("storage", "moment", "expected"), PARTITIONED.values(), ids=PARTITIONED.keys()
)
def test_the_last_analyze_of_every_partition_is_judged(
    storage: tuple[Storage, ...], moment: dict[str, Any], expected: str
) -> None:
    finding = judge("p", *storage, **moment)
    assert finding.verdict.value == expected, finding
    assert bool(finding.needs) == (finding.verdict is Verdict.UNDECIDED)


def test_the_message_says_how_many_partitions_and_which() -> None:
    assert judge("p", stored(1), stored(8)).message == (
        "jobs: 1 of 2 partitions late; jobs: analyzed 8.0 d ago; 7d is allowed"
    )
    assert judge("r", UNRECORDED, **RESET).message == (
        "jobs: analyzed at no time since statistics were reset 1.0 d ago; 7d is allowed"
    )


def test_a_pass_says_only_what_was_seen() -> None:
    assert judge("r", stored(6)).message == "jobs: ANALYZE recorded 6.0 d ago; 7d is allowed"
    assert judge("r", stored(6, hidden_columns=("name", "note"))).message == (
        "jobs: ANALYZE recorded 6.0 d ago (whether of name is hidden from the role perfcheck);"
        " 7d is allowed"
    )
    late = judge("r", stored(6, bare_columns=("id",))).message
    assert late == "jobs: analyzed 6.0 d ago, but id has no statistics; 7d is allowed"
