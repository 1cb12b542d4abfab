"""GET /api/v1/debug/error: an error on request, to see what becomes of it."""

from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.service import service_of


class WantedError(Exception):
    """The error that was asked for."""


async def debug_error(request: Request, _tenant_id: UUID) -> Response:
    """Fail as a bug would: 500; 404 unless REFERENCE_DEBUG is 1.

    Raises:
        WantedError: The error that was asked for.
        HTTPException: This instance does not fail on request.
    """
    if not service_of(request).settings.allows_debugging:
        raise HTTPException(404)
    raise WantedError
