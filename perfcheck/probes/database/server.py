"""What all facts about relations say of the server, and how they are looked up."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from pydantic import Field

from perfcheck.errors import ProbeError
from perfcheck.model import Model
from perfcheck.probes.database.asking import Row, utc
from perfcheck.sqltext.columns import TableName


class ServerMoment(Model):
    """The server when it was asked, and since when it records maintenance."""

    asked_at: datetime = Field(description="The server's clock, UTC.")
    role: str
    in_recovery: bool = Field(description="A standby: maintenance is done elsewhere.")
    counts: bool = Field(description="track_counts; without it maintenance leaves no trace.")
    statistics_since: datetime | None = Field(
        description="Their last reset; a crash and an upgrade are resets, too."
    )
    primary_since: datetime | None = Field(
        description="Start or promotion of this primary; None: a standby, or hidden from the role."
    )


def read_server(row: Row) -> ServerMoment:
    """Read the columns of the query's part `server`."""
    return ServerMoment(
        asked_at=utc(row["asked_at"]),
        role=row["role"],
        in_recovery=row["in_recovery"],
        counts=row["counts"],
        statistics_since=utc(row["statistics_since"]),
        primary_since=utc(row["primary_since"]),
    )


class Named(Protocol):
    """Anything of a relation's name."""

    @property
    def name(self) -> TableName:
        """The relation."""


N = TypeVar("N", bound=Named)


def by_its_name(name: TableName, things: Iterable[N]) -> N:
    """Return the one of that name. Raises ProbeError if the answer does not speak of it."""
    found = next((thing for thing in things if thing.name == name), None)
    if found is None:
        raise ProbeError("garbage", f"the answer says nothing about {name}")
    return found
