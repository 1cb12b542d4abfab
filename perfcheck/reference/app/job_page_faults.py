"""Break the list of jobs on purpose: its pages, and the statements behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, LiteralString
from uuid import UUID

from starlette.datastructures import QueryParams

from perfcheck.reference.app.cursor import Cursor
from perfcheck.reference.app.database import Database, Row
from perfcheck.reference.app.errors import ApiError
from perfcheck.reference.app.job_page import (
    PageRules,
    Parameters,
    fetch_at_once,
    position_of_last,
)
from perfcheck.reference.app.query_parameters import (
    DEFAULT_LIMIT,
    JobListQuery,
    parse_job_list_query,
)
from perfcheck.reference.app.switches import Switchboard


@dataclass(frozen=True)
class PageSwitches:
    """How the list of jobs is read; the default is right."""

    variant: Literal[
        "right",
        "no tie-break",
        "offset in the cursor",
        "offset by counting",
        "tampered cursor crashes",
        "tampered cursor is page 1",
        "limit ignored",
        "ascending",
        "no next cursor",
        "skips an item",
        "statement per job",
        "offset 0",
    ] = "right"


def page_rules(switches: Switchboard) -> PageRules:
    """Return the rules that the switches want."""
    return _RULES[switches.of("pages", PageSwitches).variant]


def _without_cursor(query: QueryParams) -> JobListQuery:
    rest = [(name, value) for name, value in query.multi_items() if name != "cursor"]
    return parse_job_list_query(QueryParams(rest))


def _parse_and_crash(query: QueryParams) -> JobListQuery:
    try:
        return parse_job_list_query(query)
    except ApiError as error:
        _without_cursor(query)  # what else is wrong is refused as it should be
        raise LookupError("cursor") from error


def _parse_or_restart(query: QueryParams) -> JobListQuery:
    try:
        return parse_job_list_query(query)
    except ApiError:
        return _without_cursor(query)


def _parse_without_limit(query: QueryParams) -> JobListQuery:
    return replace(parse_job_list_query(query), limit=DEFAULT_LIMIT)


def _cursor_of_extra_row(query: JobListQuery, rows: list[Row]) -> Cursor:
    # The row that only told that another page follows: nobody will see it.
    return position_of_last(replace(query, limit=query.limit + 1), rows)


def _offset_of(query: JobListQuery) -> int:
    """Return the number that hides in the id of a cursor; 0 for an id of a job."""
    hidden = query.cursor.id.int if query.cursor else 0
    return hidden if hidden < 2**31 else 0


def _cursor_with_offset(query: JobListQuery, rows: list[Row]) -> Cursor:
    last = position_of_last(query, rows)
    return replace(last, id=UUID(int=_offset_of(query) + query.limit))


async def _fetch_by_offset(
    database: Database, rules: PageRules, query: JobListQuery, parameters: Parameters
) -> list[Row]:
    return await fetch_at_once(database, rules, query, {**parameters, "offset": _offset_of(query)})


_LATEST: LiteralString = """
select id as execution_id, status as execution_status, started_at, finished_at, matched_count,
       unmatched_count
  from executions
 where tenant_id = %(tenant)s and job_id = %(job)s
 order by started_at desc
 limit 1"""
_NO_EXECUTION: Row = {"execution_id": None}


async def _fetch_one_by_one(
    database: Database, rules: PageRules, query: JobListQuery, parameters: Parameters
) -> list[Row]:
    plain = replace(query, includes_latest_execution=False)
    jobs = await fetch_at_once(database, rules, plain, parameters)
    if not query.includes_latest_execution:
        return jobs
    found = []
    for job in jobs:
        keys = {"tenant": parameters["tenant"], "job": job["id"]}
        found.append(job | (await database.fetch_one(_LATEST, keys) or _NO_EXECUTION))
    return found


_RULES: Mapping[str, PageRules] = {
    "right": PageRules(),
    "no tie-break": PageRules(after_cursor=" and created_at < %(created_at)s"),
    "offset in the cursor": PageRules(
        after_cursor="",
        extent="limit %(rows)s offset %(offset)s",
        fetch=_fetch_by_offset,
        next_cursor=_cursor_with_offset,
    ),
    "offset by counting": PageRules(
        after_cursor="",
        extent="""limit %(rows)s
offset (select count(*) from jobs
         where tenant_id = %(tenant)s and (created_at, id) >= (%(created_at)s, %(id)s)
           and (%(status)s::text is null or status = %(status)s))""",
    ),
    "tampered cursor crashes": PageRules(parse=_parse_and_crash),
    "tampered cursor is page 1": PageRules(parse=_parse_or_restart),
    "limit ignored": PageRules(parse=_parse_without_limit),
    "ascending": PageRules(
        order="created_at, id", after_cursor=" and (created_at, id) > (%(created_at)s, %(id)s)"
    ),
    "no next cursor": PageRules(next_cursor=lambda _query, _rows: None),
    "skips an item": PageRules(next_cursor=_cursor_of_extra_row),
    "statement per job": PageRules(fetch=_fetch_one_by_one),
    "offset 0": PageRules(extent="limit %(rows)s offset 0"),
}
