"""Describe an endpoint once: for the router, the metrics and the API page."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.contextvars import bind_contextvars

from perfcheck.reference.app.authentication import authenticate
from perfcheck.reference.app.openapi_operation import Operation
from perfcheck.reference.app.service import service_of

Handler = Callable[[Request], Awaitable[Response]]
TenantHandler = Callable[[Request, UUID], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A method on a path; `status` is that of its normal answer."""

    method: str
    path: str
    handler: Handler
    summary: str
    details: str = ""
    status: int = 200
    operation: Operation = field(default_factory=Operation)


def for_tenant(handler: TenantHandler) -> Handler:
    """Let the handler answer authenticated requests only, with their tenant."""

    async def handle(request: Request) -> Response:
        tenant_id = authenticate(request, service_of(request).settings.tokens)
        bind_contextvars(tenant_id=str(tenant_id))
        return await handler(request, tenant_id)

    return handle


def routes_of(endpoints: Iterable[Endpoint]) -> list[Route]:
    """Return one route a path, so that a 405 names every method of the path."""
    by_path = groupby(sorted(endpoints, key=_path), key=_path)
    return [_route(path, list(group)) for path, group in by_path]


def _path(endpoint: Endpoint) -> str:
    return endpoint.path


def _route(path: str, endpoints: list[Endpoint]) -> Route:
    handlers = {endpoint.method: endpoint.handler for endpoint in endpoints}

    async def dispatch(request: Request) -> Response:
        # HEAD runs the handler of GET; the compression layer drops the body.
        method = "GET" if request.method == "HEAD" else request.method
        return await handlers[method](request)

    return Route(path, dispatch, methods=list(handlers))
