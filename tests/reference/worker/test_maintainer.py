import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from perfcheck.reference.service import Running
from perfcheck.reference.worker.connection import Connection, connect
from perfcheck.reference.worker.log import WorkerLog
from perfcheck.reference.worker.maintainer import Maintainer
from perfcheck.reference.worker.plan import MONTHS_KEPT, PLAN
from perfcheck.reference.worker.schedule import Task
from tests.reference.worker.conftest import within

pytestmark = [pytest.mark.live, pytest.mark.anyio]

SPEC = Path(__file__).parents[3] / "specs" / "reconciliation"


async def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(query.encode())
    return [tuple(row.values()) for row in await cursor.fetchall()]


def later(**span: float) -> Callable[[], datetime]:
    moment = datetime.now(UTC) + timedelta(**span)
    return lambda: moment


def maintainer(
    connection: Connection,
    log: WorkerLog,
    clock: Callable[[], datetime],
    plan: Sequence[Task] = PLAN,
) -> Maintainer:
    return Maintainer(connection, log, clock=clock, plan=plan)


def months(names: list[str], stem: str) -> list[tuple[int, int]]:
    found = [name.removeprefix(f"{stem}_").split("_") for name in names if "default" not in name]
    return [(int(year), int(month)) for year, month in found]


async def partitions(connection: Connection, table: str) -> list[str]:
    found = await rows(
        connection,
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
        f" where i.inhparent = '{table}'::regclass order by 1",
    )
    return [str(name) for (name,) in found]


RUNS = "select task, subject, outcome, detail from maintenance_runs where detail <> 'by the load'"


async def test_after_the_load_nothing_is_due(connection: Connection, log: WorkerLog) -> None:
    pause_s = await maintainer(connection, log, later(seconds=1)).tick()
    assert pause_s == 60
    assert await rows(connection, RUNS) == []
    logged = await rows(connection, "select task, subject from maintenance_runs")
    assert sorted(logged) == sorted((task.name, task.subject) for task in PLAN)


async def test_the_views_are_refreshed_each_at_its_time(
    connection: Connection, log: WorkerLog
) -> None:
    oldest = "select min(refreshed_at) from mv_tenant_usage_hourly"
    before = await rows(connection, oldest)
    await maintainer(connection, log, later(minutes=13)).tick()
    done = ("refresh", "mv_tenant_usage_hourly", "done", "concurrently")
    assert await rows(connection, RUNS) == [done]
    assert await rows(connection, oldest) > before
    await maintainer(connection, log, later(minutes=50)).tick()
    refreshed = [subject for _, subject, _, _ in await rows(connection, RUNS)]
    assert sorted(refreshed) == sorted(
        ["mv_tenant_usage_hourly"] * 2 + ["mv_job_performance", "mv_reconciliation_summary_daily"]
    )


async def test_a_restart_goes_on_where_the_log_ends(connection: Connection, log: WorkerLog) -> None:
    clock = later(minutes=13)
    await maintainer(connection, log, clock).tick()
    await maintainer(connection, log, clock).tick()
    assert len(await rows(connection, RUNS)) == 1


async def test_a_day_later_everything_is_done_in_order(
    connection: Connection, log: WorkerLog
) -> None:
    pause_s = await maintainer(connection, log, later(days=1)).tick()
    runs = await rows(connection, RUNS)
    assert {(task, subject) for task, subject, _, _ in runs} == {
        (task.name, task.subject) for task in PLAN
    }
    assert {outcome for _, _, outcome, _ in runs} == {"done"}
    assert pause_s == 60
    finished = await rows(
        connection,
        "select bool_and(finished_at >= started_at), count(*) from maintenance_runs"
        " where detail <> 'by the load'",
    )
    assert finished == [(True, len(PLAN))]


async def test_months_are_created_ahead_and_dropped_past_retention(
    connection: Connection, log: WorkerLog
) -> None:
    before = {table: await partitions(connection, table) for table in MONTHS_KEPT}
    # Two months and some days of a worker that was away.
    clock = later(days=62)
    await maintainer(connection, log, clock).tick()
    month_now = clock().year * 12 + clock().month
    for table, kept in MONTHS_KEPT.items():
        stem = table.removesuffix("_partitioned")
        after = await partitions(connection, table)
        numbers = [year * 12 + month for year, month in months(after, stem)]
        assert numbers == list(range(month_now - kept, month_now + 4))
        assert f"{stem}_default" in after
        logged = dict(
            await rows(
                connection,
                "select task, detail from maintenance_runs where detail <> 'by the load'"
                f" and subject = '{table}'",
            )
        )
        assert logged["create_partitions"].split(", ") == sorted(set(after) - set(before[table]))
        assert logged["drop_partitions"].split(", ") == sorted(set(before[table]) - set(after))


async def test_no_partition_is_dropped_whose_rows_are_still_kept(
    connection: Connection, log: WorkerLog
) -> None:
    count = "select (select count(*) from audit_logs_partitioned)"
    before = await rows(connection, count)
    await maintainer(connection, log, later(days=1)).tick()
    assert await rows(connection, count) == before


async def test_a_missing_or_zero_retention_drops_nothing(connection: Connection) -> None:
    before = await partitions(connection, "executions_partitioned")
    for kept in ("0", "null"):
        with pytest.raises(Exception, match="at least one month must be kept"):
            await connection.execute(
                f"select drop_month_partitions('executions_partitioned', {kept})".encode()
            )
    assert await partitions(connection, "executions_partitioned") == before


async def test_only_what_changed_is_vacuumed(connection: Connection, log: WorkerLog) -> None:
    vacuum = [Task("vacuum", "audit_logs_partitioned", timedelta(days=1))]
    # In a copy of a database no partition was ever visited; then all rest.
    await maintainer(connection, log, later(days=1), vacuum).tick()
    await maintainer(connection, log, later(days=2), vacuum).tick()
    month = (await partitions(connection, "audit_logs_partitioned"))[3]
    await connection.execute(f"update {month} set details = '{{}}'".encode())
    await connection.execute("select pg_stat_force_next_flush()")
    await maintainer(connection, log, later(days=3), vacuum).tick()
    await maintainer(connection, log, later(days=9), vacuum).tick()
    details = [str(detail) for _, _, _, detail in await rows(connection, f"{RUNS} order by id")]
    total = len(await partitions(connection, "audit_logs_partitioned"))
    everything = details[0]
    assert everything.startswith("2")  # more than twenty months hold rows
    assert details[1:] == [f"0 of {total}", f"1 of {total}: {month}", everything]


async def test_only_one_worker_leads(connection: Connection, dsn: str, log: WorkerLog) -> None:
    clock = later(days=1)
    first = maintainer(connection, log, later(seconds=1))
    await first.tick()
    async with await connect(dsn) as other:
        second = maintainer(other, log, clock)
        assert await second.tick() == 60
        assert await rows(connection, RUNS) == []
        await connection.close()
        async with asyncio.timeout(20):
            while not await rows(other, RUNS):  # until the server has noticed
                await second.tick()


async def test_a_failure_is_logged_and_does_not_stop_the_others(
    connection: Connection, log: WorkerLog
) -> None:
    await connection.execute("drop materialized view mv_tenant_usage_hourly")
    clock = later(minutes=50)
    pause_s = await maintainer(connection, log, clock).tick()
    assert pause_s == 30
    runs = {
        subject: (outcome, detail) for _, subject, outcome, detail in await rows(connection, RUNS)
    }
    assert runs == {
        "mv_tenant_usage_hourly": (
            "failed",
            'UndefinedTable: relation "mv_tenant_usage_hourly" does not exist',
        ),
        "mv_job_performance": ("done", "concurrently"),
        "mv_reconciliation_summary_daily": ("done", "concurrently"),
    }
    await maintainer(connection, log, lambda: clock() + timedelta(seconds=30)).tick()
    assert len(await rows(connection, f"{RUNS} and outcome = 'failed'")) == 2


async def test_a_lock_that_is_held_fails_the_run_and_queues_nobody(
    connection: Connection, dsn: str, log: WorkerLog
) -> None:
    drop = [Task("drop_partitions", "executions_partitioned", timedelta(days=1))]
    async with await connect(dsn) as reader:
        await reader.execute("begin")
        await reader.execute("select count(*) from executions_partitioned")
        await connection.execute("set lock_timeout = '50ms'")
        await maintainer(connection, log, later(days=62), drop).tick()
    ((_, _, outcome, detail),) = await rows(connection, RUNS)
    assert (outcome, str(detail).partition(":")[0]) == ("failed", "LockNotAvailable")


async def test_a_run_that_was_cut_off_is_closed_and_done_again(
    connection: Connection, log: WorkerLog
) -> None:
    clock = later(minutes=13)
    await connection.execute(
        "insert into maintenance_runs (task, subject, started_at) values (%s, %s, %s)",
        ["refresh", "mv_tenant_usage_hourly", clock() - timedelta(minutes=1)],
    )
    await maintainer(connection, log, clock).tick()
    outcomes = await rows(connection, f"select outcome from ({RUNS} order by id) r")
    assert outcomes == [("interrupted",), ("done",)]


async def test_an_unpopulated_view_is_filled(connection: Connection, log: WorkerLog) -> None:
    await connection.execute("refresh materialized view mv_tenant_usage_hourly with no data")
    await maintainer(connection, log, later(minutes=13)).tick()
    assert await rows(connection, RUNS) == [
        ("refresh", "mv_tenant_usage_hourly", "done", "first filled")
    ]


async def test_old_runs_are_deleted(connection: Connection, log: WorkerLog) -> None:
    await maintainer(connection, log, later(days=31)).tick()
    assert (
        await rows(connection, "select 1 from maintenance_runs where detail = 'by the load'") == []
    )


async def test_the_guide_still_holds_after_ticks(
    connection: Connection, worker_db: Running, database: str, log: WorkerLog
) -> None:
    await maintainer(connection, log, later(days=1)).tick()
    await maintainer(connection, log, later(days=1, minutes=13)).tick()
    checker = within(worker_db.environment["PERFCHECK_DB_DSN"], database)
    environment = {
        **os.environ,
        **worker_db.environment,
        "PERFCHECK_DB_DSN": checker,
        "PERFCHECK_API_URL": "http://127.0.0.1:9",
        "PERFCHECK_API_TOKEN": "none",
        "PERFCHECK_LOG_FILE": os.devnull,
    }
    command = [sys.executable, "-m", "perfcheck", "verify", str(SPEC)]
    command += ["--only", "materialized_views", "--only", "partitions"]
    ran = await asyncio.to_thread(
        lambda: subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "8 requirements: 8 pass" in ran.stdout
