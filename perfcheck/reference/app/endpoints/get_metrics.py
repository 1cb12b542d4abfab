"""GET /metrics: the exposition page that Prometheus scrapes."""

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.service import service_of


async def get_metrics(request: Request) -> Response:
    """Answer with all series."""
    return Response(
        service_of(request).metrics.exposition(),
        headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"},
    )
