"""Read one page of a tenant's jobs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from starlette.datastructures import QueryParams

from perfcheck.reference.app.cursor import Cursor
from perfcheck.reference.app.database import Database, Row
from perfcheck.reference.app.query_parameters import (
    LATEST_EXECUTION,
    JobListQuery,
    parse_job_list_query,
)

_PAGE: LiteralString = """
select id, name, status, created_at
  from jobs
 where tenant_id = %(tenant)s{conditions}
 order by {order}
 {extent}"""
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
 order by {order}"""

Parameters = dict[str, object]


async def fetch_at_once(
    database: Database, rules: "PageRules", query: JobListQuery, parameters: Parameters
) -> list[Row]:
    """Run one statement for the whole page."""
    return await database.fetch_all(rules.statement(query), parameters)


def position_of_last(query: JobListQuery, rows: list[Row]) -> Cursor:
    """Return the position of the last job that the page shows."""
    last = rows[query.limit - 1]
    return Cursor(last["created_at"], last["id"])


@dataclass(frozen=True)
class PageRules:
    """How a page is read; the defaults are right, the others are faults.

    `next_cursor` is asked only where one more row than the page holds was found.
    """

    parse: Callable[[QueryParams], JobListQuery] = parse_job_list_query
    order: LiteralString = "created_at desc, id desc"
    # Row comparison, not OFFSET: the index goes straight to the page, however deep it lies.
    after_cursor: LiteralString = " and (created_at, id) < (%(created_at)s, %(id)s)"
    extent: LiteralString = "limit %(rows)s"
    fetch: "Callable[[Database, PageRules, JobListQuery, Parameters], Awaitable[list[Row]]]" = (
        fetch_at_once
    )
    next_cursor: Callable[[JobListQuery, list[Row]], Cursor | None] = position_of_last

    def statement(self, query: JobListQuery) -> LiteralString:
        """Return the statement of a page."""
        # Only the conditions in use are written: one that is always true would blunt the plan.
        status = _WITH_STATUS if query.status else ""
        cursor = self.after_cursor if query.cursor else ""
        page = _PAGE.format(conditions=status + cursor, order=self.order, extent=self.extent)
        if not query.includes_latest_execution:
            return page
        return _LATEST_EXECUTION.format(page=page, order=self.order)


async def read_page(
    database: Database, tenant_id: UUID, query: JobListQuery, rules: PageRules
) -> dict[str, object]:
    """Return {"data": [...], "next_cursor": ...}."""
    parameters: Parameters = {
        "tenant": tenant_id,
        "status": query.status,
        "created_at": query.cursor.created_at if query.cursor else None,
        "id": query.cursor.id if query.cursor else None,
        # One more than the page holds tells whether another page follows.
        "rows": query.limit + 1,
    }
    rows = await rules.fetch(database, rules, query, parameters)
    following = rules.next_cursor(query, rows) if len(rows) > query.limit else None
    item = _item_with_execution if query.includes_latest_execution else _item
    return {
        "data": [item(row) for row in rows[: query.limit]],
        "next_cursor": following.encode() if following else None,
    }


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
