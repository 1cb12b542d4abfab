"""Compare the ranges of partitions with the periods that must have one: pure arithmetic."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from perfcheck.calendar import Calendar
from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.database._partition_scheme import unreadable
from perfcheck.checks.database._partition_state import REFUSES, Reach, by_parent, reach
from perfcheck.checks.database._relation import some
from perfcheck.model import Finding, Proof
from perfcheck.probes.database.partition_facts import Table
from perfcheck.spans import Span, gaps
from perfcheck.sqltext.columns import TableName


@dataclass(frozen=True)
class Piece:
    """A range of time that one partition, of whatever level, takes."""

    name: TableName
    span: Span
    reach: Reach
    is_default: bool = False  # the rest of its parent's range, so of no period itself


@dataclass(frozen=True)
class Schedule:
    """Which periods must have a partition at a moment."""

    calendar: Calendar
    moment: datetime
    ahead: int | None
    retain: int | None

    @property
    def current(self) -> datetime:
        return self.calendar.start(self.moment)

    @property
    def end(self) -> datetime:
        """Where the last period ends that must have a partition."""
        return self.calendar.shift(self.current, (self.ahead or 0) + 1)

    def first(self, pieces: Iterable[Piece]) -> datetime:
        """Where the oldest kept period begins; without `retain`, the oldest partition."""
        if self.retain is not None:
            return self.calendar.shift(self.current, -self.retain)
        edges = [edge for p in pieces for edge in (p.span.lower, p.span.upper) if edge]
        return min([*edges, self.current])


def judge_periods(
    schedule: Schedule, table: Table, subject: str, *, key: str | None
) -> Iterator[Finding]:
    """Yield whether partitions cover and fit the periods of a schedule."""
    reason = "not partitioned" if table.cut is None else unreadable(table.cut, key, table)
    if reason is not None:
        yield undecided(
            subject,
            f"partitions of one {schedule.calendar.unit} each",
            reason,
            needs="a key of one column of type date, timestamp or timestamptz, by range",
            message=f"{subject} is {reason}, so its periods (every, ahead, retain) are unknown",
        )
        return
    pieces = pieces_of(table)
    yield _coverage(schedule, pieces, subject)
    yield _alignment(schedule, pieces, subject)
    if schedule.ahead is not None:
        yield _ahead(schedule, schedule.ahead, pieces, subject)


def pieces_of(table: Table) -> tuple[Piece, ...]:
    """Return the ranges that a table is cut into, at the lowest level of the same key."""
    below = by_parent(table)
    found: list[Piece] = []
    waiting = [(p, p.span) for p in below.get(table.name, ()) if p.span is not None]
    while waiting:
        partition, span = waiting.pop()
        children = below.get(partition.name, [])
        same_key = partition.cut is not None and partition.cut == table.cut
        if not same_key or partition.detaching or not children:
            found.append(Piece(partition.name, span, reach(partition, below), partition.is_default))
            continue
        parts = [(c, c.span.within(span)) for c in children if c.span is not None]
        waiting += [(child, part) for child, part in parts if part is not None]
        rest = gaps(span, [part for _, part in parts if part is not None])
        for child in children:
            if child.is_default:
                waiting += [(child, part) for gap in rest if (part := span.within(gap))]
    return tuple(sorted(found, key=lambda piece: (piece.span.begins, piece.name)))


def _reliable(pieces: Iterable[Piece], current: datetime) -> list[Span]:
    """Return what surely has a partition: a foreign table need not accept new rows."""
    past = Span(lower=None, upper=current)
    spans = [p.span for p in pieces if p.reach.state == "rows"]
    old = [p.span.within(past) for p in pieces if p.reach.state == "foreign"]
    return spans + [span for span in old if span is not None]


def possible(pieces: Iterable[Piece]) -> list[Span]:
    """Return the ranges for which some row may find a partition."""
    return [p.span for p in pieces if p.reach.state not in REFUSES]


def _coverage(schedule: Schedule, pieces: Sequence[Piece], subject: str) -> Finding:
    calendar = schedule.calendar
    required = Span(lower=schedule.first(pieces), upper=schedule.end)
    expected = f"no gap from {calendar.show(required.begins)} to {calendar.show(required.ends)}"
    missing = gaps(required, possible(pieces))
    if missing:
        listed = some([range_of(calendar, gap) for gap in missing])
        why = [
            f"{piece.name} {REFUSES[piece.reach.state]}"
            for piece in pieces
            if piece.reach.state in REFUSES and any(piece.span.within(gap) for gap in missing)
        ]
        because = f" ({some(why)})" if why else ""
        return breaks(
            subject,
            expected,
            f"no partition for {listed}{because}",
            message=f"{subject} has no partition for {listed}{because}; expected {expected}",
        )
    unsure = gaps(required, _reliable(pieces, schedule.current))
    if unsure:
        return _unsure(subject, expected, unsure[0], calendar, pieces)
    return holds(
        subject,
        expected,
        "no gap",
        proof=Proof.PRESENT,
        message=f"{subject} has {expected}",
    )


def _unsure(
    subject: str, expected: str, gap: Span, calendar: Calendar, pieces: Sequence[Piece]
) -> Finding:
    """Return that for a range only partitions are there that may refuse rows."""
    where = range_of(calendar, gap)
    lacks = [p.reach.lacks for p in pieces if p.reach.lacks and p.span.within(gap)]
    seen = f"only a partition that refuses some rows for {where}: {some(lacks)}"
    needs = "a DEFAULT partition, or every remainder, below each partition with another key"
    if not lacks:
        seen = f"only a foreign partition for {where}"
        needs = "a partition that is no foreign table"
    message = f"{subject} has {seen}, which may refuse rows"
    if lacks:
        message = f"{subject} may refuse rows of {where}: {some(lacks)}"
    return undecided(subject, expected, seen, needs=needs, message=message)


def _alignment(schedule: Schedule, pieces: Sequence[Piece], subject: str) -> Finding:
    calendar = schedule.calendar
    expected = f"each partition exactly one {calendar.unit} in {calendar.zone}"
    periods = [piece for piece in pieces if not piece.is_default]
    if not periods:
        return undecided(
            subject,
            expected,
            "no partition with a range",
            needs="a partition with a range",
            message=f"{subject} has no partition with a range; expected {expected}",
        )
    wrong = [piece for piece in periods if not _is_aligned(calendar, piece.span)]
    if wrong:
        listed = some([f"{p.name} ({range_of(calendar, p.span)})" for p in wrong])
        return breaks(
            subject,
            expected,
            listed,
            message=f"{subject} is cut otherwise: {listed}; expected {expected}",
        )
    return holds(
        subject,
        expected,
        f"{len(periods)} of {len(periods)}",
        proof=Proof.PRESENT,
        message=f"{subject} has {expected}",
    )


def _is_aligned(calendar: Calendar, span: Span) -> bool:
    if span.lower is None or span.upper is None:
        return False
    return calendar.is_one_period(span.lower, span.upper)


def _ahead(schedule: Schedule, ahead: int, pieces: Sequence[Piece], subject: str) -> Finding:
    calendar, current = schedule.calendar, schedule.current
    until = calendar.show(schedule.end)
    expected = f"a partition for each {calendar.unit} until {until} (ahead: {ahead})"
    wanted = Span(lower=current, upper=schedule.end)
    missing = gaps(wanted, possible(pieces))
    if missing:
        reach = missing[0].begins
        ready = sum(calendar.shift(current, n + 1) <= reach for n in range(1, ahead + 1))
        seen = f"{ready} of {ahead} {calendar.unit}s ahead ready, until {calendar.show(reach)}"
        return breaks(subject, expected, seen, message=f"{subject} has {seen}; expected {expected}")
    unsure = gaps(wanted, _reliable(pieces, current))
    if unsure:
        return _unsure(subject, expected, unsure[0], calendar, pieces)
    return holds(
        subject,
        expected,
        f"{ahead} of {ahead} {calendar.unit}s ahead ready",
        proof=Proof.PRESENT,
        message=f"{subject} has {expected}",
    )


def range_of(calendar: Calendar, span: Span) -> str:
    """Write a range in the calendar's zone."""
    lower = "the beginning" if span.lower is None else calendar.show(span.lower)
    upper = "the end" if span.upper is None else calendar.show(span.upper)
    return f"{lower} to {upper}"
