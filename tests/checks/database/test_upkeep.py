"""A missing record is no proof that nothing was done, unless all would have been recorded."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from perfcheck.checks.database._upkeep import judge_upkeep
from perfcheck.model import Verdict
from tests.checks.database.server import DAY, NOW, server

OLD, RECENT = NOW - 8 * DAY, NOW - 6 * DAY

ROWS: dict[str, tuple[datetime | None, bool, dict[str, Any], str]] = {
    "recent": (RECENT, False, {}, "holds"),
    "exactly the limit": (NOW - 7 * DAY, False, {}, "holds"),
    "a tick more": (NOW - 7 * DAY - timedelta(microseconds=1), False, {}, "breaks"),
    "old": (OLD, False, {}, "breaks"),
    "a moment after the question": (NOW + timedelta(seconds=1), False, {}, "holds"),
    "of the future": (NOW + timedelta(seconds=1.1), False, {}, "undecided"),
    "of the far future, then truncated": (NOW + 1132 * DAY, True, {}, "undecided"),
    "of the future, not counted": (NOW + DAY, False, {"counts": False}, "undecided"),
    "recent, then truncated": (RECENT, True, {}, "holds"),
    "never, by the catalog": (None, True, {}, "breaks"),
    "never, though statistics are young": (None, True, {"statistics_since": RECENT}, "breaks"),
    "never, though nothing is counted": (None, True, {"counts": False}, "breaks"),
    "no record, statistics are old": (None, False, {}, "breaks"),
    "no record, statistics were reset": (None, False, {"statistics_since": RECENT}, "undecided"),
    "no record, statistics just old enough": (
        None,
        False,
        {"statistics_since": NOW - 7 * DAY},
        "undecided",
    ),
    "no record, unknown reset": (None, False, {"statistics_since": None}, "undecided"),
    "no record, promoted": (None, False, {"primary_since": RECENT}, "undecided"),
    "no record, hidden promotion": (None, False, {"primary_since": None}, "undecided"),
    "no record, not counted": (None, False, {"counts": False}, "undecided"),
    "old, not counted": (OLD, False, {"counts": False}, "undecided"),
    "recent, not counted": (RECENT, False, {"counts": False}, "holds"),
    "recent, on a standby": (RECENT, False, {"in_recovery": True}, "undecided"),
    "old, on a standby": (OLD, False, {"in_recovery": True}, "undecided"),
    "never, on a standby": (None, True, {"in_recovery": True}, "undecided"),
}


@pytest.mark.parametrize(
    ("done_at", "untouched", "moment", "expected"), ROWS.values(), ids=ROWS.keys()
)
def test_the_last_maintenance_is_judged_by_what_is_known(
    *, done_at: datetime | None, untouched: bool, moment: dict[str, Any], expected: str
) -> None:
    upkeep = judge_upkeep(done_at, untouched=untouched, server=server(**moment), within=7 * DAY)
    assert upkeep.verdict.value == expected
    assert bool(upkeep.needs) == (upkeep.verdict is Verdict.UNDECIDED)


def test_what_made_the_record_short_is_named() -> None:
    def silent(**moment: Any) -> tuple[str, str]:
        upkeep = judge_upkeep(None, untouched=False, server=server(**moment), within=7 * DAY)
        return upkeep.when, upkeep.needs

    assert silent(statistics_since=NOW - DAY) == (
        "at no time since statistics were reset 1.0 d ago",
        "statistics collected for 7d",
    )
    assert (
        silent(primary_since=NOW - DAY)[0] == "at no time since the server became primary 1.0 d ago"
    )
    assert "pg_read_all_stats" in silent(primary_since=None)[1]
    assert silent()[0] == "at no time in the last 100.0 d"


def test_a_record_of_the_future_is_called_so() -> None:
    upkeep = judge_upkeep(NOW + 9 * DAY, untouched=False, server=server(), within=7 * DAY)
    assert upkeep.when == "9.0 d after the server's own clock"
