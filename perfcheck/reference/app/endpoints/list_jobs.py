"""GET /api/v1/jobs: one page of a tenant's jobs, the newest first."""

from typing import LiteralString
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.cache import CacheGroup
from perfcheck.reference.app.cursor import Cursor
from perfcheck.reference.app.database import Database, Row
from perfcheck.reference.app.json_body import cached_response, to_json
from perfcheck.reference.app.query_parameters import (
    LATEST_EXECUTION,
    JobListQuery,
    parse_job_list_query,
)
from perfcheck.reference.app.service import service_of

_PAGE: LiteralString = """
select id, name, status, created_at
  from jobs
 where tenant_id = %(tenant)s{conditions}
 order by created_at desc, id desc
 limit %(rows)s"""
# Row comparison, not OFFSET: the index goes straight to the page, however deep it lies.
_AFTER_CURSOR: LiteralString = " and (created_at, id) < (%(created_at)s, %(id)s)"
_WITH_STATUS: LiteralString = " and status = %(status)s"
# One lateral join for the whole page instead of one more statement a job.
_LATEST_EXECUTION: LiteralString = """
select page.id, page.name, page.status, page.created_at,
       latest.id as execution_id, latest.status as execution_status, latest.started_at,
       latest.finished_at, latest.matched_count, latest.unmatched_count
  from ({page}) page
  left join lateral (
       select id, status, started_at, finished_at, matched_count, unmatched_count
         from executions
        where tenant_id = %(tenant)s and job_id = page.id
        order by started_at desc
        limit 1) latest on true
 order by page.created_at desc, page.id desc"""


def job_lists(tenant_id: UUID) -> CacheGroup:
    """Name the cached lists of a tenant."""
    return CacheGroup("jobs", str(tenant_id))


async def list_jobs(request: Request, tenant_id: UUID) -> Response:
    """Answer with {"data": [...], "next_cursor": ...}; the cursor is null on the last page."""
    service = service_of(request)
    query = parse_job_list_query(request.query_params)
    group = job_lists(tenant_id)

    async def produce() -> bytes:
        return to_json(await _read_page(service.database, tenant_id, query))

    ttl_s = service.settings.job_list_ttl_s
    key = group.key(*query.cache_key_parts())
    cached = await service.cache.read_through(key, produce, group=group, ttl_s=ttl_s)
    return cached_response(cached, cache_control=f"private, max-age={ttl_s}")


async def _read_page(database: Database, tenant_id: UUID, query: JobListQuery) -> dict[str, object]:
    parameters = {
        "tenant": tenant_id,
        "status": query.status,
        "created_at": query.cursor.created_at if query.cursor else None,
        "id": query.cursor.id if query.cursor else None,
        # One more than the page holds tells whether another page follows.
        "rows": query.limit + 1,
    }
    rows = await database.fetch_all(_statement(query), parameters)
    page = rows[: query.limit]
    next_cursor = None
    if len(rows) > query.limit:
        next_cursor = Cursor(page[-1]["created_at"], page[-1]["id"]).encode()
    item = _item_with_execution if query.includes_latest_execution else _item
    return {"data": [item(row) for row in page], "next_cursor": next_cursor}


def _statement(query: JobListQuery) -> LiteralString:
    # Only the conditions in use are written: one that is always true would blunt the plan.
    status = _WITH_STATUS if query.status else ""
    cursor = _AFTER_CURSOR if query.cursor else ""
    page = _PAGE.format(conditions=status + cursor)
    return _LATEST_EXECUTION.format(page=page) if query.includes_latest_execution else page


def _item(row: Row) -> dict[str, object]:
    return {name: row[name] for name in ("id", "name", "status", "created_at")}


def _item_with_execution(row: Row) -> dict[str, object]:
    latest = None
    if row["execution_id"] is not None:
        names = ("started_at", "finished_at", "matched_count", "unmatched_count")
        latest = {
            "id": row["execution_id"],
            "status": row["execution_status"],
            **{name: row[name] for name in names},
        }
    return {**_item(row), LATEST_EXECUTION: latest}
