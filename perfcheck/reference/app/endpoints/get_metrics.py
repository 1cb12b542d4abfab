"""GET /metrics: the exposition page that Prometheus scrapes."""

import math

import psycopg
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.database import Database
from perfcheck.reference.app.deadline import within
from perfcheck.reference.app.queue_depth import read_queue_depth
from perfcheck.reference.app.service import service_of

# A scrape must not wait for a pool that is exhausted, just when its gauges matter most.
_QUEUE_TIMEOUT_S = 0.5


async def get_metrics(request: Request) -> Response:
    """Answer with all series; what the database does not tell is NaN."""
    service = service_of(request)
    service.metrics.set_queue_depth(await _queue_depth(service.database))
    return Response(
        service.metrics.exposition(),
        headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"},
    )


async def _queue_depth(database: Database) -> float:
    try:
        return await within(_QUEUE_TIMEOUT_S, read_queue_depth(database))
    except (psycopg.Error, TimeoutError):
        return math.nan
