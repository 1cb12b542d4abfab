"""What the questions to PostgreSQL have in common: their SQL, their parameters, plans."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, overload

from perfcheck.data import bundled
from perfcheck.errors import ProbeError
from perfcheck.sqltext.columns import TableName

if TYPE_CHECKING:
    from perfcheck.targets.postgres import PostgresSession

Row = Mapping[str, Any]  # of the driver: its values have the types of the columns
Node = Mapping[str, Any]  # of a plan in JSON

_EXPLAIN = "explain (verbose, costs off, format json)"


@functools.cache
def probe_sql(name: str) -> str:
    """Return the text of a query in sql/probes."""
    return bundled("sql", "probes", name).read_text(encoding="utf-8")


def by_name(relations: Iterable[TableName]) -> dict[str, list[str]]:
    """Return the parameters that name relations to a query: pairs, for a name may hold a dot."""
    named = sorted(relations)
    return {"schemas": [r.schema for r in named], "names": [r.name for r in named]}


def name_in(row: Row) -> TableName:
    """Return the relation that a row of a query is about."""
    return TableName(row["schema_name"], row["name"])


async def explain(session: "PostgresSession", statement: str) -> Node:
    """Return the root of a statement's plan; the statement is planned, never run.

    The statement must have been admitted, or be made of what was. Raises ProbeError.
    """
    return _root(await session.fetch(f"{_EXPLAIN}\n{statement}"))


async def explain_all(session: "PostgresSession", statements: Sequence[str]) -> list[Node]:
    """Return the root of each statement's plan, as `explain` does, in one round trip."""
    answers = await session.fetch_all([f"{_EXPLAIN}\n{statement}" for statement in statements])
    return [_root(rows) for rows in answers]


def _root(rows: Sequence[Row]) -> Node:
    try:
        plan = rows[0]["QUERY PLAN"][0]["Plan"]
    except (IndexError, KeyError, TypeError) as error:
        raise ProbeError("garbage", "the server's plan has another shape") from error
    if not isinstance(plan, dict):
        raise ProbeError("garbage", "the server's plan has another shape")
    return plan


@overload
def utc(moment: datetime) -> datetime: ...
@overload
def utc(moment: None) -> None: ...
@overload
def utc(moment: datetime | None) -> datetime | None: ...
def utc(moment: datetime | None) -> datetime | None:
    """Return the same instant in UTC."""
    return None if moment is None else moment.astimezone(UTC)
