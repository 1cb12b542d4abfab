"""Counts the statements that a page of jobs with executions costs, as the server counts them."""

from dataclasses import dataclass

import httpx
import psycopg
import redis

from perfcheck.reference.messages import Running

# Only what reads these two tables: the worker's and the counting itself stay out.
_COUNT = r"""
select coalesce(sum(calls), 0)::bigint
  from pg_stat_statements
 where dbid = (select oid from pg_database where datname = current_database())
   and query ~* '^\s*select' and query ~ '\m(jobs|executions)\M'
"""
_PAGE = """
select id, name, status, created_at from jobs where tenant_id = %(tenant)s
 order by created_at desc, id desc limit %(rows)s
"""
_LATEST = """
select id, status, started_at, finished_at from executions
 where tenant_id = %(tenant)s and job_id = %(job)s order by started_at desc limit 1
"""
_REQUESTS = 10
_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Reads:
    """How many statements were seen for how many pages of so many rows."""

    how: str
    rows: int  # on each page
    pages: int
    statements: int  # for all pages together

    @property
    def per_page(self) -> float:
        """The number of statements a page costs."""
        return self.statements / self.pages


def read_one_by_one(connection: psycopg.Connection, tenant: str, rows: int) -> Reads:
    """Read a page and then the latest execution of each job by itself: the N+1 form.

    Raises:
        psycopg.Error: the server refused something, such as to show pg_stat_statements.
    """
    before = _count(connection)
    page = connection.execute(_PAGE.encode(), {"tenant": tenant, "rows": rows}).fetchall()
    for job in page:
        connection.execute(_LATEST.encode(), {"tenant": tenant, "job": job[0]}).fetchall()
    return Reads("a loop", len(page), 1, _count(connection) - before)


def read_by_api(connection: psycopg.Connection, service: Running, tenant: str, rows: int) -> Reads:
    """Ask the API for the same page several times, each time with an empty cache.

    Raises:
        psycopg.Error, httpx.HTTPError, redis.RedisError: a server refused something.
    """
    path = f"/api/v1/jobs?limit={rows}&include=latest_execution"
    headers = {"Authorization": f"Bearer {service.tokens[tenant]}", "X-Tenant-Id": tenant}
    cache = redis.Redis.from_url(
        service.environment["PERFCHECK_REDIS_URL"], socket_timeout=_TIMEOUT_S
    )
    client = httpx.Client(base_url=service.api_url, headers=headers, timeout=_TIMEOUT_S)
    before, found = _count(connection), 0
    with client, cache:
        for _ in range(_REQUESTS):
            cache.flushdb()
            answer = client.get(path).raise_for_status()
            found = len(answer.json()["data"])
    return Reads(f"GET {path}", found, _REQUESTS, _count(connection) - before)


def _count(connection: psycopg.Connection) -> int:
    row = connection.execute(_COUNT.encode()).fetchone()
    return int(row[0]) if row else 0
