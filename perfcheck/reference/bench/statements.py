"""The two sides of each comparison, read from the shipped spec: it is what the checker asks."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from perfcheck.data import bundled
from perfcheck.reference.bench.guide import TIMED, Promise

# The planner then reads whole tables, as it would if the indexes were not there.
WITHOUT_INDEXES = tuple(
    f"set local enable_{scan} = off" for scan in ("indexscan", "indexonlyscan", "bitmapscan")
)


@dataclass(frozen=True)
class Side:
    """A statement, and what is set for it in a transaction that is rolled back."""

    label: str
    sql: str
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lookup:
    """A parameter whose value is the only one that a query returns."""

    sql: str


@dataclass(frozen=True)
class Comparison:
    """A row of the guide's table, ready to be measured."""

    promise: Promise
    before: Side
    after: Side
    parameters: Mapping[str, str | Lookup]  # plain ones first: a lookup may use them


def shipped_comparisons() -> tuple[Comparison, ...]:
    """Return the guide's rows with the statements of the shipped spec."""
    queries = {query["id"]: query for query in _shipped("database.yaml")["queries"]}
    variables = _shipped("perfcheck.yaml")["vars"]
    return tuple(_comparison(promise, queries[promise.query], variables) for promise in TIMED)


def _comparison(
    promise: Promise,
    query: Mapping[str, Any],  # Any: as YAML gives it
    variables: Mapping[str, str],
) -> Comparison:
    rival = query["improves"].get("over")
    after = Side("with indexes" if rival is None else "cursor", query["sql"])
    return Comparison(
        promise,
        before=_before(promise, rival or query["sql"]),
        after=after,
        parameters=dict(_parameters(query["params"], variables)),
    )


def _before(promise: Promise, sql: str) -> Side:
    offset = re.search(r"\boffset \d+", sql, re.IGNORECASE)
    labels = [offset[0].upper()] if offset else []
    if promise.before_has_indexes:
        return Side(" ".join([*labels, "with indexes"]), sql)
    return Side(" ".join([*labels, "without indexes"]), sql, WITHOUT_INDEXES)


def _parameters(
    written: Mapping[str, Any],  # Any: as YAML gives it
    variables: Mapping[str, str],
) -> Iterable[tuple[str, str | Lookup]]:
    for name, value in written.items():
        if isinstance(value, str):
            yield name, re.sub(r"\$\{var:(\w+)\}", lambda found: variables[found[1]], value)
    for name, value in written.items():
        if isinstance(value, dict):
            yield name, Lookup(value["sql"])


def _shipped(name: str) -> dict[str, Any]:  # Any: as YAML gives it
    text = bundled("specs", "reconciliation", name).read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    assert isinstance(content, dict)  # noqa: S101 - a file of our own
    return content
