"""Read the query string of the job list."""

import re
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from perfcheck.reference.app.cursor import Cursor, InvalidCursorError, decode
from perfcheck.reference.app.errors import bad_request

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
LATEST_EXECUTION = "latest_execution"

_LIMIT = re.compile(r"[0-9]{1,3}")
_STATUS = re.compile(r"[a-z_]{1,32}")


@dataclass(frozen=True)
class JobListQuery:
    """Which page of which jobs, and with what beside them."""

    limit: int
    cursor: Cursor | None
    status: str | None
    includes_latest_execution: bool

    def cache_key_parts(self) -> tuple[str, ...]:
        """Return every parameter, in the form that is the same for equal pages."""
        return (
            LATEST_EXECUTION if self.includes_latest_execution else "plain",
            f"status={self.status or ''}",
            f"limit={self.limit}",
            f"cursor={self.cursor.encode() if self.cursor else ''}",
        )


def parse_job_list_query(query: QueryParams) -> JobListQuery:
    """Read the parameters; those that the endpoint does not know are ignored.

    Raises:
        ApiError: 400 for a parameter that is malformed, out of range or given twice.
    """
    include = _single(query, "include")
    if include not in {None, LATEST_EXECUTION}:
        raise bad_request(f"include must be {LATEST_EXECUTION}")
    return JobListQuery(
        limit=_parse_limit(_single(query, "limit")),
        cursor=_parse_cursor(_single(query, "cursor")),
        status=_parse_status(_single(query, "status")),
        includes_latest_execution=include is not None,
    )


def _single(query: QueryParams, name: str) -> str | None:
    values = query.getlist(name)
    if len(values) > 1:
        raise bad_request(f"{name} must be given once")
    return values[0] if values else None


def _parse_limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    limit = int(text) if _LIMIT.fullmatch(text) else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise bad_request(f"limit must be a whole number from 1 to {MAX_LIMIT}")
    return limit


def _parse_cursor(text: str | None) -> Cursor | None:
    try:
        return decode(text) if text is not None else None
    except InvalidCursorError as error:
        raise bad_request(str(error)) from error


def _parse_status(text: str | None) -> str | None:
    if text is not None and not _STATUS.fullmatch(text):
        raise bad_request("status must be a word of lower-case letters")
    return text
