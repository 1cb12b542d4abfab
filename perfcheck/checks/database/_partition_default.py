"""Judge the DEFAULT partition, and say why its rows were not read."""

from collections.abc import Sequence
from typing import Literal

from perfcheck.calendar import Calendar, Unit
from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.database._partition_state import REFUSES, by_parent, reach
from perfcheck.checks.database._relation import grant_select
from perfcheck.model import Finding, Proof
from perfcheck.probes.database.partition_facts import (
    DefaultRows,
    Hidden,
    Partition,
    PartitionFacts,
    Table,
)
from perfcheck.sqltext.columns import TableName

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
        why, needs = why_hidden(rows.hidden, top[0].name, facts.server.role)
        return undecided(
            name, "no row", why, needs=needs, message=f"{name} (DEFAULT) may hold rows: it is {why}"
        )
    seen = f"{_count(rows, facts.sample_rows)}{_blocked(rows, facts.zone, every)}"
    return breaks(name, "no row", seen, message=f"{name} (DEFAULT) holds {seen}; expected no row")


def why_hidden(hidden: Hidden, name: TableName, role: str) -> tuple[str, str]:
    """Return why the rows of a DEFAULT partition were not read, and what would let them be."""
    match hidden:
        case "locked":
            return "locked", f"the lock on {name} released"
        case "foreign":
            return "a foreign table", "a DEFAULT partition that is no foreign table"
        case "row_security":
            return "filtered by row-level security", f"a role that may see every row of {name}"
        case "privilege":
            return "not readable", grant_select(name, role)


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
    name, expected = default.name, "a DEFAULT partition"
    below = reach(default, by_parent(table))
    if below.state in REFUSES:
        why = REFUSES[below.state]
        message = f"{name} (DEFAULT) {why}, so it takes no row"
        return breaks(subject, expected, f"{name} {why}", message=message)
    if below.state != "rows":
        why = below.lacks or f"{name} leads to a foreign table"
        needs = "a DEFAULT partition, or every remainder, below it; no foreign table"
        message = f"{name} (DEFAULT) may refuse rows: {why}"
        return undecided(subject, expected, why, needs=needs, message=message)
    message = f"{subject} has the DEFAULT partition {name}"
    return holds(subject, expected, str(name), proof=Proof.PRESENT, message=message)


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
