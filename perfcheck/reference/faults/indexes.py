"""Faults of the guide's indexes, and of the statistics that the planner reads beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from perfcheck.data import bundled
from perfcheck.reference.faults.base import Fault


@dataclass(frozen=True)
class _Index:
    """An index as the service has it; no other one of the service serves the same need."""

    name: str
    table: str
    definition: str
    keys: int = 0  # a btree's columns; 0: a GIN index, which has no order

    @property
    def requirement(self) -> str:
        return f"indexes/{self.name}"

    @property
    def stem(self) -> str:
        return "index-" + self.name.removeprefix("idx_").replace("_", "-")

    def remade(self, kind: str, shows: str, definition: str, *, name: str = "") -> Fault:
        """Return the fault that there is another index in the place of this one."""
        return self.fault(
            kind,
            shows,
            f"drop index {self.name};\n"
            f"create index {name or self.name} on {self.table} {definition}",
        )

    def fault(self, kind: str, shows: str, sql: str) -> Fault:
        return Fault(f"{self.stem}-{kind}", shows, breaks=(self.requirement,), sql=sql)


_STATUS = _Index(
    "idx_executions_tenant_status_started",
    "executions",
    "(tenant_id, status, started_at desc)",
    keys=3,
)
_MATCHES = _Index(
    "idx_matches_tenant_job_confidence", "matches", "(tenant_id, job_id, confidence desc)", keys=3
)
_RUNNING = _Index(
    "idx_executions_running_tenant_started",
    "executions",
    "(tenant_id, started_at desc) where status = 'running'",
    keys=2,
)
_RETRY = _Index(
    "idx_webhook_deliveries_pending_retry",
    "webhook_deliveries",
    "(next_retry_at) where status = 'failed' and next_retry_at is not null",
    keys=1,
)
_RULES = _Index("idx_jobs_rules_gin", "jobs", "using gin (rules)")
_SUMMARY = _Index("idx_executions_summary_gin", "executions", "using gin (summary)")
_REPORTS = _Index("idx_reports_summary_gin", "reports", "using gin (summary)")
_COVERING = _Index(
    "idx_jobs_list_covering",
    "jobs",
    "(tenant_id, created_at desc, id desc) include (name, status)",
    keys=3,
)
_GINS = (_RULES, _SUMMARY, _REPORTS)
_EACH_ALONE = (_STATUS, _MATCHES, _RUNNING, _RETRY, *_GINS, _COVERING)

_TENANT = "indexes/idx_jobs_tenant_created_at"
_ACTIVE = "indexes/idx_jobs_active_tenant_created"
# Each serves what the next ones are declared for: they only fall together.
_JOB_LISTS = (
    "idx_jobs_list_covering, idx_jobs_tenant_created_at",
    "idx_jobs_list_covering, idx_jobs_tenant_created_at, idx_jobs_active_tenant_created",
)
_LIST, _PAGE = "queries/list-jobs", "queries/cursor-page"
# What the planner cannot do without the index of a fault, by the fault's name after "index-".
_QUERIES: Mapping[str, tuple[str, ...]] = {
    **{
        f"jobs-list-covering-{kind}": (_LIST, _PAGE)
        for kind in ("dropped", "invalid", "nulls-last", "partial", "swapped")
    },
    "jobs-list-covering-renamed": (_LIST,),
    "jobs-tenant-dropped": (_LIST, _PAGE),
    "jobs-all-dropped": (_LIST, _PAGE),
    "jobs-all-of-paused-jobs": (_LIST, _PAGE),
    "jobs-never-analyzed": (_LIST, _PAGE),
    **{
        f"matches-tenant-job-confidence-{kind}": ("queries/matches-by-job",)
        for kind in ("dropped", "invalid", "partial")
    },
    **{
        f"executions-running-tenant-started-{kind}": ("queries/execution-status",)
        for kind in ("dropped", "invalid", "fewer-rows", "other-rows")
    },
}
_ANALYZED = {"jobs": _TENANT, "executions": _STATUS.requirement, "matches": _MATCHES.requirement}


def _absent() -> Iterator[Fault]:
    for index in _EACH_ALONE:
        yield index.fault("dropped", f"{index.name} does not exist.", f"drop index {index.name}")
        yield index.fault(
            "invalid",
            f"A build of {index.name} failed and left it invalid.",
            f"update pg_index set indisvalid = false"  # noqa: S608 - a name of ours
            f" where indexrelid = '{index.name}'::regclass",
        )
    two, three = _JOB_LISTS
    yield Fault(
        "index-jobs-tenant-dropped",
        "No index of all jobs begins with the tenant and the time.",
        breaks=(_TENANT, _COVERING.requirement),
        sql=f"drop index {two}",
    )
    yield Fault(
        "index-jobs-all-dropped",
        "No index of jobs begins with the tenant and the time.",
        breaks=(_TENANT, _ACTIVE, _COVERING.requirement),
        sql=f"drop index {three}",
    )
    yield Fault(
        "index-jobs-all-of-paused-jobs",
        "What indexes jobs by tenant and time covers paused jobs only.",
        breaks=(_TENANT, _ACTIVE, _COVERING.requirement),
        sql=f"drop index {three};\ncreate index idx_jobs_active_tenant_created on jobs"
        " (tenant_id, created_at desc) where status = 'paused'",
    )


def _columns() -> Iterator[Fault]:
    swapped = {
        _STATUS: "(status, tenant_id, started_at desc)",
        _MATCHES: "(tenant_id, confidence desc, job_id)",
        _COVERING: "(tenant_id, id desc, created_at desc) include (name, status)",
    }
    for index, definition in swapped.items():
        yield index.remade("swapped", f"The columns of {index.name} are swapped.", definition)
    shorter = {
        _STATUS: "(tenant_id, status)",
        _MATCHES: "(tenant_id, job_id)",
        _RUNNING: "(tenant_id) where status = 'running'",
    }
    for index, definition in shorter.items():
        yield index.remade("short", f"{index.name} lacks its last column.", definition)
    yield _STATUS.remade(
        "of-an-expression",
        "The index orders by the day of the start, not by the start.",
        "(tenant_id, status, date_trunc('day', started_at, 'UTC') desc)",
    )
    yield _RULES.remade(
        "of-an-expression",
        "The index holds one key of the rules.",
        "using gin ((rules -> 'fields'))",
    )


def _order() -> Iterator[Fault]:
    ascending = {_STATUS, _MATCHES, _RUNNING, _COVERING}
    for index in (i for i in _EACH_ALONE if i in ascending):
        yield index.remade(
            "ascending", f"{index.name} is sorted ascending.", index.definition.replace(" desc", "")
        )
    for index in (_STATUS, _MATCHES, _COVERING):
        definition = index.definition.replace(" desc", " desc nulls last", 1)
        yield index.remade("nulls-last", f"{index.name} sorts NULLs last.", definition)


def _operators() -> Iterator[Fault]:
    for index in _GINS:
        paths = index.definition.replace(")", " jsonb_path_ops)")
        yield index.remade("path-ops", f"{index.name} cannot search for keys (?).", paths)
        btree = index.definition.replace("using gin", "using btree")
        yield index.remade("btree", f"{index.name} is a btree of whole documents.", btree)
    yield _STATUS.remade(
        "text-pattern",
        "The index compares statuses by text_pattern_ops.",
        "(tenant_id, status text_pattern_ops, started_at desc)",
    )
    yield _STATUS.remade(
        "other-collation",
        "The index has another collation than its column.",
        '(tenant_id, status collate "C", started_at desc)',
    )
    yield _MATCHES.remade("hash", "The index is a hash.", "using hash (job_id)")
    yield _RETRY.remade(
        "brin",
        "The index is a BRIN.",
        "using brin (next_retry_at) where status = 'failed' and next_retry_at is not null",
    )


def _predicates() -> Iterator[Fault]:
    partial = {
        _STATUS: " where status <> 'completed'",
        _MATCHES: " where confidence > 0.5",
        _REPORTS: " where kind = 'summary'",
        _COVERING: " where status = 'active'",
    }
    for index, where in partial.items():
        yield index.remade("partial", f"{index.name} lacks rows.", index.definition + where)
    other = {
        _RUNNING: "(tenant_id, started_at desc) where status = 'queued'",
        _RETRY: "(next_retry_at) where status = 'pending' and next_retry_at is not null",
    }
    for index, definition in other.items():
        yield index.remade("other-rows", f"{index.name} covers other rows.", definition)
    for index, more in ((_RUNNING, "finished_at is null"), (_RETRY, "attempts < 5")):
        yield index.remade(
            "fewer-rows", f"{index.name} covers fewer rows.", f"{index.definition} and {more}"
        )


def _covering() -> Iterator[Fault]:
    keys = "(tenant_id, created_at desc, id desc)"
    included = {
        "without-status": ("The job list must visit the table.", f"{keys} include (name)"),
        "includes-nothing": ("The job list must visit the table.", keys),
        "includes-more": ("It carries a column too many.", f"{keys} include (name, status, rules)"),
        "all-keys": (
            "What it carries along are keys.",
            "(tenant_id, created_at desc, id desc, name, status)",
        ),
    }
    for kind, (shows, definition) in included.items():
        yield _COVERING.remade(kind, shows, definition)
    yield _COVERING.remade(
        "renamed", "The index has another name.", _COVERING.definition, name="idx_jobs_list"
    )


def _tables() -> Iterator[Fault]:
    yield _RETRY.fault(
        "without-table",
        "The table webhook_deliveries has another name.",
        "alter table webhook_deliveries rename to deliveries",
    )
    yield _REPORTS.fault(
        "on-a-view",
        "reports is a view of another table.",
        "alter table reports rename to reports_v1;\n"
        "create view reports as select * from reports_v1",
    )


def _statistics() -> Iterator[Fault]:
    for table, requirement in _ANALYZED.items():
        yield Fault(
            f"index-{table}-no-analyze-recorded",
            f"Since the statistics were reset, no analyze of {table} was recorded.",
            leaves_unverified=(requirement,),
            sql=_forgotten(table),
        )
    yield Fault(
        "index-jobs-never-analyzed",
        "jobs was loaded into a new table, which nobody analyzed.",
        breaks=(_TENANT,),
        sql=bundled("sql", "faults", "jobs-loaded-anew.sql").read_text(encoding="utf-8"),
    )
    yield Fault(
        "index-analyzes-not-counted",
        "The server does not record when it analyzes, and has no older record.",
        leaves_unverified=tuple(_ANALYZED.values()),
        sql="do $$ begin execute format('alter role perfcheck in database %I"
        " set track_counts = off', current_database()); end $$;\n"
        + ";\n".join(map(_forgotten, _ANALYZED)),
    )


def _forgotten(table: str) -> str:
    return (
        f"alter table {table} set (autovacuum_enabled = false);\n"
        f"select pg_stat_reset_single_table_counters('{table}'::regclass)"
    )


def _with_queries(fault: Fault) -> Fault:
    queries = _QUERIES.get(fault.name.removeprefix("index-"), ())
    return replace(fault, breaks=(*fault.breaks, *queries))


def _half_attached() -> Iterator[Fault]:
    yield Fault(
        "index-webhooks-half-attached",
        "webhook_deliveries was partitioned, and one partition never got the index.",
        breaks=("indexes/idx_webhook_deliveries_pending_retry",),
        sql=bundled("sql", "faults", "webhooks-half-indexed.sql").read_text(encoding="utf-8"),
    )


_GROUPS = (
    _absent(),
    _columns(),
    _order(),
    _operators(),
    _predicates(),
    _covering(),
    _tables(),
    _statistics(),
    _half_attached(),
)
FAULTS = tuple(_with_queries(fault) for group in _GROUPS for fault in group)
