"""Put the service together."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from perfcheck.reference.app.cache import Cache
from perfcheck.reference.app.compression import CompressionMiddleware
from perfcheck.reference.app.conditional import ConditionalMiddleware
from perfcheck.reference.app.database import Database
from perfcheck.reference.app.endpoint import routes_of
from perfcheck.reference.app.error_boundary import ErrorBoundaryMiddleware
from perfcheck.reference.app.errors import (
    ApiError,
    handle_api_error,
    handle_database_error,
    handle_http_exception,
)
from perfcheck.reference.app.event_log import EventLog
from perfcheck.reference.app.metrics import SCRAPED_ROUTE, Metrics
from perfcheck.reference.app.observation import ObservationMiddleware
from perfcheck.reference.app.redis_cache import RedisCache
from perfcheck.reference.app.route_table import ENDPOINTS
from perfcheck.reference.app.service import Service
from perfcheck.reference.app.settings import Settings, from_environment


def create_app(settings: Settings | None = None) -> Starlette:
    """Build the app; without settings it reads the REFERENCE_* variables.

    Raises:
        ValueError: A variable is missing or malformed.
        OSError: The log file cannot be opened.
    """
    settings = settings or from_environment(os.environ)
    service = _build_service(settings)
    log = EventLog(settings.log_file)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        log.open()
        await service.database.open()
        try:
            yield
        finally:
            await service.cache.close()
            await service.database.close()
            log.close()

    app = Starlette(
        routes=routes_of(ENDPOINTS),
        middleware=_middleware(service, log),
        exception_handlers={
            ApiError: handle_api_error,
            HTTPException: handle_http_exception,
            psycopg.OperationalError: handle_database_error,
            psycopg.InterfaceError: handle_database_error,
            TimeoutError: handle_database_error,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.service = service
    return app


def _build_service(settings: Settings) -> Service:
    database = Database(settings)
    metrics = Metrics(database)
    for endpoint in ENDPOINTS:
        if endpoint.path != SCRAPED_ROUTE:
            metrics.add_route(endpoint.method, endpoint.path, endpoint.status)
    metrics.add_unmatched()
    redis = None
    if settings.redis_url:
        redis = RedisCache(settings.redis_url, timeout_s=settings.redis_timeout_s)
    return Service(settings, database, Cache(redis=redis, observer=metrics), metrics)


def _middleware(service: Service, log: EventLog) -> list[Middleware]:
    # Outermost first. Tags are made and compared inside the compression: on the identity body.
    observers = (service.metrics.observe_request, log.observe_request)
    return [
        Middleware(ObservationMiddleware, observers=observers),
        Middleware(ErrorBoundaryMiddleware, report=log.record_bug),
        Middleware(CompressionMiddleware),
        Middleware(ConditionalMiddleware),
    ]
