"""Hold together what every endpoint may use."""

from dataclasses import dataclass

from starlette.requests import Request

from perfcheck.reference.app.cache import Cache
from perfcheck.reference.app.database import Database
from perfcheck.reference.app.metrics import Metrics
from perfcheck.reference.app.settings import Settings


@dataclass(frozen=True)
class Service:
    """The parts of one running app."""

    settings: Settings
    database: Database
    cache: Cache
    metrics: Metrics


def service_of(request: Request) -> Service:
    """Return the service that answers the request."""
    service: Service = request.app.state.service
    return service
