"""The `limit` of a path's query: how many rows are asked."""

import re

_LIMIT = re.compile(r"(?<=[?&])limit=([1-9][0-9]{0,5})(?=&|#|$)")


def read_limit(path: str) -> int | None:
    """Return the limit in the path's query; None if there is none."""
    found = _LIMIT.search(path)
    return int(found[1]) if found else None


def with_limit(path: str, limit: int) -> str:
    """Return the path with another limit in the place of its own."""
    return _LIMIT.sub(f"limit={limit}", path)
