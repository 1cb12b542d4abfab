"""Answer every error as JSON, without telling the client how the service is built."""

from collections.abc import Awaitable, Callable, Mapping

import psycopg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_CODES = {404: "not_found", 405: "method_not_allowed"}


class ApiError(Exception):
    """An answer of status 400 or above, in the words of the API."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def error_response(error: ApiError) -> Response:
    """Render the error; no cache may keep it."""
    return JSONResponse(
        {"error": {"code": error.code, "message": error.message}},
        status_code=error.status,
        headers={"Cache-Control": "no-store", **error.headers},
    )


def bad_request(message: str) -> ApiError:
    """Say that the request itself is wrong."""
    return ApiError(400, "bad_request", message)


def not_found(what: str) -> ApiError:
    """Say that this tenant has no such thing, whether or not another tenant has."""
    return ApiError(404, "not_found", f"no such {what}")


def unavailable() -> ApiError:
    """Say that the database did not answer in time."""
    message = "the database is not available; try again later"
    return ApiError(503, "database_unavailable", message, headers={"Retry-After": "1"})


async def handle_api_error(_request: Request, error: Exception) -> Response:
    """Answer an error that a handler raised on purpose."""
    assert isinstance(error, ApiError)  # noqa: S101 - the handler is registered for this class
    return error_response(error)


async def handle_http_exception(_request: Request, error: Exception) -> Response:
    """Answer an error that the router raised: unknown path or method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    code = _CODES.get(error.status_code, "http_error")
    headers = dict(error.headers or {})
    return error_response(ApiError(error.status_code, code, error.detail, headers=headers))


async def handle_database_error(_request: Request, error: Exception) -> Response:
    """Answer 503 when the database is away, full, restarting or too slow."""
    assert isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | TimeoutError)  # noqa: S101 - registered for these
    return error_response(unavailable())


ERROR_HANDLERS: Mapping[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    ApiError: handle_api_error,
    HTTPException: handle_http_exception,
    psycopg.OperationalError: handle_database_error,
    psycopg.InterfaceError: handle_database_error,
    TimeoutError: handle_database_error,
}
