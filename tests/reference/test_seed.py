from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import tuple_row

from perfcheck.reference.service import Running

pytestmark = pytest.mark.live

LARGEST = "00000000-0000-0000-0000-000000000001"
INDEXES = {
    "idx_jobs_tenant_created_at": "jobs USING btree (tenant_id, created_at DESC)",
    "idx_executions_tenant_status_started": (
        "executions USING btree (tenant_id, status, started_at DESC)"
    ),
    "idx_matches_tenant_job_confidence": (
        "matches USING btree (tenant_id, job_id, confidence DESC)"
    ),
    "idx_jobs_active_tenant_created": (
        "jobs USING btree (tenant_id, created_at DESC) WHERE (status = 'active'::text)"
    ),
    "idx_executions_running_tenant_started": (
        "executions USING btree (tenant_id, started_at DESC) WHERE (status = 'running'::text)"
    ),
    "idx_webhook_deliveries_pending_retry": (
        "webhook_deliveries USING btree (next_retry_at)"
        " WHERE ((status = 'failed'::text) AND (next_retry_at IS NOT NULL))"
    ),
    "idx_jobs_rules_gin": "jobs USING gin (rules)",
    "idx_executions_summary_gin": "executions USING gin (summary)",
    "idx_reports_summary_gin": "reports USING gin (summary)",
    "idx_jobs_list_covering": (
        "jobs USING btree (tenant_id, created_at DESC, id DESC) INCLUDE (name, status)"
    ),
}
PARTITIONED = {  # table: (partition key, months kept)
    "executions_partitioned": ("started_at", 12),
    "matches_partitioned": ("matched_at", 12),
    "unmatched_partitioned": ("created_at", 12),
    "audit_logs_partitioned": ("timestamp", 24),
}
VIEWS = (
    "mv_reconciliation_summary_daily",
    "mv_job_performance",
    "mv_tenant_usage_hourly",
    "mv_match_accuracy_by_job",
)


@pytest.fixture(scope="module")
def reference_db(fresh_db: Running) -> Running:
    """Use rows that no other test has added to."""
    return fresh_db


@pytest.fixture
def owner(reference_db: Running) -> Iterator[psycopg.Connection]:
    with psycopg.connect(reference_db.app_dsn, autocommit=True, row_factory=tuple_row) as opened:
        yield opened


def column(connection: psycopg.Connection, query: str) -> list[object]:
    return [row[0] for row in connection.execute(query.encode())]


@pytest.mark.parametrize("name", INDEXES)
def test_an_index_is_exactly_as_the_guide_says(owner: psycopg.Connection, name: str) -> None:
    found = owner.execute(
        "select pg_get_indexdef(indexrelid), indisvalid from pg_index"
        " where indexrelid = to_regclass(%s)",
        [name],
    ).fetchone()
    assert found == (f"CREATE INDEX {name} ON public.{INDEXES[name]}", True)


def months_around(now: datetime, back: int, ahead: int) -> list[str]:
    numbers = range(now.year * 12 + now.month - 1 - back, now.year * 12 + now.month + ahead)
    return [f"{number // 12:04}_{number % 12 + 1:02}" for number in numbers]


@pytest.mark.parametrize("table", PARTITIONED)
def test_the_months_kept_and_three_ahead_have_a_partition(
    owner: psycopg.Connection, table: str
) -> None:
    _, back = PARTITIONED[table]
    stem = table.removesuffix("_partitioned")
    children = column(
        owner,
        "select inhrelid::regclass::text from pg_inherits"
        f" where inhparent = '{table}'::regclass order by 1",
    )
    months = months_around(datetime.now(UTC), back, 3)
    assert children == [*(f"{stem}_{month}" for month in months), f"{stem}_default"]


@pytest.mark.parametrize("table", PARTITIONED)
def test_a_partition_is_a_month_of_utc_in_any_zone(owner: psycopg.Connection, table: str) -> None:
    stem = table.removesuffix("_partitioned")
    newest, after = months_around(datetime.now(UTC), 0, 5)[-2:]
    with owner.transaction(force_rollback=True):
        owner.execute("set local timezone = 'America/New_York'")
        owner.execute("select ensure_month_partitions(%s, 0, 4)", [table])
        owner.execute("set local timezone = 'UTC'")
        bound = column(
            owner,
            "select pg_get_expr(relpartbound, oid) from pg_class"
            f" where oid = '{stem}_{newest}'::regclass",
        )
    first, last = (f"{month.replace('_', '-')}-01 00:00:00+00" for month in (newest, after))
    assert bound == [f"FOR VALUES FROM ('{first}') TO ('{last}')"]


@pytest.mark.parametrize("table", PARTITIONED)
def test_rows_lie_in_months_and_none_in_the_default(owner: psycopg.Connection, table: str) -> None:
    stem = table.removesuffix("_partitioned")
    assert column(owner, f"select exists (select from {stem}_default)") == [False]
    assert column(owner, f"select count(distinct tableoid) >= 10 from {table}") == [True]


def test_every_partition_with_rows_is_vacuumed_and_analyzed(owner: psycopg.Connection) -> None:
    neglected = column(
        owner,
        "select s.relname from pg_stat_user_tables s join pg_inherits i on i.inhrelid = s.relid"
        " where pg_relation_size(s.relid) > 0"
        "   and (s.last_vacuum is null or s.last_analyze is null)",
    )
    assert neglected == []


@pytest.mark.parametrize("table", PARTITIONED)
def test_the_partition_key_is_in_the_primary_key(owner: psycopg.Connection, table: str) -> None:
    key, _ = PARTITIONED[table]
    found = column(
        owner,
        "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid"
        f" and a.attnum = any (i.indkey) where i.indisprimary and i.indrelid = '{table}'::regclass"
        " order by 1",
    )
    assert found == sorted(["id", key])


def test_months_can_be_ensured_again(owner: psycopg.Connection) -> None:
    count = "select count(*) from pg_inherits"
    before = column(owner, count)
    owner.execute("select ensure_month_partitions('executions_partitioned', 12, 3)")
    assert column(owner, count) == before


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_refreshes_concurrently_and_rewrites_every_row(
    owner: psycopg.Connection, view: str
) -> None:
    oldest = f"select min(refreshed_at) from {view}"
    before = owner.execute(oldest.encode()).fetchone()
    owner.execute(f"refresh materialized view concurrently {view}".encode())
    after = owner.execute(oldest.encode()).fetchone()
    assert before is not None
    assert after is not None
    assert after > before


def test_the_largest_tenant_has_about_half_of_the_jobs(owner: psycopg.Connection) -> None:
    found = column(
        owner, f"select round(avg((tenant_id = '{LARGEST}')::integer), 1)::text from jobs"
    )
    assert found == ["0.5"]
    assert column(owner, "select count(distinct tenant_id) from jobs") == [8]


@pytest.mark.parametrize(("table", "status"), [("jobs", "active"), ("executions", "running")])
def test_what_the_partial_indexes_hold_is_rare(
    owner: psycopg.Connection, table: str, status: str
) -> None:
    share = column(owner, f"select avg((status = '{status}')::integer)::float8 from {table}")[0]
    assert isinstance(share, float)
    assert 0 < share < 0.08


@pytest.mark.parametrize(
    ("table", "time"),
    [
        ("jobs", "created_at"),
        ("jobs", "updated_at"),
        ("executions", "started_at"),
        ("executions", "finished_at"),
        ("matches", "matched_at"),
        ("webhook_deliveries", "delivered_at"),
        ("audit_logs", '"timestamp"'),
    ],
)
def test_nothing_happened_in_the_future(owner: psycopg.Connection, table: str, time: str) -> None:
    assert column(owner, f"select max({time}) <= now() from {table}") == [True]


def test_jobs_spread_over_a_year_and_some_share_a_moment(owner: psycopg.Connection) -> None:
    spread = column(owner, "select max(created_at) - min(created_at) from jobs")[0]
    assert isinstance(spread, timedelta)
    assert timedelta(days=350) < spread < timedelta(days=366)
    ties = column(owner, "select count(*) - count(distinct created_at) from jobs")[0]
    assert isinstance(ties, int)
    assert ties > 10


def test_an_execution_has_as_many_matches_as_it_counts(owner: psycopg.Connection) -> None:
    wrong = column(
        owner,
        "select count(*) from executions e where matched_count <>"
        " (select count(*) from matches m where m.execution_id = e.id)"
        " and e.matched_count > 0",
    )
    assert wrong == [0]
    same = "select (select sum(matched_count) from executions) = (select count(*) from matches)"
    assert column(owner, same) == [True]


def test_the_plain_tables_are_visible_to_index_only_scans(owner: psycopg.Connection) -> None:
    unseen = column(
        owner,
        "select relname from pg_class where relallvisible < relpages"
        " and relname in ('executions', 'matches', 'unmatched', 'reports', 'audit_logs')",
    )
    assert unseen == []
