"""Ask when materialized views were refreshed, as an interval that the server can prove."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from typing_extensions import override

from perfcheck.data import bundled
from perfcheck.model import Model
from perfcheck.probes.base import BatchProbe, Facts
from perfcheck.sqltext.columns import TableName

if TYPE_CHECKING:
    from perfcheck.targets.postgres import PostgresSession

Row = Mapping[str, Any]  # of the driver: its values have the types of the columns
SAMPLE_ROWS = 1_000


class MaterializedView(Model):
    """One view that a spec names; the last refresh lies in [not_before, not_after]."""

    name: str = Field(description="schema.name")
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

    asked_at: datetime = Field(description="The server's clock at not_after, UTC.")
    read_at: datetime | None = Field(description="The server's clock at not_before, UTC.")
    role: str
    tracked: bool = Field(description="track_commit_timestamp")
    views: tuple[MaterializedView, ...]

    def view(self, name: str) -> MaterializedView:
        """Return a view by schema.name. Raises KeyError if nobody asked for it."""
        return {view.name: view for view in self.views}[name]


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
        named = sorted(self.subjects, key=str)
        rows = await session.fetch(
            bundled("sql", "probes", "materialized_views.sql").read_text(),
            {"schemas": [view.schema for view in named], "names": [view.name for view in named]},
        )
        statements = [_sample(row, place) for place, row in enumerate(rows) if _may_read(row)]
        samples = await session.fetch("\nunion all\n".join(statements)) if statements else []
        by_place = {sample["place"]: sample for sample in samples}
        return ViewFacts(
            asked_at=rows[0]["asked_at"].astimezone(UTC),
            read_at=max((_utc(sample["read_at"]) for sample in samples), default=None),
            role=rows[0]["role"],
            tracked=rows[0]["tracked"],
            views=tuple(_view(row, by_place.get(place)) for place, row in enumerate(rows)),
        )

    @override
    def excerpt(self, facts: ViewFacts) -> str:
        asked = {str(subject) for subject in self.subjects}
        return "; ".join(_line(view) for view in facts.views if view.name in asked)


def _may_read(row: Row) -> bool:
    wanted = (row["relkind"], row["populated"], row["readable"], row["tracked"], row["locked"])
    return wanted == ("m", True, True, True, False)


def _sample(row: Row, place: int) -> str:
    return (
        f"select {place} as place, count(*)::int as rows_read,"  # noqa: S608 - quoted by the server
        f" max(pg_catalog.pg_xact_commit_timestamp(x)) as not_before,"
        f" pg_catalog.clock_timestamp() as read_at"
        f" from (select xmin as x from {row['quoted']} limit {SAMPLE_ROWS}) as sample"
    )


def _view(row: Row, sample: Row | None) -> MaterializedView:
    name = f"{row['schema_name']}.{row['view_name']}"
    if row["relkind"] is None:
        return MaterializedView(name=name, relkind=None)
    return MaterializedView(
        name=name,
        relkind=row["relkind"],
        populated=row["populated"],
        unique_indexes=tuple(row["unique_indexes"]),
        locked=row["locked"],
        readable=row["readable"],
        rows_read=sample["rows_read"] if sample else None,
        not_before=_or_none(sample["not_before"]) if sample else None,
        not_after=_or_none(row["not_after"]),
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _or_none(moment: datetime | None) -> datetime | None:
    return None if moment is None else _utc(moment)


def _line(view: MaterializedView) -> str:
    if view.relkind is None:
        return f"{view.name}: does not exist"
    after, before = (
        "unknown" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}Z"
        for moment in (view.not_before, view.not_after)
    )
    state = "" if view.populated else ", not populated"
    return f"{view.name}: refreshed not before {after}, not after {before}{state}"
