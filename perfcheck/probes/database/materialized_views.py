"""Ask when materialized views were refreshed, as an interval that the server can prove."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field
from typing_extensions import override

from perfcheck.model import Model
from perfcheck.probes.base import BatchProbe, Facts
from perfcheck.probes.database.asking import Row, by_name, name_in, probe_sql, utc
from perfcheck.probes.database.server import ServerMoment, by_its_name, read_server
from perfcheck.sqltext.columns import TableName

if TYPE_CHECKING:
    from perfcheck.targets.postgres import PostgresSession

SAMPLE_ROWS = 1_000


class MaterializedView(Model):
    """One view that a spec names; the last refresh lies in [not_before, not_after]."""

    name: TableName
    relkind: str | None = Field(description="m; None: there is no such relation.")
    populated: bool = False
    unique_indexes: tuple[str, ...] = Field(
        default=(), description="Those that REFRESH ... CONCURRENTLY can use."
    )
    locked: bool = Field(default=False, description="ACCESS EXCLUSIVE is held or waited for.")
    readable: bool = Field(default=False, description="The role may SELECT from it.")
    rows_read: int | None = Field(default=None, description="None: its rows were not asked for.")
    not_before: datetime | None = Field(
        default=None, description="The latest commit that wrote one of the rows read."
    )
    not_after: datetime | None = Field(
        default=None, description="The commit that last wrote its catalog row."
    )


class ViewFacts(Facts):
    """Materialized views at one moment."""

    server: ServerMoment = Field(description="When `not_after` was read.")
    read_at: datetime | None = Field(description="The server's clock at not_before, UTC.")
    tracked: bool = Field(description="track_commit_timestamp")
    views: tuple[MaterializedView, ...]

    def view(self, name: TableName) -> MaterializedView:
        """Return a view. Raises ProbeError if the answer says nothing about it."""
        return by_its_name(name, self.views)


@dataclass(frozen=True)
class MaterializedViewsProbe(BatchProbe[ViewFacts]):
    """In which interval were these views last refreshed? Two round trips at most.

    The second reads the xmin of up to 1,000 rows of each view, where the role may. A
    refresh commits after its snapshot: the data may be older by as long as it ran.
    """

    subjects: frozenset[TableName]
    name: ClassVar[str] = "database.materialized_views"
    kind: ClassVar[str] = "postgres"
    facts: ClassVar[type[Facts]] = ViewFacts

    @override
    async def ask(self, session: "PostgresSession") -> ViewFacts:
        rows = await session.fetch(probe_sql("materialized_views.sql"), by_name(self.subjects))
        statements = [_sample(row, place) for place, row in enumerate(rows) if _may_read(row)]
        samples = await session.fetch("\nunion all\n".join(statements)) if statements else []
        by_place = {sample["place"]: sample for sample in samples}
        return ViewFacts(
            server=read_server(rows[0]),
            read_at=max((utc(sample["read_at"]) for sample in samples), default=None),
            tracked=rows[0]["tracked"],
            views=tuple(_view(row, by_place.get(place)) for place, row in enumerate(rows)),
        )

    @override
    def excerpt(self, facts: ViewFacts) -> str:
        return "; ".join(_line(view) for view in facts.views if view.name in self.subjects)


def _may_read(row: Row) -> bool:
    wanted = (row["relkind"], row["populated"], row["readable"], row["tracked"], row["locked"])
    return wanted == ("m", True, True, True, False)


def _sample(row: Row, place: int) -> str:
    return (
        f"select {place} as place, count(*)::int as rows_read,"  # noqa: S608 - quoted
        f" max(pg_catalog.pg_xact_commit_timestamp(x)) as not_before,"
        f" pg_catalog.clock_timestamp() as read_at"
        f" from (select xmin as x from {name_in(row).sql} limit {SAMPLE_ROWS}) as sample"
    )


def _view(row: Row, sample: Row | None) -> MaterializedView:
    if row["relkind"] is None:
        return MaterializedView(name=name_in(row), relkind=None)
    return MaterializedView(
        name=name_in(row),
        relkind=row["relkind"],
        populated=row["populated"],
        unique_indexes=tuple(row["unique_indexes"]),
        locked=row["locked"],
        readable=row["readable"],
        rows_read=sample["rows_read"] if sample else None,
        not_before=utc(sample["not_before"]) if sample else None,
        not_after=utc(row["not_after"]),
    )


def _line(view: MaterializedView) -> str:
    if view.relkind is None:
        return f"{view.name}: does not exist"
    after, before = (
        "unknown" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}Z"
        for moment in (view.not_before, view.not_after)
    )
    state = "" if view.populated else ", not populated"
    return f"{view.name}: refreshed not before {after}, not after {before}{state}"
