"""Judge what partitions need besides their ranges: maintenance, and pruning of plans."""

from datetime import timedelta

from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.database._relation import some
from perfcheck.checks.database._upkeep import Upkeep, judge_upkeep
from perfcheck.model import Finding, Proof, Verdict
from perfcheck.probes.database.partition_facts import (
    Partition,
    Table,
)
from perfcheck.probes.database.pruning import Scans
from perfcheck.probes.database.server import ServerMoment
from perfcheck.units import show_duration


def judge_maintenance(
    limit: timedelta, server: ServerMoment, table: Table, subject: str
) -> Finding:
    """Return whether every partition that holds rows was vacuumed and analyzed in time."""
    within = show_duration(limit)
    expected = f"of each partition with rows a VACUUM and an ANALYZE recorded within {within}"
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


def judge_pruning(limit: int, plan: Scans, table: Table, subject: str) -> Finding:
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
