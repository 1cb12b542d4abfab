"""Write JSON bodies, and answers made of them."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from starlette.responses import Response

from perfcheck.reference.app.cache import CachedBody
from perfcheck.reference.app.cursor import format_time


def to_json(value: object) -> bytes:
    """Write compact UTF-8 JSON; equal values give equal bytes, and so equal ETags."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return text.encode()


def json_response(
    value: object,
    *,
    status: int = 200,
    cache_control: str = "no-store",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with a value that was made for this request."""
    return Response(
        to_json(value),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": cache_control, **(headers or {})},
    )


def cached_response(cached: CachedBody, *, cache_control: str) -> Response:
    """Answer with a body that the cache keeps, and say how old it is (RFC 9111, 5.1)."""
    return Response(
        cached.body,
        media_type="application/json",
        headers={
            "Cache-Control": cache_control,
            "Age": str(cached.age_s),
            "X-Cache": "HIT" if cached.is_hit else "MISS",
        },
    )


def _plain(value: object) -> str | float:
    match value:
        case datetime():
            return format_time(value)
        case UUID():
            return str(value)
        case Decimal():
            return float(value)
        case _:
            raise TypeError(type(value).__name__)
