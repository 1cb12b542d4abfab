"""Find the index that serves a need on a table and on every table that inherits from it."""

from collections.abc import Sequence
from dataclasses import replace

from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.database._index_finding import find_serving_index
from perfcheck.checks.database._index_fit import Need
from perfcheck.checks.database._relation import some
from perfcheck.model import Finding, Proof, Verdict
from perfcheck.probes.database.index_facts import LiveTable


def find_in_family(need: Need, table: LiveTable, heirs: Sequence[LiveTable]) -> Finding:
    """Return whether an index serves on each table that a query on `table` reads.

    Inheritance hands down no index, and a unique one ends at its own table. A parent
    without rows needs none, as the manual advises, unless the index is asked for by name
    and structure.
    """
    own = find_serving_index(need, table)
    empty = any(s.name == table.name and s.size_bytes == 0 for s in table.storage)
    if not heirs or (own.verdict is not Verdict.HOLDS and (need.strict or not empty)):
        return own
    below = replace(need, name=None)  # no two indexes of a schema have one name
    found = [(heir, find_serving_index(below, heir)) for heir in heirs]
    lacking = [(heir, f) for heir, f in found if f.verdict is Verdict.BREAKS]
    if lacking:
        listed = some([str(heir.name) for heir, _ in lacking])
        seen = f"{len(lacking)} of {len(heirs)} tables that inherit from {table.name}: {listed}"
        message = f"{need.subject} does not serve on {seen} ({lacking[0][1].observed})"
        return breaks(need.subject, str(need), f"not on {seen}", message=message)
    unsure = next((f for _, f in found if f.verdict is Verdict.UNDECIDED), None)
    if unsure is not None:
        return unsure.model_copy(update={"subject": need.subject})
    if need.unique:
        return _unique_in_each(need, table, len(heirs))
    return _served(need, table, [f for _, f in found], own)


def _served(need: Need, table: LiveTable, found: Sequence[Finding], own: Finding) -> Finding:
    where = f"{len(found)} tables that inherit from {table.name}, which holds no row itself"
    observed = found[0].observed
    if own.verdict is Verdict.HOLDS:
        where = f"{len(found) + 1} tables: {table.name} and those that inherit from it"
        observed = own.observed
    message = f"{need.subject} serves on each of {where}"
    return holds(need.subject, str(need), observed, proof=Proof.PRESENT, message=message)


def _unique_in_each(need: Need, table: LiveTable, heirs: int) -> Finding:
    seen = f"unique in each of {heirs} tables that inherit from {table.name}, not across them"
    needs = "one table, or partitions of one: their unique index is one across all"
    message = f"{need.subject} is {seen}"
    return undecided(need.subject, str(need), seen, needs=needs, message=message)
