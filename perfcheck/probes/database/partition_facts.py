"""What is known about partitioned tables: raw observations, to be judged offline."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from perfcheck.model import Model
from perfcheck.probes.base import Facts
from perfcheck.spans import Span

Strategy = Literal["range", "list", "hash"]


class Cut(Model):
    """How a table is partitioned."""

    strategy: Strategy
    columns: tuple[str | None, ...] = Field(description="In order; None for an expression.")
    types: tuple[str | None, ...] = Field(description="As format_type writes them.")


class Partition(Model):
    """One partition, of whatever level."""

    name: str = Field(description="schema.name")
    parent: str = Field(description="schema.name of the table that it is a part of.")
    relkind: str = Field(description="r: rows, p: partitions of its own, f: a foreign table.")
    bound: str = Field(description="As the server prints it in UTC: FOR VALUES ..., DEFAULT.")
    span: Span | None = Field(description="Its range of time; None: none of one column of time.")
    cut: Cut | None = Field(default=None, description="How it is partitioned itself.")
    detaching: bool = Field(default=False, description="DETACH CONCURRENTLY is not finished.")
    locked: bool = Field(default=False, description="ACCESS EXCLUSIVE is held or waited for.")
    size_bytes: int | None = Field(
        default=None, description="Main fork; None: locked, or no ordinary heap table."
    )
    untouched: bool = Field(default=False, description="Never vacuumed nor analyzed.")
    last_vacuum: datetime | None = None
    last_analyze: datetime | None = None

    @property
    def is_default(self) -> bool:
        """Whether it takes the rows that no other takes."""
        return self.bound == "DEFAULT"


Hidden = Literal["locked", "privilege", "row_security", "foreign"]


class DefaultRows(Model):
    """What the first rows of a DEFAULT partition are, or why nobody could look."""

    hidden: Hidden | None = Field(default=None, description="Why its rows were not read.")
    rows_seen: int = Field(default=0, description="Counted no further than `sample`.")
    earliest: datetime | None = Field(default=None, description="Of the key; None: not of time.")
    upcoming: datetime | None = Field(
        default=None, description="The earliest key not before the server's clock."
    )


class Table(Model):
    """A table that a spec names, with all its partitions."""

    name: str = Field(description="schema.name")
    relkind: str | None = Field(description="p: partitioned; None: there is no such relation.")
    cut: Cut | None = None
    partitions: tuple[Partition, ...] = ()
    default_rows: DefaultRows | None = Field(
        default=None, description="None: there is no DEFAULT, or size 0 proves that it is empty."
    )


class PartitionFacts(Facts):
    """The partitioned tables of a database at one moment."""

    asked_at: datetime = Field(description="The server's clock, UTC.")
    zone: str = Field(description="The zone in which periods are cut.")
    role: str
    in_recovery: bool = Field(description="A standby: maintenance is done elsewhere.")
    counts: bool = Field(description="track_counts; without it maintenance leaves no trace.")
    statistics_since: datetime | None = Field(description="Their last known reset.")
    tables: tuple[Table, ...]

    def table(self, name: str) -> Table:
        """Return a table by schema.name. Raises KeyError if nobody asked for it."""
        return {table.name: table for table in self.tables}[name]
