"""What the faults of queries do to the planner, and those of query targets to the statistics."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
import yaml
from psycopg.rows import dict_row

from perfcheck.data import bundled
from perfcheck.reference.copies import Databases
from perfcheck.reference.faults import faults
from perfcheck.reference.service import Running, running

pytestmark = [pytest.mark.live, pytest.mark.anyio]

COPY = "of_queries"
TENANT = "00000000-0000-0000-0000-000000000001"
DATABASE = yaml.safe_load(bundled("specs", "reconciliation", "database.yaml").read_text("utf-8"))
QUERIES: list[dict[str, Any]] = DATABASE["queries"]  # Any: YAML
TARGETS_MS = {
    target["class"]: float(target["p95"].removesuffix("ms")) for target in DATABASE["query_targets"]
}
STATEMENTS = """
select s.calls, s.mean_exec_time, s.query
  from pg_stat_statements s
  join pg_roles r on r.oid = s.userid and r.rolname = 'reconciliation'
  join pg_database d on d.oid = s.dbid and d.datname = current_database()
 where s.query like '%currencies%'"""


@dataclass
class Plan:
    """What a plan does that the spec may forbid, and the indexes that it reads."""

    does: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def service(servers_installed: bool) -> Iterator[Running]:
    """Run a database with more jobs than the session's: the cursor of the spec is the 1,000th."""
    assert servers_installed
    with running(scale=0.05, app=False) as started:
        yield started


@asynccontextmanager
async def broken_by(service: Running, name: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """Connect as the checker to a copy with the fault; "" breaks nothing."""
    databases = Databases(service.admin_dsn, service.environment["PERFCHECK_DB_DSN"])
    async with databases.copy(COPY) as dsn:
        if name:
            await databases.break_(COPY, faults()[name].sql)
        async with await psycopg.AsyncConnection.connect(
            dsn,
            autocommit=True,
            row_factory=dict_row,
            cursor_factory=psycopg.AsyncClientCursor,  # EXPLAIN takes no parameters
        ) as connection:
            yield connection


async def fetch(connection: psycopg.AsyncConnection[Any], sql: str, **values: object) -> Any:
    rows = await (await connection.execute(sql.encode(), values)).fetchall()
    return next(iter(rows[0].values()))


async def plan_of(connection: psycopg.AsyncConnection[Any], query: dict[str, Any]) -> Plan:
    values: dict[str, object] = {"tenant": TENANT}
    for name, wanted in query["params"].items():
        if name != "tenant":
            values[name] = await fetch(connection, wanted["sql"], tenant=TENANT)
    plan = Plan()
    nodes = [
        (await fetch(connection, f"explain (format json) {query['sql']}", **values))[0]["Plan"]
    ]
    for node in nodes:
        nodes.extend(node.get("Plans", ()))
        plan.reads |= {node["Index Name"]} if "Index Name" in node else set()
        plan.does |= {node["Node Type"].lower().replace(" ", "_").removeprefix("incremental_")}
    return plan


def follows(query: dict[str, Any], plan: Plan) -> bool:
    uses = query.get("uses")
    # With so few rows that run, sorting them costs as little as reading them in order.
    forbidden = set(query["forbid"]) - ({"sort"} if query["id"] == "execution-status" else set())
    return not plan.does & forbidden and (uses is None or uses in plan.reads)


NAMES = [
    name for name, fault in faults().items() if any(b.startswith("queries/") for b in fault.breaks)
]


@pytest.mark.parametrize("name", ["", *NAMES])
async def test_the_planner_leaves_the_path_of_the_declared_queries_only(
    service: Running, name: str
) -> None:
    async with broken_by(service, name) as connection:
        left = {
            f"queries/{query['id']}"
            for query in QUERIES
            if not follows(query, await plan_of(connection, query))
        }
    declared = set(faults()[name].breaks) if name else set()
    assert left == {requirement for requirement in declared if requirement.startswith("queries/")}


@pytest.mark.parametrize("statement_class", TARGETS_MS)
async def test_the_statistics_hold_a_slow_statement_of_the_application(
    service: Running, statement_class: str
) -> None:
    name = f"query-target-slow-{statement_class.replace('_', '-')}"
    async with broken_by(service, name) as connection:
        (found,) = await (await connection.execute(STATEMENTS.encode())).fetchall()
    assert found["calls"] == 20
    assert found["mean_exec_time"] > 1.5 * TARGETS_MS[statement_class]
