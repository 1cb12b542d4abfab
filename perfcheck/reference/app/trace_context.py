"""Take a request's trace id from its traceparent header (W3C Trace Context, level 1)."""

import re
import secrets

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


def trace_id_of(traceparent: str | None) -> str:
    """Return the caller's trace id, or a fresh one when the header is absent or invalid."""
    match = _TRACEPARENT.fullmatch(traceparent.strip()) if traceparent else None
    if match is None or not int(match.group(1), 16) or not int(match.group(2), 16):
        return secrets.token_hex(16)
    return match.group(1)
