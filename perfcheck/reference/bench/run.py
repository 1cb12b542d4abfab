"""Measures every row of the table on a running service."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psycopg
import redis

from perfcheck.reference.bench.batch import read_by_api, read_one_by_one
from perfcheck.reference.bench.guide import BATCH
from perfcheck.reference.bench.statements import shipped_comparisons
from perfcheck.reference.bench.timing import bench_connection, time_both
from perfcheck.reference.bench.verdicts import BatchRow, Table, judge_batch, judge_timed
from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.messages import Running

_PAGE_OF_THE_SPEC = 50
_RELATIONS = """
select format('%s: %s rows, %s', name, to_char(rows, 'FM999,999,999,999'),
              pg_size_pretty(pg_relation_size(name::regclass)))
  from (select 'executions', count(*) from executions
        union all select 'jobs', count(*) from jobs
        union all select 'matches', count(*) from matches) counted (name, rows)
 order by name
"""
_SHARED_BUFFERS = "select pg_size_pretty(pg_size_bytes(current_setting('shared_buffers')))"


def measure(service: Running, *, scale: float, rounds: int, say: Callable[[str], None]) -> Table:
    """Measure the whole table.

    Args:
        service: the running service, its application included.
        scale: what it was seeded with.
        rounds: how often each side is timed; at least intervals.MIN_ROUNDS.
        say: gets a line before each row, which may take minutes.

    Raises:
        ReferenceServiceError: a server refused something.
    """
    with _reported(), bench_connection(service.app_dsn) as connection:
        timed = []
        for comparison in shipped_comparisons():
            say(f"measuring: {comparison.promise.what}, {rounds} rounds")
            timed.append(judge_timed(time_both(connection, comparison, rounds)))
    # Only the superuser sees everyone's statements.
    with _reported(), bench_connection(service.admin_dsn) as admin:
        say(f"counting: {BATCH.what}")
        return Table(
            scale=scale,
            server=f"PostgreSQL {_texts(admin, 'show server_version')[0].split()[0]}",
            relations=_texts(admin, _RELATIONS),
            conditions=_conditions(_texts(admin, _SHARED_BUFFERS)[0]),
            timed=tuple(timed),
            batch=_batch(admin, service),
        )


def _batch(admin: psycopg.Connection, service: Running) -> BatchRow:
    tenant = next(iter(service.tokens))
    loop = read_one_by_one(admin, tenant, BATCH.rows)
    api = [read_by_api(admin, service, tenant, rows) for rows in (_PAGE_OF_THE_SPEC, BATCH.rows)]
    return judge_batch(BATCH, loop, api)


def _conditions(shared_buffers: str) -> tuple[str, ...]:
    return (
        "warm: before each timing the same statement runs once untimed; a time in a round is the"
        f" median of up to five that fit into 20 ms; shared_buffers {shared_buffers}, no parallel"
        " query, no JIT",
        "one client; both sides and a bare round trip (select 1) in turn in each round, in an"
        " order that rotates; no statement is prepared on the server",
        "without indexes: index and bitmap scans are off for the planner, in a transaction that"
        " is rolled back",
        "medians; gain: the median of the rounds' gains without the round trip; intervals: exact"
        " order statistics of a median, 95 % each",
    )


def _texts(connection: psycopg.Connection, query: str) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in connection.execute(query.encode()))


@contextmanager
def _reported() -> Iterator[None]:
    """Turn the drivers' errors into ours, which name no host, user or password."""
    try:
        yield
    except psycopg.Error as error:
        said = error.diag.message_primary or type(error).__name__
        raise ReferenceServiceError(f"PostgreSQL: {said}") from error
    except (httpx.HTTPError, redis.RedisError) as error:
        raise ReferenceServiceError(f"the API or its cache: {type(error).__name__}") from error
