"""GET /health: whether the service can answer, for load balancers."""

import psycopg
from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.json_body import json_response
from perfcheck.reference.app.service import service_of


async def get_health(request: Request) -> Response:
    """Answer 200 while the database answers, else 503; a missing Redis is no illness."""
    service = service_of(request)
    try:
        await service.database.fetch_one("select 1 as alive", {})
        is_well = True
    except (psycopg.Error, TimeoutError):
        is_well = False
    health = {
        "status": "ok" if is_well else "unavailable",
        "database": "ok" if is_well else "unavailable",
        "cache": service.cache.backend,
    }
    return json_response(health, status=200 if is_well else 503)
