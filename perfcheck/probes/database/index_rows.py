"""Read the rows of the two catalog queries about indexes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from perfcheck.probes.database.asking import Row, name_in, utc
from perfcheck.probes.database.canonical import RowSource
from perfcheck.probes.database.index_facts import (
    LiveColumn,
    LiveIndex,
    LiveKey,
    LiveTable,
    Storage,
)
from perfcheck.sqltext.columns import TableName
from perfcheck.sqltext.expression import Expression

_DESCENDING, _NULLS_FIRST = 1, 2  # the bits of pg_index.indoption


@dataclass(frozen=True)
class RowsOfTable:
    """A table, and what is needed to have its expressions printed.

    `grants` names, by column, the schema of its type on which USAGE is missing.
    """

    table: LiveTable
    source: RowSource
    grants: Mapping[str, str]
    hidden_schemas: frozenset[str]

    def problem_of(self, expression: Expression) -> str | None:
        """Return why the server cannot read an expression, if that is known beforehand."""
        unknown = expression.columns - self.source.columns.keys()
        if unknown:
            return f"the table has no column {', '.join(sorted(unknown))}"
        schemas = {self.grants[name] for name in expression.columns if name in self.grants}
        hidden = sorted(schemas | (expression.schemas & self.hidden_schemas))
        return f"no USAGE on schema {', '.join(hidden)}" if hidden else None


def read_tables(table_rows: Sequence[Row], index_rows: Sequence[Row]) -> Iterator[RowsOfTable]:
    """Yield each table with its indexes."""
    hidden = frozenset(table_rows[0]["hidden_schemas"] or ()) if table_rows else frozenset()
    for row in table_rows:
        names = row["columns"] or ()
        table = LiveTable(
            name=name_in(row),
            relkind=row["relkind"],
            locked=bool(row["locked"]),
            building=row["building"],
            heirs=tuple(TableName(*heir) for heir in row["heirs"] or ()),
            columns=tuple(_columns(row)),
            storage=tuple(_storage(row)),
            indexes=tuple(_index(i) for i in index_rows if name_in(i) == name_in(row)),
        )
        grants = zip(names, row["column_grants"] or (), strict=True)
        yield RowsOfTable(
            table=table,
            source=RowSource(dict(zip(names, row["column_sources"] or (), strict=True))),
            grants={name: schema for name, schema in grants if schema is not None},
            hidden_schemas=hidden,
        )


def _columns(row: Row) -> Iterator[LiveColumn]:
    arrays = [row[k] or () for k in ("columns", "column_collations", "column_extensions")]
    for name, collation, extension in zip(*arrays, strict=True):
        yield LiveColumn(name=name, collation=collation, extension_type=extension)


_OF_STORAGE = (
    *("storage", "analyzed_at", "changed_rows", "untouched", "size_bytes"),
    *("hidden_columns", "bare_columns"),
)


def _storage(row: Row) -> Iterator[Storage]:
    arrays = [row[name] or () for name in _OF_STORAGE]
    for name, analyzed_at, changed_rows, untouched, size_bytes, hidden, bare in zip(
        *arrays, strict=True
    ):
        yield Storage(
            name=TableName(*name),
            analyzed_at=utc(analyzed_at),
            changed_rows=changed_rows,
            untouched=untouched,
            size_bytes=size_bytes,
            hidden_columns=tuple(hidden),
            bare_columns=tuple(bare),
        )


def _index(row: Row) -> LiveIndex:
    count = row["key_count"]
    return LiveIndex(
        name=row["index_name"],
        method=row["method"],
        keys=tuple(_keys(row)),
        include=tuple(row["columns"][count:]),
        unique=row["is_unique"],
        immediate=row["is_immediate"],
        partial=row["partial"],
        predicate=row["predicate"],
        valid=row["valid"],
        ready=row["ready"],
        live=row["live"],
        locked=row["locked"],
        building=row["building"],
        missing_leaves=tuple(TableName(*leaf) for leaf in row["missing_leaves"] or ()),
    )


def _keys(row: Row) -> Iterator[LiveKey]:
    expressions = iter(row["expressions"] or ())
    for number, column in enumerate(row["columns"][: row["key_count"]]):
        options = row["options"][number]
        yield LiveKey(
            column=column,
            expression=None if column is not None else next(expressions, None),
            descending=bool(options & _DESCENDING),
            nulls_first=bool(options & _NULLS_FIRST),
            opclass=row["opclasses"][number],
            opclass_default=row["opclass_defaults"][number],
            collation=row["collations"][number],
        )
