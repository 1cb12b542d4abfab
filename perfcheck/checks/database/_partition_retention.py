"""Judge what is kept of the past: nothing older than declared, and no less."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.database._partition_default import why_hidden
from perfcheck.checks.database._partition_periods import Piece, Schedule, pieces_of, possible
from perfcheck.checks.database._partition_scheme import unreadable
from perfcheck.checks.database._relation import some
from perfcheck.model import Finding, Proof
from perfcheck.probes.database.partition_facts import DefaultRows, Partition, PartitionFacts, Table


def judge_retention(
    schedule: Schedule, facts: PartitionFacts, table: Table, subject: str, *, key: str | None
) -> Iterator[Finding]:
    """Yield whether the past is kept as declared; nothing where its ranges are unreadable."""
    if schedule.retain is None or table.cut is None or unreadable(table.cut, key, table):
        return
    pieces = pieces_of(table)
    yield _nothing_older(schedule, pieces, facts, table, subject)
    yield _history(schedule, pieces, subject)


def _nothing_older(
    schedule: Schedule,
    pieces: Sequence[Piece],
    facts: PartitionFacts,
    table: Table,
    subject: str,
) -> Finding:
    first = schedule.first(pieces)
    expected = f"nothing older than {schedule.calendar.show(first)} (retain: {schedule.retain})"
    older = _ended(pieces, table, first)
    if older:
        seen = f"{len(older)} older partitions: {some(older)}"
        message = f"{subject} still has {some(older)}; expected {expected}"
        return breaks(subject, expected, seen, message=message)
    default = next((p for p in table.partitions if _is_top_default(p, table)), None)
    rows = table.default_rows
    if default is not None and rows is not None and rows.earliest and rows.earliest < first:
        seen = f"{default.name} (DEFAULT) holds rows of {schedule.calendar.show(rows.earliest)}"
        return breaks(subject, expected, seen, message=f"{seen}; expected {expected}")
    doubt = None
    if default is not None and rows is not None:
        doubt = _doubt(default, rows, facts)
    doubt = doubt or _unread_below(pieces, table, first)
    if doubt is not None:
        seen, needs = doubt
        message = f"{subject} has no older partition, but {seen}; expected {expected}"
        return undecided(subject, expected, seen, needs=needs, message=message)
    message = f"{subject} has {expected}"
    return holds(subject, expected, "none", proof=Proof.PRESENT, message=message)


def _ended(pieces: Sequence[Piece], table: Table, first: datetime) -> list[str]:
    """Return what ends before; of a DEFAULT below, the partition that it is the rest of."""
    ended = [str(p.name) for p in pieces if not p.is_default and p.span.ends <= first]
    top = [p for p in table.partitions if p.parent == table.name and p.span is not None]
    return ended or [str(p.name) for p in top if p.span is not None and p.span.ends <= first]


def _is_top_default(partition: Partition, table: Table) -> bool:
    return partition.is_default and partition.parent == table.name


def _doubt(default: Partition, rows: DefaultRows, facts: PartitionFacts) -> tuple[str, str] | None:
    """Return why rows of the DEFAULT may be older, unseen, and what would show it."""
    if rows.hidden is not None:
        why, needs = why_hidden(rows.hidden, default.name, facts.server.role)
        return f"{default.name} (DEFAULT) may hold older rows: it is {why}", needs
    if rows.rows_seen >= facts.sample_rows:
        seen = f"of {default.name} (DEFAULT) only {facts.sample_rows} rows were read"
        return seen, f"fewer than {facts.sample_rows} rows in {default.name}"
    return None


def _unread_below(pieces: Sequence[Piece], table: Table, first: datetime) -> tuple[str, str] | None:
    """Return the DEFAULT below a partition that may hold older rows: none of it was read."""
    old = {p.name for p in pieces if p.is_default and p.span.begins < first}
    full = [p for p in table.partitions if p.name in old and p.size_bytes != 0]
    if not full:
        return None
    return f"{full[0].name} (DEFAULT) may hold older rows", f"no row in {full[0].name}"


def _history(schedule: Schedule, pieces: Sequence[Piece], subject: str) -> Finding:
    calendar, first = schedule.calendar, schedule.first(pieces)
    expected = f"history back to {calendar.show(first)} (retain: {schedule.retain})"
    oldest = min((span.begins for span in possible(pieces)), default=None)
    if oldest is None or oldest > first:
        seen = "no history" if oldest is None else f"history back to {calendar.show(oldest)}"
        message = f"{subject} has {seen}; expected {expected}"
        return breaks(subject, expected, seen, message=message)
    message = f"{subject} has {expected}"
    return holds(subject, expected, "reaches back", proof=Proof.PRESENT, message=message)
