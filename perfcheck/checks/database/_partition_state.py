"""Judge whether a partition surely takes every row of its own bound, by what is below it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from perfcheck.checks.database._relation import some
from perfcheck.probes.database.bounds import read_hash_bound
from perfcheck.probes.database.partition_facts import Partition, Table
from perfcheck.sqltext.columns import TableName

State = Literal["rows", "foreign", "partial", "no leaf", "detach pending"]
REFUSES: dict[State, str] = {
    "no leaf": "has no partition of its own",
    "detach pending": "is being detached",
}
_MOST_REMAINDERS = 4096  # more are not listed one by one


@dataclass(frozen=True)
class Reach:
    """Which rows of its bound a partition takes.

    `rows`: each, as far as bounds decide (a CHECK may refuse some). `foreign`: as a foreign
    table decides. `partial`: some or all; `lacks` says what is missing to be sure.
    """

    state: State
    lacks: str = ""


Below = dict[TableName, list[Partition]]


def by_parent(table: Table) -> Below:
    """Return the partitions of each table that has any."""
    below: Below = {}
    for partition in table.partitions:
        below.setdefault(partition.parent, []).append(partition)
    return below


def reach(partition: Partition, below: Below) -> Reach:
    """Return whether a partition takes all rows, with what is below of whatever key."""
    if partition.detaching:
        return Reach("detach pending")
    if partition.relkind != "p":
        return Reach("foreign" if partition.relkind == "f" else "rows")
    children = below.get(partition.name, [])
    reaches = [reach(child, below) for child in children]
    if all(r.state in REFUSES for r in reaches):
        return Reach("no leaf")
    lacks = [
        r.lacks or f"{child.name} {REFUSES[r.state]}"
        for child, r in zip(children, reaches, strict=True)
        if r.state == "partial" or r.state in REFUSES
    ]
    missing = _missing(partition, children)
    if missing or lacks:
        return Reach("partial", some([*missing, *lacks]))
    return Reach("foreign" if any(r.state == "foreign" for r in reaches) else "rows")


def _missing(partition: Partition, children: Sequence[Partition]) -> list[str]:
    """Return which keys no child is for; ranges and lists are whole by a DEFAULT alone."""
    if any(child.is_default for child in children):
        return []
    if partition.cut is None or partition.cut.strategy != "hash":
        return [f"{partition.name} has no DEFAULT partition"]
    bounds = {bound for child in children if (bound := read_hash_bound(child.bound))}
    whole = math.lcm(*(modulus for modulus, _ in bounds))
    if sum(whole // modulus for modulus, _ in bounds) == whole:
        return []
    if whole > _MOST_REMAINDERS or not bounds:
        return [f"{partition.name} lacks remainders"]
    free = [r for r in range(whole) if all(r % modulus != taken for modulus, taken in bounds)]
    word = "remainder" if len(free) == 1 else "remainders"
    return [f"{partition.name} lacks {word} {some([str(r) for r in free])} of modulus {whole}"]
