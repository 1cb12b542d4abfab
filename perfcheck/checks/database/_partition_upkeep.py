"""Judge what partitions need besides their ranges: DEFAULT, maintenance, pruning."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal

from perfcheck.calendar import Calendar, Unit
from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.database._relation import shown, some
from perfcheck.model import Finding, Proof, Verdict
from perfcheck.probes.database.partition_facts import (
    DefaultRows,
    Partition,
    PartitionFacts,
    Table,
)
from perfcheck.probes.database.pruning import PruningFacts
from perfcheck.units import show_duration

Default = Literal["empty", "forbidden", "required"]


def judge_default(
    default: Default, facts: PartitionFacts, table: Table, subject: str, every: Unit | None
) -> Finding:
    """Return whether the DEFAULT partition is as declared."""
    top = [p for p in table.partitions if p.is_default and p.parent == table.name]
    if default == "forbidden":
        return _forbidden(top, subject)
    expected = "an empty DEFAULT partition" if default == "empty" else "a DEFAULT partition"
    if not top:
        return breaks(
            subject, expected, "none", message=f"{subject} has no DEFAULT partition; it needs one"
        )
    name, rows = shown(top[0].name), table.default_rows
    if default == "required":
        return _required(top[0], table, subject)
    if rows is None or (rows.hidden is None and rows.rows_seen == 0):
        seen = "0 bytes" if rows is None else "no row"
        return holds(
            name, "no row", seen, proof=Proof.PRESENT, message=f"{name} (DEFAULT) holds no row"
        )
    if rows.hidden is not None:
        why, needs = _hidden(rows.hidden, top[0].name, facts.role)
        return undecided(
            name, "no row", why, needs=needs, message=f"{name} (DEFAULT) may hold rows: it is {why}"
        )
    seen = f"{_count(rows)}{_blocked(rows, facts.zone, every)}"
    return breaks(name, "no row", seen, message=f"{name} (DEFAULT) holds {seen}; expected no row")


def judge_maintenance(
    limit: timedelta, facts: PartitionFacts, table: Table, subject: str
) -> Iterator[Finding]:
    """Yield whether every partition that holds rows was vacuumed and analyzed in time."""
    expected = f"each partition with rows vacuumed and analyzed within {show_duration(limit)}"
    leaves = [p for p in table.partitions if p.relkind == "r" and p.size_bytes != 0]
    verdicts = {p.name: _maintained(limit, facts, p) for p in leaves}
    late = [shown(n) for n, verdict in verdicts.items() if verdict is Verdict.BREAKS]
    unknown = [shown(n) for n, verdict in verdicts.items() if verdict is Verdict.UNDECIDED]
    if late:
        seen = f"{len(late)} of {len(leaves)} late: {some(late)}"
        yield breaks(subject, expected, seen, message=f"{subject}: {seen}; expected {expected}")
    if unknown or not leaves:
        seen = f"{len(unknown)} unknown: {some(unknown)}" if leaves else "no partition holds rows"
        yield undecided(
            subject,
            expected,
            seen,
            needs=_trace(limit, facts) if leaves else "a partition that holds rows",
            message=f"{subject}: {seen}; expected {expected}",
        )
    elif not late:
        yield holds(
            subject,
            expected,
            f"{len(leaves)} of {len(leaves)}",
            proof=Proof.EFFECTIVE,
            message=f"{subject} has {expected}: {len(leaves)} of {len(leaves)}",
        )


def judge_pruning(limit: int, plan: PruningFacts, table: Table, subject: str) -> Finding:
    """Return whether a plan scans few enough of the partitions that hold rows."""
    leaves = {p.name: p for p in table.partitions if p.relkind != "p"}
    full = [name for name, leaf in leaves.items() if leaf.size_bytes != 0]
    scanned = [name for name in plan.scanned if name in leaves]
    costly = [shown(name) for name in scanned if name in full]
    expected = f"at most {limit} partitions with rows scanned"
    seen = f"{len(costly)} of {len(full)}"
    if len(costly) > limit:
        return breaks(
            subject,
            expected,
            f"{seen}: {some(costly)}",
            message=f"the statement would scan {seen} partitions with rows of {subject}"
            f" ({some(costly)}); expected at most {limit}",
        )
    if not scanned or len(full) <= limit:
        why = "its plan reads no partition" if not scanned else f"only {len(full)} hold rows"
        return undecided(
            subject,
            expected,
            why,
            needs="a statement that reads a partition of the table"
            if not scanned
            else f"more than {limit} partitions with rows",
            message=f"{subject}: {why}, so nothing shows that partitions are pruned",
        )
    return holds(
        subject,
        expected,
        seen,
        proof=Proof.EFFECTIVE,
        message=f"the statement would scan {seen} partitions with rows of {subject}",
    )


def _forbidden(top: Sequence[Partition], subject: str) -> Finding:
    if top:
        name = shown(top[0].name)
        return breaks(
            subject,
            "no DEFAULT partition",
            name,
            message=f"{subject} has the DEFAULT partition {name}; expected none",
        )
    return holds(
        subject,
        "no DEFAULT partition",
        "none",
        proof=Proof.PRESENT,
        message=f"{subject} has no DEFAULT partition",
    )


def _required(default: Partition, table: Table, subject: str) -> Finding:
    name, expected = shown(default.name), "a DEFAULT partition that accepts rows"
    parents = {p.name: p.parent for p in table.partitions}
    leaves = [p.name for p in table.partitions if p.relkind != "p"]
    accepts = any(default.name in _line_up(leaf, parents) for leaf in leaves)
    if accepts and not default.detaching:
        return holds(
            subject,
            expected,
            name,
            proof=Proof.PRESENT,
            message=f"{subject} has the DEFAULT partition {name}",
        )
    why = "is being detached" if default.detaching else "has no partition of its own"
    return breaks(
        subject, expected, f"{name} {why}", message=f"{name} (DEFAULT) {why}, so it takes no row"
    )


def _line_up(name: str, parents: dict[str, str]) -> Iterator[str]:
    while name in parents:
        yield name
        name = parents[name]


def _hidden(hidden: str, name: str, role: str) -> tuple[str, str]:
    match hidden:
        case "locked":
            return "locked", f"the lock on {name} released"
        case "foreign":
            return "a foreign table", "a DEFAULT partition that is no foreign table"
        case "row_security":
            return "filtered by row-level security", f"a role that may see every row of {name}"
        case _:
            return "not readable", f"GRANT SELECT ON {name} TO {role} (and USAGE on its schema)"


def _count(rows: DefaultRows) -> str:
    from perfcheck.probes.database.partitions import SAMPLE_ROWS

    if rows.rows_seen >= SAMPLE_ROWS:
        return f"{SAMPLE_ROWS} rows or more"
    return f"{rows.rows_seen} row{'s' if rows.rows_seen != 1 else ''}"


def _blocked(rows: DefaultRows, zone: str, every: Unit | None) -> str:
    """Say which period's partition cannot be created while the rows are there."""
    moment = rows.upcoming or rows.earliest
    if moment is None or every is None:
        return ""
    calendar = Calendar(every, zone)
    return f", which block the partition of {calendar.name(calendar.start(moment))}"


def _maintained(limit: timedelta, facts: PartitionFacts, leaf: Partition) -> Verdict:
    """Judge one partition; without statistics for the whole limit, silence proves nothing."""
    done = (leaf.last_vacuum, leaf.last_analyze)
    if all(moment is not None and facts.asked_at - moment <= limit for moment in done):
        return Verdict.HOLDS
    if leaf.size_bytes is None:  # it may hold no row at all
        return Verdict.UNDECIDED
    if leaf.untouched:
        return Verdict.BREAKS
    if facts.in_recovery:
        return Verdict.UNDECIDED
    if any(moment is not None and facts.asked_at - moment > limit for moment in done):
        return Verdict.BREAKS
    since = facts.statistics_since
    known = facts.counts and since is not None and facts.asked_at - since > limit
    return Verdict.BREAKS if known else Verdict.UNDECIDED


def _trace(limit: timedelta, facts: PartitionFacts) -> str:
    if facts.in_recovery:
        return "the primary: a standby does not know of maintenance"
    if not facts.counts:
        return "track_counts = on"
    return f"statistics collected for {show_duration(limit)}, or sizes that can be read"
