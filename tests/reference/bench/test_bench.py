"""The whole bench on a small live service."""

import psycopg
import pytest

from perfcheck.reference.bench import Table, Verdict, measure
from perfcheck.reference.bench.statements import WITHOUT_INDEXES
from perfcheck.reference.bench.timing import bench_connection, time_both
from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.service import Running
from tests.reference.bench.rows import comparison

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def table(fresh: Running) -> Table:
    said: list[str] = []
    measured = measure(fresh, scale=0.02, rounds=6, say=said.append)
    assert len(said) == len(measured.timed) + 1
    return measured


def test_no_index_is_used_where_none_should_be(table: Table) -> None:
    plans = {row.promise.what: row.before.plan for row in table.timed}
    alone = plans.pop("The cursor alone")
    assert "Seq Scan" not in alone
    for plan in plans.values():
        assert "Seq Scan" in plan
        assert " using " not in plan


def test_a_tenant_without_90000_jobs_cannot_show_a_deep_offset(table: Table) -> None:
    offset, alone = table.timed[-2:]
    assert (offset.verdict, alone.verdict) == (Verdict.NOT_COMPARABLE, Verdict.SHOWN)
    for row in (offset, alone):
        assert row.why.startswith(row.before_label + " returned 0 rows")
        assert row.why.endswith("a larger --scale is needed")


def test_the_list_of_jobs_is_judged_at_any_scale(table: Table) -> None:
    row = table.timed[0]
    assert row.verdict is not Verdict.NOT_COMPARABLE
    assert row.before.rows == row.after.rows == 50
    assert 0 < row.trip_ms.value < row.before_ms.value
    assert row.after.plan == "Limit, Index Only Scan using idx_jobs_list_covering"


def test_the_api_reads_any_page_in_one_statement_and_the_loop_in_101(table: Table) -> None:
    batch = table.batch
    assert (batch.loop.rows, batch.loop.statements) == (100, 101)
    assert [(reads.rows, reads.per_page) for reads in batch.api] == [(50, 1), (100, 1)]
    assert batch.verdict is Verdict.REACHED


def test_the_conditions_name_server_and_rows(table: Table) -> None:
    assert table.server.startswith("PostgreSQL ")
    assert [text.partition(":")[0] for text in table.relations] == ["executions", "jobs", "matches"]
    assert table.relations[1].startswith("jobs: 2,000 rows, ")
    assert "shared_buffers 256 MB" in table.conditions[0]


def test_the_planner_is_as_before_afterwards(fresh: Running) -> None:
    with bench_connection(fresh.app_dsn) as connection:
        time_both(connection, comparison(), 6)
        for setting in WITHOUT_INDEXES:
            name = setting.split()[2]
            assert connection.execute(f"show {name}".encode()).fetchone() == ("on",)


def test_a_refusal_is_told_without_the_dsn(fresh: Running) -> None:
    lost = Running.from_json({**fresh.to_json(), "admin_dsn": fresh.app_dsn + "&user=x"})
    with pytest.raises(ReferenceServiceError) as raised:
        measure(lost, scale=0.02, rounds=6, say=lambda _: None)
    assert "127.0.0.1" not in str(raised.value)
    assert isinstance(raised.value.__cause__, psycopg.Error)
