"""What is known about partitioned tables: raw observations, to be judged offline."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from perfcheck.model import Model
from perfcheck.probes.base import Facts
from perfcheck.probes.database.server import ServerMoment, by_its_name
from perfcheck.spans import Span
from perfcheck.sqltext.columns import TableName

Strategy = Literal["range", "list", "hash"]


class Cut(Model):
    """How a table is partitioned."""

    strategy: Strategy
    columns: tuple[str | None, ...] = Field(description="In order; None for an expression.")
    types: tuple[str | None, ...] = Field(description="As format_type writes them.")


class Partition(Model):
    """One partition, of whatever level."""

    name: TableName
    parent: TableName = Field(description="The table that it is a part of.")
    relkind: str = Field(description="r: rows, p: partitions of its own, f: a foreign table.")
    bound: str = Field(description="As the server prints it in UTC: FOR VALUES ..., DEFAULT.")
    span: Span | None = Field(description="Its range of time; None: none of one column of time.")
    cut: Cut | None = Field(default=None, description="How it is partitioned itself.")
    detaching: bool = Field(default=False, description="DETACH CONCURRENTLY is not finished.")
    locked: bool = Field(default=False, description="ACCESS EXCLUSIVE is held or waited for.")
    size_bytes: int | None = Field(
        default=None, description="Main fork; None: locked, or no ordinary heap table."
    )
    untouched: bool = Field(
        default=False, description="Neither vacuumed nor analyzed since it was created."
    )
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
    rows_seen: int = Field(
        default=0, description="Counted no further than `sample_rows` of the facts."
    )
    earliest: datetime | None = Field(default=None, description="Of the key; None: not of time.")
    upcoming: datetime | None = Field(
        default=None, description="The earliest key not before the server's clock."
    )


class Table(Model):
    """A table that a spec names, with all its partitions."""

    name: TableName
    relkind: str | None = Field(description="p: partitioned; None: there is no such relation.")
    cut: Cut | None = None
    partitions: tuple[Partition, ...] = ()
    default_rows: DefaultRows | None = Field(
        default=None, description="None: there is no DEFAULT, or size 0 proves that it is empty."
    )


class PartitionFacts(Facts):
    """The partitioned tables of a database at one moment."""

    server: ServerMoment
    zone: str = Field(description="The zone in which periods are cut.")
    sample_rows: int = Field(description="Rows read of each DEFAULT partition at most.")
    tables: tuple[Table, ...]

    def table(self, name: TableName) -> Table:
        """Return a table. Raises ProbeError if the answer says nothing about it."""
        return by_its_name(name, self.tables)
