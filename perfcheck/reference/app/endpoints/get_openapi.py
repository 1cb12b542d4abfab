"""GET /openapi.json: the API for programs, made from the route table."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.endpoint import Endpoint, Handler
from perfcheck.reference.app.json_body import to_json
from perfcheck.reference.app.openapi import openapi_document


def openapi_handler(endpoints: Iterable[Endpoint]) -> Handler:
    """Make the handler that answers with the OpenAPI document."""
    body = to_json(openapi_document(endpoints))

    async def get_openapi(_request: Request) -> Response:
        headers = {"Cache-Control": "public, max-age=3600"}
        return Response(body, media_type="application/json", headers=headers)

    return get_openapi
