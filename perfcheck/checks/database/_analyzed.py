"""Judge how long ago a table was analyzed, by the server's own clock."""

from datetime import timedelta

from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.database._upkeep import Upkeep, judge_upkeep
from perfcheck.model import Finding, Proof, Verdict
from perfcheck.probes.database.index_facts import LiveTable, Storage
from perfcheck.probes.database.server import ServerMoment
from perfcheck.units import show_duration


def judge_analyzed(table: LiveTable, server: ServerMoment, within: timedelta) -> Finding:
    """Return whether every relation that holds the table's rows was analyzed in time.

    Of a partitioned table, a leaf counts as long as an analyze is recorded and no row has
    changed since: its statistics are still right. A leaf without rows has none to get.
    """
    subject, expected = str(table.name), f"analyzed within {show_duration(within)}"
    stored = [s for s in table.storage if table.relkind != "p" or s.size_bytes != 0]
    if not stored:
        observed = "no partition holds rows"
        message = f"{subject} cannot be analyzed: {observed}"
        return undecided(subject, expected, observed, needs="rows", message=message)
    judged = [(_judge_storage(s, table, server, within), s) for s in stored]
    for verdict in (Verdict.BREAKS, Verdict.UNDECIDED):
        found = [(upkeep, s) for upkeep, s in judged if upkeep.verdict is verdict]
        if found:
            observed = _observed(found, len(stored), table)
            message = f"{subject}: {observed}; {show_duration(within)} is allowed"
            if verdict is Verdict.BREAKS:
                return breaks(subject, expected, observed, message=message)
            needs = found[0][0].needs
            return undecided(subject, expected, observed, needs=needs, message=message)
    oldest, _ = min(judged, key=lambda pair: pair[1].analyzed_at or server.asked_at)
    message = f"{subject}: analyzed {oldest.when}; {show_duration(within)} is allowed"
    return holds(subject, expected, f"analyzed {oldest.when}", proof=Proof.PRESENT, message=message)


def _judge_storage(
    storage: Storage, table: LiveTable, server: ServerMoment, within: timedelta
) -> Upkeep:
    upkeep = judge_upkeep(
        storage.analyzed_at, untouched=storage.untouched, server=server, within=within
    )
    if table.relkind != "p" or upkeep.verdict is not Verdict.BREAKS:
        return upkeep
    if storage.size_bytes is None:
        needs = f"the lock on {storage.name} released, or one ANALYZE of it, which is recorded"
        return Upkeep(Verdict.UNDECIDED, f"{upkeep.when}, if it holds rows", needs)
    if storage.analyzed_at is not None and not storage.changed_rows:
        return Upkeep(Verdict.HOLDS, upkeep.when)
    return upkeep


def _observed(found: list[tuple[Upkeep, Storage]], stored: int, table: LiveTable) -> str:
    upkeep, first = found[0]
    if table.relkind != "p":
        return f"analyzed {upkeep.when}"
    word = "late" if upkeep.verdict is Verdict.BREAKS else "unknown"
    return f"{len(found)} of {stored} partitions {word}; {first.name}: analyzed {upkeep.when}"
