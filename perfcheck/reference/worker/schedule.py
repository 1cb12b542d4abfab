"""Decide which maintenance is due, from the log of what was done; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# A promise such as "refreshed within an hour" must also hold just before the next refresh is
# committed. So a task starts after four fifths of its limit: the rest is for noticing that it is
# due, for the run itself, and for another try after one that failed.
_SHARE_OF_LIMIT = 0.8
_FIRST_RETRY = timedelta(seconds=30)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Task:
    """One kind of maintenance of one thing; `limit` is the greatest age of its last success."""

    name: str
    subject: str
    limit: timedelta

    @property
    def period(self) -> timedelta:
        """How long after the start of its last success the task is due."""
        return self.limit * _SHARE_OF_LIMIT


@dataclass(frozen=True)
class History:
    """What the log tells about a task."""

    succeeded_at: datetime | None = None  # start of the last run that succeeded
    failures: int = 0  # runs since then, none of which succeeded
    failed_at: datetime | None = None  # start of the last of those


Histories = Mapping[tuple[str, str], History]  # by name and subject of the task


def due(plan: Iterable[Task], histories: Histories, now: datetime) -> list[Task]:
    """Return the tasks that are due, the one that waits longest first."""
    waiting = [(due_at(task, histories, now), task) for task in plan]
    return [task for at, task in sorted(waiting, key=lambda found: found[0]) if at <= now]


def next_due_at(plan: Iterable[Task], histories: Histories, now: datetime) -> datetime | None:
    """Return when the first task is due, or None for an empty plan."""
    return min((due_at(task, histories, now) for task in plan), default=None)


def due_at(task: Task, histories: Histories, now: datetime) -> datetime:
    """Return when the task is due.

    That is a period after its last success; after failures, not before a pause that doubles with
    each. Runs that the log places in the future tell of a clock set back, and do not count.
    """
    history = histories.get((task.name, task.subject), History())
    at = _LONG_AGO
    if history.succeeded_at is not None and history.succeeded_at <= now:
        at = history.succeeded_at + task.period
    if history.failures and history.failed_at is not None and history.failed_at <= now:
        pause = min(_FIRST_RETRY * 2 ** min(history.failures - 1, 16), task.period)
        at = max(at, history.failed_at + pause)
    return at
