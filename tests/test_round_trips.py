"""What a run asks a database does not grow with the spec: the server and the wire count."""

import asyncio
from pathlib import Path
from typing import Any

import psycopg
import pytest

from perfcheck.clock import SystemClock
from perfcheck.engine import run
from perfcheck.gather import Unwatched
from perfcheck.plan import make_plan
from perfcheck.spec.load import Asked, load_spec
from tests.targets.relay import relaying

pytestmark = pytest.mark.live

ONE_OF_EACH = """
perfcheck: 1
name: shop
targets: {db: {kind: postgres, dsn: "${env:DSN}"}}
indexes:
  - name: idx_jobs_active_tenant_created
    table: jobs
    columns: [tenant_id, created_at DESC]
    where: status = 'active' and name is not null   # a weaker predicate serves: it is proved
    analyzed_within: 7d
partitions:
  - {table: executions_partitioned, strategy: range, key: started_at, every: month, ahead: 2}
materialized_views:
  - {name: mv_job_performance, refreshed_within: 1d, concurrently: true}
"""


def many(number: int) -> str:
    """Return the spec with so many entries more in each section, each about its own thing."""
    indexes, partitions, views = "", "", ""
    for i in range(number):
        indexes += (
            f"  - {{name: i{i}, table: jobs, columns: [tenant_id], where: \"name = '{i}'\"}}\n"
        )
        partitions += f"  - {{table: p{i}, strategy: range, key: started_at, every: month}}\n"
        views += f"  - {{name: v{i}, refreshed_within: 1d}}\n"
    text = ONE_OF_EACH.replace("partitions:\n", indexes + "partitions:\n")
    return text.replace("materialized_views:\n", partitions + "materialized_views:\n") + views


async def _calls(admin_dsn: str) -> int:
    async with await psycopg.AsyncConnection.connect(admin_dsn) as admin:
        cursor = await admin.execute(
            "select coalesce(sum(calls), 0) from pg_stat_statements s"
            " join pg_roles r on r.oid = s.userid where r.rolname = 'perfcheck'"
        )
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


def test_a_spec_of_a_hundred_requirements_sends_as_many_statements_as_one_of_three(
    reference_db: Any, tmp_path: Path
):
    async def statements(text: str) -> tuple[int, int]:
        (tmp_path / "perfcheck.yaml").write_text(text, "utf-8")
        dsn = reference_db.environment["PERFCHECK_DB_DSN"]
        plan = make_plan(load_spec(tmp_path, Asked(environ={"DSN": dsn})))
        before = await _calls(reference_db.admin_dsn)
        report, _ = await run(plan, clock=SystemClock(), observer=Unwatched())
        assert [r.outcome for r in report.results if r.reason_code] == []
        return await _calls(reference_db.admin_dsn) - before, len(report.results)

    few, three = asyncio.run(statements(ONE_OF_EACH))
    more, hundred = asyncio.run(statements(many(33)))
    assert (three, hundred) == (3, 102)
    assert more == few
    assert few <= 20  # begin, limits, the questions and rollback of three sections


SCANS = """
perfcheck: 1
name: shop
targets: {db: {kind: postgres, dsn: "${env:DSN}", concurrency: 1}}
partitions:
"""
SCAN = """  - table: audit_logs_partitioned
    id: scan-{i}
    prunes:
      sql: select {i} from {table} where "timestamp" >= now() - interval '1 day'
      max_partitions: 2
"""


def test_a_hundred_statements_take_as_many_round_trips_as_one(reference_db: Any, tmp_path: Path):
    async def round_trips(number: int) -> tuple[int, set[str | None]]:
        scans = [SCAN.format(i=i, table="audit_logs_partitioned") for i in range(number)]
        (tmp_path / "perfcheck.yaml").write_text(SCANS + "".join(scans), "utf-8")
        async with relaying(reference_db.environment["PERFCHECK_DB_DSN"]) as relay:
            plan = make_plan(load_spec(tmp_path, Asked(environ={"DSN": relay.dsn})))
            report, _ = await run(plan, clock=SystemClock(), observer=Unwatched())
        return len(relay.waits), {result.reason_code for result in report.results}

    few, planned = asyncio.run(round_trips(1))
    assert planned == {None}
    assert asyncio.run(round_trips(100)) == (few, planned)
    assert few <= 10  # of each of two probes: begin, limits, two questions and rollback


def test_a_statement_that_cannot_be_planned_costs_its_own_requirement(
    reference_db: Any, tmp_path: Path
):
    secret = '(select now() as "timestamp" from pg_catalog.pg_authid) as secret'
    tables = ("audit_logs_partitioned", secret, "missing")
    scans = [SCAN.format(i=i, table=table) for i, table in enumerate(tables)]
    (tmp_path / "perfcheck.yaml").write_text(SCANS + "".join(scans), "utf-8")
    dsn = reference_db.environment["PERFCHECK_DB_DSN"]
    plan = make_plan(load_spec(tmp_path, Asked(environ={"DSN": dsn})))
    report, _ = asyncio.run(run(plan, clock=SystemClock(), observer=Unwatched()))
    assert [result.reason_code for result in report.results] == [None, "privilege", "garbage"]
