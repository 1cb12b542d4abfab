"""Judge how a table is partitioned, and whether its ranges can be read as time."""

from collections.abc import Iterator

from perfcheck.checks.base import breaks, holds
from perfcheck.checks.database._relation import kind_of
from perfcheck.model import Finding, Proof
from perfcheck.probes.database.bounds import TIME_TYPES
from perfcheck.probes.database.partition_facts import Cut, Partition, Strategy, Table


def judge_scheme(
    strategy: Strategy | None, key: str | None, table: Table, subject: str
) -> Iterator[Finding]:
    """Yield whether a table is partitioned, and as declared."""
    yield _exists(table, subject)
    if table.cut is not None and strategy is not None:
        yield _compare(subject, "partitioned by", strategy, table.cut.strategy)
    if table.cut is not None and key is not None:
        columns = ", ".join(column or "an expression" for column in table.cut.columns)
        yield _compare(subject, "partitioned on", key, columns)


def unreadable(cut: Cut, key: str | None, table: Table) -> str | None:
    """Return why the ranges of a table cannot be compared with periods; None if they can."""
    if cut.strategy != "range":
        return f"partitioned by {cut.strategy}"
    if len(cut.columns) != 1 or cut.types[0] not in TIME_TYPES:
        kinds = ", ".join(kind or "an expression" for kind in cut.types)
        return f"partitioned on an unsupported key type ({kinds})"
    if key is not None and cut.columns != (key,):
        return "partitioned on another column"
    odd = [partition.bound for partition in table.partitions if _is_unread(partition, table)]
    return f"cut at bounds that cannot be read ({odd[0]})" if odd else None


def _is_unread(partition: Partition, table: Table) -> bool:
    return partition.parent == table.name and not partition.is_default and partition.span is None


def _exists(table: Table, subject: str) -> Finding:
    expected = "a partitioned table with partitions"
    if table.cut is None:
        observed = "does not exist" if table.relkind is None else f"is {kind_of(table.relkind)}"
        return breaks(
            subject, expected, observed, message=f"{subject} {observed}; expected {expected}"
        )
    leaves = sum(partition.relkind != "p" for partition in table.partitions)
    if not leaves:
        return breaks(
            subject,
            expected,
            "no partition",
            message=f"{subject} has no partition that is a table, so it rejects every row",
        )
    return holds(
        subject,
        expected,
        f"{leaves} partitions",
        proof=Proof.PRESENT,
        message=f"{subject} is partitioned into {leaves} tables",
    )


def _compare(subject: str, relation: str, expected: str, observed: str) -> Finding:
    wanted, seen = f"{relation} {expected}", f"{relation} {observed}"
    if expected == observed:
        return holds(subject, wanted, seen, proof=Proof.PRESENT, message=f"{subject} is {seen}")
    return breaks(subject, wanted, seen, message=f"{subject} is {seen}; expected {wanted}")
