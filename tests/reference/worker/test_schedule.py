from datetime import UTC, datetime, timedelta

import pytest

from perfcheck.reference.worker.plan import PLAN, VIEWS
from perfcheck.reference.worker.schedule import History, Task, due, next_due_at

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOURLY = Task("refresh", "view", timedelta(hours=1))  # its period is 48 minutes


def ago(minutes: float = 0, seconds: float = 0) -> datetime:
    return NOW - timedelta(minutes=minutes, seconds=seconds)


@pytest.mark.parametrize(
    ("history", "is_due"),
    [
        pytest.param(None, True, id="never ran"),
        pytest.param(History(ago(47)), False, id="succeeded within the period"),
        pytest.param(History(ago(48)), True, id="succeeded a period ago"),
        pytest.param(History(ago(-5)), True, id="succeeded in the future"),
        pytest.param(History(ago(50), 1, ago(seconds=29)), False, id="failed just now"),
        pytest.param(History(ago(50), 1, ago(seconds=30)), True, id="failed half a minute ago"),
        pytest.param(History(ago(50), 3, ago(seconds=119)), False, id="failed three times"),
        pytest.param(History(ago(50), 3, ago(seconds=120)), True, id="paused after three times"),
        pytest.param(History(ago(500), 99, ago(48)), True, id="no pause exceeds the period"),
        pytest.param(History(None, 1, ago(seconds=10)), False, id="failed at its first run"),
        pytest.param(History(ago(50), 1, ago(-5)), True, id="failed in the future"),
        pytest.param(History(ago(5), 1, ago(3)), False, id="failed, and is not due at all"),
    ],
)
def test_a_task_is_due(history: History | None, is_due: bool) -> None:
    histories = {} if history is None else {("refresh", "view"): history}
    assert due([HOURLY], histories, NOW) == ([HOURLY] if is_due else [])


def test_another_task_of_the_same_subject_does_not_count() -> None:
    histories = {("vacuum", "view"): History(ago(1)), ("refresh", "other"): History(ago(1))}
    assert due([HOURLY], histories, NOW) == [HOURLY]


def test_the_task_that_waits_longest_comes_first() -> None:
    other = Task("refresh", "other", timedelta(hours=1))
    never = Task("refresh", "never", timedelta(hours=1))
    histories = {("refresh", "view"): History(ago(50)), ("refresh", "other"): History(ago(60))}
    assert due([HOURLY, other, never], histories, NOW) == [never, other, HOURLY]


def test_the_next_tick_is_when_the_first_task_is_due() -> None:
    daily = Task("vacuum", "table", timedelta(days=1))
    histories = {("refresh", "view"): History(ago(40)), ("vacuum", "table"): History(ago(40))}
    assert next_due_at([daily, HOURLY], histories, NOW) == NOW + timedelta(minutes=8)
    assert next_due_at([], histories, NOW) is None


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_leaves_room_for_a_second_try_and_a_slow_run(view: str) -> None:
    task = next(found for found in PLAN if (found.name, found.subject) == ("refresh", view))
    assert task.limit == VIEWS[view]
    assert task.limit - task.period >= timedelta(minutes=3)
