"""Ask how tables are partitioned, and whether their DEFAULT partitions hold rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from perfcheck.probes.base import BatchProbe, Facts
from perfcheck.probes.database.asking import Row, by_name, name_in, probe_sql, utc
from perfcheck.probes.database.bounds import TIME_TYPES, read_bound, read_value, write_value
from perfcheck.probes.database.partition_facts import (
    Cut,
    DefaultRows,
    Hidden,
    Partition,
    PartitionFacts,
    Strategy,
    Table,
)
from perfcheck.probes.database.server import read_server
from perfcheck.sqltext.columns import TableName, quoted

if TYPE_CHECKING:
    from perfcheck.targets.postgres import PostgresSession

SAMPLE_ROWS = 10_000
_STRATEGIES: dict[str, Strategy] = {"r": "range", "l": "list", "h": "hash"}


@dataclass(frozen=True)
class PartitionsProbe(BatchProbe[PartitionFacts]):
    """How are these tables partitioned? Two round trips at most.

    The second reads up to 10,000 rows of each DEFAULT partition that is not empty by its
    size, where the role may.
    """

    subjects: frozenset[TableName]
    name: ClassVar[str] = "database.partitions"
    kind: ClassVar[str] = "postgres"
    facts: ClassVar[type[Facts]] = PartitionFacts

    @override
    async def ask(self, session: "PostgresSession") -> PartitionFacts:
        rows = await session.fetch(probe_sql("partitions.sql"), by_name(self.subjects))
        zone = session.settings.timezone
        drafts = [_Draft(list(group), zone) for _, group in groupby(rows, key=_root)]
        unread = [draft for draft in drafts if draft.default and not draft.is_empty_by_size()]
        statements = [s for s in (draft.sample(place) for place, draft in enumerate(unread)) if s]
        samples = await session.fetch("\nunion all\n".join(statements)) if statements else []
        for place, draft in enumerate(unread):
            found = next((row for row in samples if row["place"] == place), None)
            draft.default_rows = draft.read_sample(found)
        return PartitionFacts(
            server=read_server(rows[0]),
            zone=zone,
            sample_rows=SAMPLE_ROWS,
            tables=tuple(draft.table() for draft in drafts),
        )

    @override
    def excerpt(self, facts: PartitionFacts) -> str:
        return "; ".join(_line(table) for table in facts.tables if table.name in self.subjects)


class _Draft:
    """One table's rows on the way to becoming facts."""

    def __init__(self, rows: list[Row], zone: str) -> None:
        self._root, self._rows, self._zone = rows[0], rows[1:], zone
        self._cuts = {name_in(row): _cut(row) for row in rows}
        self.default = next((row for row in self._rows if _is_top_default(row)), None)
        self.default_rows: DefaultRows | None = None

    def table(self) -> Table:
        return Table(
            name=_root(self._root),
            relkind=self._root["relkind"],
            cut=_cut(self._root),
            partitions=tuple(self._partition(row) for row in self._rows),
            default_rows=self.default_rows,
        )

    def is_empty_by_size(self) -> bool:
        """Return whether no leaf of the DEFAULT partition has a single page.

        pg_class.relpages would not prove it: it is 0 until the first vacuum or analyze.
        """
        leaves = [row for row in self._default_tree() if row["relkind"] != "p"]
        return all(row["size_bytes"] == 0 for row in leaves)

    def sample(self, place: int) -> str | None:
        """Return a statement that reads the first rows of DEFAULT; None where one may not."""
        if self.default is None or self._hidden() is not None:
            return None
        key, key_type = self._time_key()
        if key is None:
            columns, source = "null::text as earliest, null::text as upcoming", "select 1"
        else:
            now = write_value(self._root["asked_at"], key_type, self._zone)
            columns = (
                f"min(k)::text as earliest, min(k) filter (where k >= '{now}')::text as upcoming"
            )
            source = f"select {quoted(key)} as k"
        return (
            f"select {place} as place, count(*)::int as rows_seen, {columns}"  # noqa: S608 - quoted
            f" from ({source} from {name_in(self.default).sql} limit {SAMPLE_ROWS}) as sample"
        )

    def read_sample(self, row: Row | None) -> DefaultRows:
        if row is None:
            return DefaultRows(hidden=self._hidden())
        earliest, upcoming = (
            None if row[column] is None else read_value(row[column], self._zone)
            for column in ("earliest", "upcoming")
        )
        return DefaultRows(rows_seen=row["rows_seen"], earliest=earliest, upcoming=upcoming)

    def _hidden(self) -> Hidden | None:
        tree = self._default_tree()
        if any(row["locked"] for row in tree):
            return "locked"
        if any(row["relkind"] == "f" for row in tree):
            return "foreign"
        if not tree[0]["readable"]:
            return "privilege"
        return "row_security" if tree[0]["row_security"] else None

    def _default_tree(self) -> list[Row]:
        tree = [self.default] if self.default else []
        for row in self._rows:  # a parent comes before its partitions: ordered by level
            if any(_parent(row) == name_in(above) for above in tree):
                tree.append(row)
        return tree

    def _partition(self, row: Row) -> Partition:
        key, key_type = self._time_key(_parent(row))
        return Partition(
            name=name_in(row),
            parent=_parent(row),
            relkind=row["relkind"],
            bound=row["bound"],
            span=None if key is None else read_bound(row["bound"], key_type, self._zone),
            cut=_cut(row),
            detaching=row["detaching"],
            locked=row["locked"],
            size_bytes=row["size_bytes"],
            untouched=row["untouched"],
            last_vacuum=utc(row["last_vacuum"]),
            last_analyze=utc(row["last_analyze"]),
        )

    def _time_key(self, parent: TableName | None = None) -> tuple[str | None, str]:
        """Return the one key column of time and its type; none if it is anything else."""
        cut = self._cuts[parent or name_in(self._root)]
        if cut is None or cut.strategy != "range" or len(cut.columns) != 1:
            return None, ""
        column, key_type = cut.columns[0], cut.types[0]
        return (column, key_type) if column and key_type in TIME_TYPES else (None, "")


def _root(row: Row) -> TableName:
    return TableName(row["root_schema"], row["root_name"])


def _parent(row: Row) -> TableName:
    return TableName(row["parent_schema"], row["parent_name"])


def _is_top_default(row: Row) -> bool:
    return (row["level"], row["bound"]) == (1, "DEFAULT")


def _cut(row: Row) -> Cut | None:
    if row["strategy"] is None:
        return None
    return Cut(
        strategy=_STRATEGIES[row["strategy"]],
        columns=tuple(row["key_columns"]),
        types=tuple(row["key_types"]),
    )


def _line(table: Table) -> str:
    if table.relkind is None:
        return f"{table.name}: does not exist"
    if table.cut is None:
        return f"{table.name}: not partitioned (relkind {table.relkind})"
    return (
        f"{table.name}: {table.cut.strategy}({_columns(table.cut.columns)}),"
        f" {len(table.partitions)} partitions"
    )


def _columns(columns: Iterable[str | None]) -> str:
    return ", ".join(column or "an expression" for column in columns)
