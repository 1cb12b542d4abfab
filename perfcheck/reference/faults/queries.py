"""Faults that make the planner leave the indexes, though each of them is in its place."""

from collections.abc import Iterator

from perfcheck.reference.faults.base import Fault

_QUERIES = {
    "jobs": ("queries/list-jobs", "queries/cursor-page"),
    "executions": ("queries/execution-status",),
    "matches": ("queries/matches-by-job",),
}
_INDEXES = {
    "jobs": (
        "indexes/idx_jobs_tenant_created_at",
        "indexes/idx_jobs_active_tenant_created",
        "indexes/idx_jobs_rules_gin",
        "indexes/idx_jobs_list_covering",
    ),
    "executions": (
        "indexes/idx_executions_tenant_status_started",
        "indexes/idx_executions_running_tenant_started",
        "indexes/idx_executions_summary_gin",
    ),
    "matches": ("indexes/idx_matches_tenant_job_confidence",),
}


def _archives() -> Iterator[Fault]:
    for table, queries in _QUERIES.items():
        yield Fault(
            name=f"queries-{table}-with-an-archive",
            shows=f"A table without an index inherits from {table}, and each query reads it, too.",
            breaks=(*queries, *_INDEXES[table]),
            sql=f"create table {table}_archive () inherits ({table});\n"
            f"alter table {table}_archive owner to reconciliation",
        )


FAULTS = (
    *_archives(),
    Fault(
        name="queries-indexes-too-dear",
        shows="The planner's costs are those of a tape: it reads whole tables instead of indexes.",
        breaks=tuple(query for queries in _QUERIES.values() for query in queries),
        sql="do $$ begin execute format('alter database %I set random_page_cost = 1000000',"
        " current_database()); end $$",
    ),
)
