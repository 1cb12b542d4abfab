"""Judge what partitions need besides their ranges: DEFAULT, maintenance, pruning."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal

from perfcheck.calendar import Calendar, Unit
from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.database._relation import grant_select, some
from perfcheck.checks.database._upkeep import Upkeep, judge_upkeep
from perfcheck.model import Finding, Proof, Verdict
from perfcheck.probes.database.partition_facts import (
    DefaultRows,
    Hidden,
    Partition,
    PartitionFacts,
    Table,
)
from perfcheck.probes.database.pruning import PruningFacts
from perfcheck.probes.database.server import ServerMoment
from perfcheck.sqltext.columns import TableName
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
    name, rows = str(top[0].name), table.default_rows
    if default == "required":
        return _required(top[0], table, subject)
    if rows is None or (rows.hidden is None and rows.rows_seen == 0):
        seen = "0 bytes" if rows is None else "no row"
        return holds(
            name, "no row", seen, proof=Proof.PRESENT, message=f"{name} (DEFAULT) holds no row"
        )
    if rows.hidden is not None:
        why, needs = _hidden(rows.hidden, top[0].name, facts.server.role)
        return undecided(
            name, "no row", why, needs=needs, message=f"{name} (DEFAULT) may hold rows: it is {why}"
        )
    seen = f"{_count(rows, facts.sample_rows)}{_blocked(rows, facts.zone, every)}"
    return breaks(name, "no row", seen, message=f"{name} (DEFAULT) holds {seen}; expected no row")


def judge_maintenance(
    limit: timedelta, server: ServerMoment, table: Table, subject: str
) -> Finding:
    """Return whether every partition that holds rows was vacuumed and analyzed in time."""
    expected = f"each partition with rows vacuumed and analyzed within {show_duration(limit)}"
    leaves = [p for p in table.partitions if p.relkind == "r" and p.size_bytes != 0]
    judged = [(leaf, _judge_leaf(limit, server, leaf)) for leaf in leaves]
    late = [f"{p.name} ({u.when})" for p, u in judged if u.verdict is Verdict.BREAKS]
    if late:
        seen = f"{len(late)} of {len(leaves)} late: {some(late)}"
        return breaks(subject, expected, seen, message=f"{subject}: {seen}; expected {expected}")
    unknown = [(p, u) for p, u in judged if u.verdict is Verdict.UNDECIDED]
    if unknown or not leaves:
        seen = "no partition holds rows"
        if unknown:
            listed = some([f"{p.name} ({u.when})" for p, u in unknown])
            seen = f"{len(unknown)} of {len(leaves)} unknown: {listed}"
        return undecided(
            subject,
            expected,
            seen,
            needs=unknown[0][1].needs if unknown else "a partition that holds rows",
            message=f"{subject}: {seen}; expected {expected}",
        )
    return holds(
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
    costly = [str(name) for name in scanned if name in full]
    expected = f"at most {limit} partitions with rows scanned"
    seen = f"{len(costly)} of {len(full)}"
    if len(costly) > limit:
        return breaks(
            subject,
            expected,
            f"{seen}: {some(costly)}",
            message=f"the statement would scan {seen} partitions with rows of {subject}"
            f" ({some(costly)}), empty ones not counted; expected at most {limit}",
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
        message=f"the statement would scan {seen} partitions with rows of {subject},"
        f" empty ones not counted; {limit} are allowed",
    )


def _forbidden(top: Sequence[Partition], subject: str) -> Finding:
    if top:
        name = str(top[0].name)
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
    name, expected = default.name, "a DEFAULT partition that accepts rows"
    parents = {p.name: p.parent for p in table.partitions}
    leaves = [p.name for p in table.partitions if p.relkind != "p"]
    accepts = any(default.name in _line_up(leaf, parents) for leaf in leaves)
    if accepts and not default.detaching:
        return holds(
            subject,
            expected,
            str(name),
            proof=Proof.PRESENT,
            message=f"{subject} has the DEFAULT partition {name}",
        )
    why = "is being detached" if default.detaching else "has no partition of its own"
    return breaks(
        subject, expected, f"{name} {why}", message=f"{name} (DEFAULT) {why}, so it takes no row"
    )


def _line_up(name: TableName, parents: dict[TableName, TableName]) -> Iterator[TableName]:
    while name in parents:
        yield name
        name = parents[name]


def _hidden(hidden: Hidden, name: TableName, role: str) -> tuple[str, str]:
    match hidden:
        case "locked":
            return "locked", f"the lock on {name} released"
        case "foreign":
            return "a foreign table", "a DEFAULT partition that is no foreign table"
        case "row_security":
            return "filtered by row-level security", f"a role that may see every row of {name}"
        case "privilege":
            return "not readable", grant_select(name, role)


def _count(rows: DefaultRows, sample_rows: int) -> str:
    if rows.rows_seen >= sample_rows:
        return f"{sample_rows} rows or more"
    return f"{rows.rows_seen} row{'s' if rows.rows_seen != 1 else ''}"


def _blocked(rows: DefaultRows, zone: str, every: Unit | None) -> str:
    """Say which period's partition cannot be created while the rows are there."""
    moment = rows.upcoming or rows.earliest
    if moment is None or every is None:
        return ""
    calendar = Calendar(every, zone)
    return f", which block the partition of {calendar.name(calendar.start(moment))}"


def _judge_leaf(limit: timedelta, server: ServerMoment, leaf: Partition) -> Upkeep:
    """Return the worse of the judgements about a partition's last vacuum and last analyze."""
    judged = [
        judge_upkeep(done_at, untouched=leaf.untouched, server=server, within=limit)
        for done_at in (leaf.last_vacuum, leaf.last_analyze)
    ]
    order = (Verdict.BREAKS, Verdict.UNDECIDED, Verdict.HOLDS)
    worst = min(judged, key=lambda upkeep: order.index(upkeep.verdict))
    if worst.verdict is Verdict.BREAKS and leaf.size_bytes is None:  # it may hold no row at all
        needs = f"one VACUUM (ANALYZE) of {leaf.name}, which is recorded"
        if leaf.locked:
            needs = f"the lock on {leaf.name} released"
        return Upkeep(Verdict.UNDECIDED, f"{worst.when}, if it holds rows", needs)
    return worst
