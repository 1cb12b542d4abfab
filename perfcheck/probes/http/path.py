"""Paths of an API as a spec writes them, and the `limit` in their query."""

import re
from typing import Annotated

from pydantic import Field

ApiPath = Annotated[str, Field(pattern=r"^/")]
"""A path with its query; `{names}` are filled in by the target's `resolve`."""

_LIMIT = re.compile(r"(?<=[?&])limit=([1-9][0-9]{0,5})(?=&|#|$)")


def read_limit(path: str) -> int | None:
    """Return how many rows the path's query asks for; None if it has no limit."""
    found = _LIMIT.search(path)
    return int(found[1]) if found else None


def with_limit(path: str, limit: int) -> str:
    """Return the path with another limit in the place of its own."""
    return _LIMIT.sub(f"limit={limit}", path)
