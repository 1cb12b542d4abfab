"""Compare the ranges of partitions with the periods that must have one: pure arithmetic."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from perfcheck.calendar import Calendar
from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.database._partition_scheme import unreadable
from perfcheck.checks.database._relation import some
from perfcheck.model import Finding, Proof
from perfcheck.probes.database.partition_facts import Partition, Table
from perfcheck.spans import Span, gaps
from perfcheck.sqltext.columns import TableName

State = Literal["rows", "foreign", "no leaf", "detach pending"]
_WHY: dict[State, str] = {
    "no leaf": "has no partition of its own",
    "detach pending": "is being detached",
}


@dataclass(frozen=True)
class Piece:
    """A range of time that one partition, of whatever level, takes."""

    name: TableName
    span: Span
    state: State
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
        """Where the last period ends that must accept rows."""
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
    """Yield whether partitions cover, fit and keep the periods of a schedule."""
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
    if schedule.retain is not None:
        yield _nothing_older(schedule, pieces, subject)
        yield _history(schedule, pieces, subject)


def pieces_of(table: Table) -> tuple[Piece, ...]:
    """Return the ranges that a table is cut into, at the lowest level of the same key."""
    below: dict[TableName, list[Partition]] = {}
    for partition in table.partitions:
        below.setdefault(partition.parent, []).append(partition)
    found: list[Piece] = []
    waiting = [(p, p.span) for p in below.get(table.name, ()) if p.span is not None]
    while waiting:
        partition, span = waiting.pop()
        state = _state(partition, below)
        same_key = partition.cut is not None and partition.cut == table.cut
        if not same_key or state in _WHY:
            found.append(Piece(partition.name, span, state, partition.is_default))
            continue
        for child in below[partition.name]:
            part = span if child.is_default else child.span and child.span.within(span)
            if part is not None:
                waiting.append((child, part))
    return tuple(sorted(found, key=lambda piece: (piece.span.begins, piece.name)))


def _state(partition: Partition, below: dict[TableName, list[Partition]]) -> State:
    if partition.detaching:
        return "detach pending"
    if partition.relkind != "p":
        return "foreign" if partition.relkind == "f" else "rows"
    states = {_state(child, below) for child in below.get(partition.name, ())}
    return "rows" if "rows" in states else "foreign" if "foreign" in states else "no leaf"


def _reliable(pieces: Iterable[Piece], current: datetime) -> list[Span]:
    """Return what surely takes rows: a foreign table need not accept new ones."""
    past = Span(lower=None, upper=current)
    spans = [p.span for p in pieces if p.state == "rows"]
    old = [p.span.within(past) for p in pieces if p.state == "foreign"]
    return spans + [span for span in old if span is not None]


def _possible(pieces: Iterable[Piece]) -> list[Span]:
    return [p.span for p in pieces if p.state in {"rows", "foreign"}]


def _coverage(schedule: Schedule, pieces: Sequence[Piece], subject: str) -> Finding:
    calendar = schedule.calendar
    required = Span(lower=schedule.first(pieces), upper=schedule.end)
    expected = f"no gap from {calendar.show(required.begins)} to {calendar.show(required.ends)}"
    missing = gaps(required, _possible(pieces))
    if missing:
        listed = some([_range(calendar, gap) for gap in missing])
        why = [
            f"{piece.name} {_WHY[piece.state]}"
            for piece in pieces
            if piece.state in _WHY and any(piece.span.within(gap) for gap in missing)
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
        return _foreign(subject, expected, _range(calendar, unsure[0]))
    return holds(
        subject,
        expected,
        "no gap",
        proof=Proof.PRESENT,
        message=f"{subject} has {expected}",
    )


def _foreign(subject: str, expected: str, where: str) -> Finding:
    return undecided(
        subject,
        expected,
        f"only a foreign partition for {where}",
        needs="a partition that is no foreign table",
        message=f"{subject} has only a foreign partition for {where}, which may refuse rows",
    )


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
        listed = some([f"{p.name} ({_range(calendar, p.span)})" for p in wrong])
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
    expected = f"rows accepted until {calendar.show(schedule.end)} (ahead: {ahead})"
    wanted = Span(lower=current, upper=schedule.end)
    missing = gaps(wanted, _possible(pieces))
    if missing:
        reach = missing[0].begins
        ready = sum(calendar.shift(current, n + 1) <= reach for n in range(1, ahead + 1))
        seen = f"{ready} of {ahead} {calendar.unit}s ahead ready, until {calendar.show(reach)}"
        return breaks(subject, expected, seen, message=f"{subject} has {seen}; expected {expected}")
    unsure = gaps(wanted, _reliable(pieces, current))
    if unsure:
        return _foreign(subject, expected, _range(calendar, unsure[0]))
    return holds(
        subject,
        expected,
        f"{ahead} of {ahead} {calendar.unit}s ahead ready",
        proof=Proof.PRESENT,
        message=f"{subject} has {ahead} of {ahead} {calendar.unit}s ahead ready",
    )


def _nothing_older(schedule: Schedule, pieces: Sequence[Piece], subject: str) -> Finding:
    first = schedule.first(pieces)
    expected = f"nothing older than {schedule.calendar.show(first)} (retain: {schedule.retain})"
    older = [str(piece.name) for piece in pieces if piece.span.ends <= first]
    if older:
        return breaks(
            subject,
            expected,
            f"{len(older)} older partitions: {some(older)}",
            message=f"{subject} still has {some(older)}; expected {expected}",
        )
    return holds(
        subject, expected, "none", proof=Proof.PRESENT, message=f"{subject} has {expected}"
    )


def _history(schedule: Schedule, pieces: Sequence[Piece], subject: str) -> Finding:
    calendar, first = schedule.calendar, schedule.first(pieces)
    expected = f"history back to {calendar.show(first)} (retain: {schedule.retain})"
    oldest = min((span.begins for span in _possible(pieces)), default=None)
    if oldest is None or oldest > first:
        seen = "none" if oldest is None else f"back to {calendar.show(oldest)}"
        return breaks(
            subject,
            expected,
            seen,
            message=f"{subject} has history {seen}; expected {expected}".replace(
                "history none", "no history"
            ),
        )
    return holds(
        subject, expected, "reaches back", proof=Proof.PRESENT, message=f"{subject} has {expected}"
    )


def _range(calendar: Calendar, span: Span) -> str:
    lower = "the beginning" if span.lower is None else calendar.show(span.lower)
    upper = "the end" if span.upper is None else calendar.show(span.upper)
    return f"{lower} to {upper}"
