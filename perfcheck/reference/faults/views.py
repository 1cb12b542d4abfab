"""Faults of the materialized views: missing, empty, old, or not to be refreshed beside readers."""

from collections.abc import Iterator
from dataclasses import dataclass

from perfcheck.reference.faults.base import Fault

# A transaction with a replication origin is recorded with the commit time that it is told: what
# a server that really refreshed the view then would know, in its rows and in its catalog.
_REFRESH_LONG_AGO = """\
select pg_replication_origin_create(current_database());
select pg_replication_origin_session_setup(current_database());
select pg_replication_origin_xact_setup('0/1', now() - interval '{age}');
refresh materialized view {view}
-- step
select pg_replication_origin_session_reset();
select pg_replication_origin_drop(current_database())
"""


@dataclass(frozen=True)
class _View:
    """A materialized view as the service has it."""

    name: str
    key: str
    age: str  # more than the guide allows

    @property
    def requirement(self) -> str:
        return f"materialized_views/{self.name}"

    @property
    def index(self) -> str:
        return f"{self.name}_key"

    def fault(self, kind: str, shows: str, sql: str) -> Fault:
        """Return a fault that the requirement of this view fails under."""
        name = f"view-{self.name.removeprefix('mv_').replace('_', '-')}-{kind}"
        return Fault(name, f"{self.name} {shows}", breaks=(self.requirement,), sql=sql)

    def doubt(self, kind: str, shows: str, sql: str) -> Fault:
        """Return a fault that leaves the requirement of this view unverified."""
        name = f"view-{self.name.removeprefix('mv_').replace('_', '-')}-{kind}"
        return Fault(name, f"{self.name} {shows}", leaves_unverified=(self.requirement,), sql=sql)

    def indexed(self, kind: str, shows: str, index: str) -> Fault:
        """Return the fault that another index is in the place of the unique one."""
        return self.fault(kind, shows, f"drop index {self.index};\ncreate {index}")

    @property
    def long_ago(self) -> str:
        return _REFRESH_LONG_AGO.format(view=self.name, age=self.age)


_DAILY = _View("mv_reconciliation_summary_daily", "tenant_id, day", "2 hours")
_JOBS = _View("mv_job_performance", "job_id", "61 minutes")
_HOURLY = _View("mv_tenant_usage_hourly", "tenant_id, hour", "16 minutes")
_ACCURACY = _View("mv_match_accuracy_by_job", "job_id", "25 hours")
_VIEWS = (_DAILY, _JOBS, _HOURLY, _ACCURACY)


def _for_each_view() -> Iterator[Fault]:
    for view in _VIEWS:
        yield view.fault("dropped", "does not exist.", f"drop materialized view {view.name}")
        yield view.fault(
            "unpopulated",
            "was never filled.",
            f"refresh materialized view {view.name} with no data",
        )
        yield view.fault("stale", f"was refreshed {view.age} ago.", view.long_ago)
        yield view.fault(
            "without-unique-index", "blocks its readers to refresh.", f"drop index {view.index}"
        )


def _unique_indexes() -> Iterator[Fault]:
    yield _DAILY.indexed(
        "unique-where",
        "has a unique index of some rows only.",
        "unique index on mv_reconciliation_summary_daily (tenant_id, day) where executions > 0",
    )
    yield _JOBS.indexed(
        "unique-expression",
        "has a unique index on an expression only.",
        "unique index on mv_job_performance ((job_id::text))",
    )
    yield _HOURLY.indexed(
        "index-not-unique",
        "has an index that is not unique.",
        "index on mv_tenant_usage_hourly (tenant_id, hour)",
    )
    yield _ACCURACY.fault(
        "unique-index-invalid",
        "has a unique index whose build failed.",
        "update pg_index set indisvalid = false"
        " where indexrelid = 'mv_match_accuracy_by_job_key'::regclass",
    )


def _replaced() -> Iterator[Fault]:
    yield _DAILY.fault(
        "is-a-table",
        "is a table, which nothing refreshes.",
        "create table copied as table mv_reconciliation_summary_daily;\n"
        "drop materialized view mv_reconciliation_summary_daily;\n"
        "alter table copied rename to mv_reconciliation_summary_daily",
    )
    yield _JOBS.fault(
        "is-a-view",
        "is a plain view, computed at each request.",
        "drop materialized view mv_job_performance;\n"
        "create view mv_job_performance as select job_id, count(*) from executions group by job_id",
    )
    yield _HOURLY.fault(
        "elsewhere",
        "is in another schema.",
        "create schema archive;\nalter materialized view mv_tenant_usage_hourly set schema archive",
    )


def _doubtful() -> Iterator[Fault]:
    yield _DAILY.doubt(
        "age-hidden",
        "has old rows, and a grant hides whether a refresh left them.",
        f"{_DAILY.long_ago}\n-- step\ngrant select on {_DAILY.name} to pg_monitor",
    )
    yield _JOBS.doubt(
        "unreadable",
        "cannot be read by the checker.",
        "revoke select on mv_job_performance from perfcheck",
    )
    yield _HOURLY.doubt(
        "empty",
        "has no row that could tell when it was refreshed.",
        "update executions set started_at = now() - interval '31 days'"
        " where started_at >= now() - interval '30 days';\n"
        "refresh materialized view mv_tenant_usage_hourly",
    )


FAULTS = (*_for_each_view(), *_unique_indexes(), *_replaced(), *_doubtful())
