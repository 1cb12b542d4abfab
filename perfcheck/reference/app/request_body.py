"""Read a JSON object from a request, within a bound of size and time."""

import asyncio
import json

from starlette.requests import ClientDisconnect, Request

from perfcheck.reference.app.errors import ApiError, bad_request

_MAX_BYTES = 64 * 1024
_TIMEOUT_S = 10.0


async def read_json_object(request: Request) -> dict[str, object]:
    """Return the object that the request's body is.

    Raises:
        ApiError: 400 for anything but a JSON object, 408 when it comes too slowly, 413 when it
            is larger than 64 KB.
    """
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            body = await _read(request)
    except TimeoutError as error:
        raise ApiError(408, "request_timeout", "the body did not arrive in time") from error
    except ClientDisconnect as error:
        raise bad_request("the body is incomplete") from error
    try:
        parsed = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise bad_request("the body is not JSON") from error
    if not isinstance(parsed, dict):
        raise bad_request("the body is not a JSON object")
    return parsed


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise ApiError(413, "too_large", f"the body is larger than {_MAX_BYTES} bytes")
    return bytes(body)


def _refuse_constant(name: str) -> None:
    # NaN and Infinity are Python's own; neither JSON nor jsonb has them.
    raise ValueError(name)
