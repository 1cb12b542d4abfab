"""Facts about a table and its indexes, and what a requirement makes of them."""

from typing import Any

from perfcheck.checks.database.indexes import Indexes
from perfcheck.model import Finding, Verdict
from perfcheck.probes.base import Answer, Answers
from perfcheck.probes.database.index_facts import (
    IndexFacts,
    LiveColumn,
    LiveIndex,
    LiveKey,
    LiveTable,
    Storage,
)
from perfcheck.sqltext.columns import TableName
from tests.checks.database.server import DAY, NOW, server

JOBS = TableName("public", "jobs")
COLUMNS = ("tenant_id", "created_at", "status", "email", "code")


def key(column: str | None, **fields: Any) -> LiveKey:
    plain = {"expression": None, "descending": False, "nulls_first": False, "collation": None}
    opclass = {"opclass": "pg_catalog.int4_ops", "opclass_default": True}
    return LiveKey(column=column, **{**plain, **opclass, **fields})


NEWEST = key("created_at", descending=True, nulls_first=True)


def index(*keys: LiveKey, **fields: Any) -> LiveIndex:
    sound: dict[str, Any] = {
        "name": "idx_jobs",
        "method": "btree",
        "include": (),
        "unique": False,
        "immediate": True,
        "partial": "predicate" in fields,
        "predicate": None,
        "valid": True,
        "ready": True,
        "live": True,
        "locked": False,
        "building": False,
        "missing_leaves": (),
    }
    return LiveIndex(keys=keys, **{**sound, **fields})


def table(*indexes: LiveIndex, **fields: Any) -> LiveTable:
    collations = {"email": "pg_catalog.default", "code": "pg_catalog.C"}
    columns = tuple(
        LiveColumn(name=name, collation=collations.get(name), extension_type=False)
        for name in COLUMNS
    )
    sound: dict[str, Any] = {"relkind": "r", "locked": False, "building": False, "columns": columns}
    return LiveTable(name=JOBS, indexes=indexes, **{**sound, **fields})


def stored(days: float) -> Storage:
    analyzed_at = NOW - days * DAY
    return Storage(
        name=JOBS, analyzed_at=analyzed_at, changed_rows=5, untouched=False, size_bytes=8192
    )


def judge(
    live: LiveTable, *heirs: LiveTable, moment: dict[str, Any] | None = None, **fields: object
) -> list[Finding]:
    spec = {"name": "idx_jobs", "table": "jobs", "columns": ["tenant_id", "created_at DESC"]}
    check = Indexes.model_validate({**spec, **fields})
    facts = IndexFacts(server=server(**moment or {}), tables=(live, *heirs))
    answer = Answer(facts, asked=(), taken_at=NOW, duration_ms=1)
    return list(check.evaluate(Answers({check.probes()[0]: answer})))


def outcome(findings: list[Finding]) -> str:
    verdicts = {finding.verdict for finding in findings}
    if Verdict.BREAKS in verdicts:
        return "fail"
    if Verdict.UNDECIDED in verdicts or not verdicts:
        return "unverified"
    return "pass"
