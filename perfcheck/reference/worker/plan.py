"""List the maintenance of the reference service."""

from collections.abc import Mapping
from datetime import timedelta

from perfcheck.reference.worker.schedule import Task

# The guide's refresh strategy: how old the figures may be at most.
VIEWS: Mapping[str, timedelta] = {
    "mv_tenant_usage_hourly": timedelta(minutes=15),
    "mv_reconciliation_summary_daily": timedelta(hours=1),
    "mv_job_performance": timedelta(hours=1),
    "mv_match_accuracy_by_job": timedelta(days=1),
}

# How many months are kept before the current one: a year, of the audit trail two.
MONTHS_KEPT: Mapping[str, int] = {
    "executions_partitioned": 12,
    "matches_partitioned": 12,
    "unmatched_partitioned": 12,
    "audit_logs_partitioned": 24,
}

_PLAIN_TABLES = (
    *("currencies", "jobs", "executions", "matches", "unmatched", "reports"),
    *("webhook_deliveries", "audit_logs", "maintenance_runs"),
)
_DAY = timedelta(days=1)

PLAN = (
    *(Task("refresh", view, limit) for view, limit in VIEWS.items()),
    # Created before others are dropped: a missing month loses rows to the default partition.
    *(Task("create_partitions", table, _DAY) for table in MONTHS_KEPT),
    *(Task("drop_partitions", table, _DAY) for table in MONTHS_KEPT),
    *(Task("vacuum", table, _DAY) for table in (*MONTHS_KEPT, *_PLAIN_TABLES)),
    Task("prune", "maintenance_runs", _DAY),
)
