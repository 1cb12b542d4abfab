"""Judge how long ago a table was analyzed, by the server's own clock."""

from datetime import timedelta

from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.database._relation import shown
from perfcheck.model import Finding, Proof
from perfcheck.probes.database.index_facts import IndexFacts, LiveTable, Storage
from perfcheck.units import show_age, show_duration


def analyzed(table: LiveTable, facts: IndexFacts, within: timedelta) -> Finding:
    """Return whether every relation that holds the table's rows was analyzed in time.

    Of a partitioned table, a leaf counts as long as it was ever analyzed and no row has
    changed since: its statistics are still right. A leaf without rows has none to get.
    """
    subject = shown(f"{table.schema_name}.{table.name}")
    expected = f"analyzed within {show_duration(within)}"
    cannot_tell = _cannot_tell(facts)
    if cannot_tell:
        observed, needs = cannot_tell
        message = f"when {subject} was analyzed is not known: {observed}"
        return undecided(subject, expected, observed, needs=needs, message=message)
    stored = [s for s in table.storage if table.kind != "p" or s.live_rows or s.changed_rows]
    late = [s for s in stored if _is_late(s, table, facts, within)]
    if late:
        observed = _when(late[0], facts)
        if len(table.storage) > 1:
            observed = (
                f"{len(late)} of {len(stored)} partitions are late; {late[0].name}: {observed}"
            )
        message = f"{subject}: {observed}; {show_duration(within)} is allowed"
        return breaks(subject, expected, observed, message=message)
    if not stored:
        observed = "no partition holds rows"
        message = f"{subject} cannot be analyzed: {observed}"
        return undecided(subject, expected, observed, needs="rows", message=message)
    observed = _when(min(stored, key=lambda s: s.analyzed_at or facts.now), facts)
    message = f"{subject}: {observed}; {show_duration(within)} is allowed"
    return holds(subject, expected, observed, proof=Proof.PRESENT, message=message)


def _cannot_tell(facts: IndexFacts) -> tuple[str, str] | None:
    if facts.standby:
        return "statistics are node-local and this is a standby", "a connection to the primary"
    if not facts.counting:
        return "track_counts is off, so analyzes are not recorded", "track_counts = on"
    return None


def _is_late(storage: Storage, table: LiveTable, facts: IndexFacts, within: timedelta) -> bool:
    if storage.analyzed_at is None:
        return True
    if table.kind == "p" and not storage.changed_rows:
        return False
    return facts.now - storage.analyzed_at > within


def _when(storage: Storage, facts: IndexFacts) -> str:
    if storage.analyzed_at is None:
        return "no analyze is recorded"
    return f"analyzed {show_age(facts.now - storage.analyzed_at)} ago"
