"""Judge how long ago a table was analyzed, by the server's own clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.database._relation import some
from perfcheck.checks.database._upkeep import Upkeep, judge_upkeep
from perfcheck.model import Finding, Proof, Verdict
from perfcheck.probes.database.index_facts import LiveTable, Storage
from perfcheck.probes.database.server import ServerMoment
from perfcheck.units import show_duration


@dataclass(frozen=True)
class Limit:
    """How old the last ANALYZE may be, and the columns whose statistics are needed."""

    within: timedelta
    columns: frozenset[str]


def judge_analyzed(table: LiveTable, server: ServerMoment, limit: Limit) -> Finding:
    """Return whether every relation that holds the table's rows was analyzed in time.

    Of a partition or an heir, an analyze counts as long as no row has changed since: its
    statistics are still right. One without rows has none to get. Where others have
    statistics and a needed column has none, the analyze was not of that column.
    """
    subject, within = str(table.name), show_duration(limit.within)
    expected = f"an ANALYZE recorded within {within}"
    several = table.relkind == "p" or bool(table.heirs)
    stored = [s for s in table.storage if not several or s.size_bytes != 0]
    if not stored:
        observed = "none of its tables holds rows" if table.heirs else "no partition holds rows"
        message = f"{subject} cannot be analyzed: {observed}"
        return undecided(subject, expected, observed, needs="rows", message=message)
    judged = [(_judge_storage(s, server, limit, several=several), s) for s in stored]
    for verdict in (Verdict.BREAKS, Verdict.UNDECIDED):
        found = [(upkeep, s) for upkeep, s in judged if upkeep.verdict is verdict]
        if found:
            observed = _observed(found, len(stored), table)
            message = f"{subject}: {observed}; {within} is allowed"
            if verdict is Verdict.BREAKS:
                return breaks(subject, expected, observed, message=message)
            needs = found[0][0].needs
            return undecided(subject, expected, observed, needs=needs, message=message)
    oldest, _ = min(judged, key=lambda pair: pair[1].analyzed_at or server.asked_at)
    unseen = _unseen(stored, server, limit)
    message = f"{subject}: ANALYZE recorded {oldest.when}{unseen}; {within} is allowed"
    seen = f"recorded {oldest.when}"
    return holds(subject, expected, seen, proof=Proof.PRESENT, message=message)


def _judge_storage(
    storage: Storage, server: ServerMoment, limit: Limit, *, several: bool
) -> Upkeep:
    upkeep = judge_upkeep(
        storage.analyzed_at, untouched=storage.untouched, server=server, within=limit.within
    )
    if several and upkeep.verdict is Verdict.BREAKS:
        if storage.size_bytes is None:
            needs = f"the lock on {storage.name} released, or one ANALYZE of it, which is recorded"
            return Upkeep(Verdict.UNDECIDED, f"{upkeep.when}, if it holds rows", needs)
        if storage.analyzed_at is not None and not storage.changed_rows:
            upkeep = Upkeep(Verdict.HOLDS, upkeep.when)
    bare = [column for column in storage.bare_columns if column in limit.columns]
    if upkeep.verdict is Verdict.HOLDS and bare:
        verb = "has" if len(bare) == 1 else "have"
        return Upkeep(Verdict.BREAKS, f"{upkeep.when}, but {some(bare)} {verb} no statistics")
    return upkeep


def _observed(found: list[tuple[Upkeep, Storage]], stored: int, table: LiveTable) -> str:
    upkeep, first = found[0]
    if table.relkind != "p" and not table.heirs:
        return f"analyzed {upkeep.when}"
    word = "late" if upkeep.verdict is Verdict.BREAKS else "unknown"
    what = "tables" if table.heirs else "partitions"
    return f"{len(found)} of {stored} {what} {word}; {first.name}: analyzed {upkeep.when}"


def _unseen(stored: Sequence[Storage], server: ServerMoment, limit: Limit) -> str:
    """Say of which needed columns nobody can tell whether they have statistics."""
    hidden = sorted(limit.columns.intersection(c for s in stored for c in s.hidden_columns))
    if not hidden:
        return ""
    return f" (whether of {some(hidden)} is hidden from the role {server.role})"
