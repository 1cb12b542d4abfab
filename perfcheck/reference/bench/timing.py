"""Times both sides of a comparison in turn on one connection, warm, with what they read."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import psycopg

from perfcheck.reference.bench.intervals import Round
from perfcheck.reference.bench.statements import Comparison, Lookup, Side

_ROUND_TRIP = Side("a round trip", "select 1")
_TIMEOUT_S = 120
# A time in a round is the median of so many, as far as they fit: one short time would tell more
# about what else the machine does just then.
_REPEATS = 5
_REPEATING_FOR_MS = 20.0
Values = Mapping[str, object]


@dataclass(frozen=True)
class Seen:
    """What one side returned and how the planner answered it."""

    rows: int
    plan: str  # its nodes from the top, with the indexes that they use
    executor_ms: float  # the server's own figure, of one run: no planning, no sending of rows
    buffers: int  # pages that this run read, wherever they were found


@dataclass(frozen=True)
class Timed:
    """A comparison with all of its rounds."""

    comparison: Comparison
    before: Seen
    after: Seen
    rounds: tuple[Round, ...]


@contextmanager
def bench_connection(dsn: str) -> Iterator[psycopg.Connection]:
    """Connect so that plans can be compared.

    A statement that psycopg prepared on the server could keep its plan when the planner's
    settings change, so none is prepared.
    """
    with psycopg.connect(
        dsn,
        autocommit=True,
        connect_timeout=10,
        prepare_threshold=None,
        application_name="perfcheck-bench",
        options=f"-c statement_timeout={_TIMEOUT_S}s",
    ) as connection:
        yield connection


def time_both(connection: psycopg.Connection, comparison: Comparison, rounds: int) -> Timed:
    """Time both sides and a bare round trip, each once a round, in an order that rotates.

    Raises:
        psycopg.Error: the server refused a statement, or took more than two minutes for it.
    """
    values = _values(connection, comparison)
    before, after = (
        _look_at(connection, side, values) for side in (comparison.before, comparison.after)
    )
    sides = (_ROUND_TRIP, comparison.before, comparison.after)
    timed = []
    for number in range(rounds):
        took_ms = {}
        for turn in range(len(sides)):
            side = sides[(number + turn) % len(sides)]
            took_ms[side] = _time(connection, side, values)
        timed.append(Round(*(took_ms[side] for side in sides)))
    return Timed(comparison, before, after, tuple(timed))


def _values(connection: psycopg.Connection, comparison: Comparison) -> Values:
    values: dict[str, object] = {}
    for name, given in comparison.parameters.items():
        if isinstance(given, Lookup):
            row = connection.execute(given.sql.encode(), values).fetchone()
            values[name] = row[0] if row else None
        else:
            values[name] = given
    return values


def _look_at(connection: psycopg.Connection, side: Side, values: Values) -> Seen:
    explain = f"explain (analyze, buffers, timing off, format json) {side.sql}".encode()
    with _prepared_for(connection, side):
        rows = len(connection.execute(side.sql.encode(), values).fetchall())
        explained = connection.execute(explain, values).fetchone()
    assert explained is not None  # noqa: S101 - EXPLAIN always answers
    answer = explained[0][0]
    plan = answer["Plan"]
    return Seen(
        rows=rows,
        plan=", ".join(_nodes(plan)),
        executor_ms=answer["Execution Time"],
        buffers=plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
    )


def _time(connection: psycopg.Connection, side: Side, values: Values) -> float:
    """Return how long the client waits until it holds every row, in milliseconds."""
    with _prepared_for(connection, side):
        # Once untimed: the other side has just filled the caches with its own pages.
        _run(connection, side, values)
        took_ms = [_run(connection, side, values)]
        while len(took_ms) < _REPEATS and sum(took_ms) < _REPEATING_FOR_MS:
            took_ms.append(_run(connection, side, values))
        return median(took_ms)


def _run(connection: psycopg.Connection, side: Side, values: Values) -> float:
    sql = side.sql.encode()
    started = time.perf_counter()
    # binary: select 1 too then goes the way of a statement with parameters. Rows are received
    # here, not decoded: that is the same work on both sides.
    connection.execute(sql, values, binary=True)
    return (time.perf_counter() - started) * 1000


@contextmanager
def _prepared_for(connection: psycopg.Connection, side: Side) -> Iterator[None]:
    with connection.transaction(force_rollback=True):
        for setting in side.settings:
            connection.execute(setting.encode())
        yield


def _nodes(plan: Mapping[str, Any]) -> Iterator[str]:  # Any: the server's JSON
    index = plan.get("Index Name")
    yield plan["Node Type"] + (f" using {index}" if index else "")
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
