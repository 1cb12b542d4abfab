"""Put the service together."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from opentelemetry.sdk.trace.export import SpanExporter
from starlette.applications import Starlette
from starlette.middleware import Middleware

from perfcheck.reference.app.cache_faults import build_redis_cache, cache_type
from perfcheck.reference.app.compression_faults import CompressionSwitches, compression_layer
from perfcheck.reference.app.database import Database
from perfcheck.reference.app.endpoint import routes_of
from perfcheck.reference.app.error_boundary import ErrorBoundaryMiddleware
from perfcheck.reference.app.errors import ERROR_HANDLERS
from perfcheck.reference.app.etag_faults import EtagSwitches, conditional_layer
from perfcheck.reference.app.event_log import EventLog
from perfcheck.reference.app.event_log_faults import LoggingSwitches
from perfcheck.reference.app.header_faults import HeaderSwitches, header_layers
from perfcheck.reference.app.latency_faults import LatencySwitches, latency_layers
from perfcheck.reference.app.metric_label_faults import MetricLabelSwitches, leaky
from perfcheck.reference.app.metrics import SCRAPED_ROUTE, Metrics, MetricsSwitches
from perfcheck.reference.app.observation import (
    ObservationMiddleware,
    RouteOf,
    route_template,
    route_with_ids,
)
from perfcheck.reference.app.route_table import ENDPOINTS
from perfcheck.reference.app.service import Service
from perfcheck.reference.app.settings import Settings, from_environment
from perfcheck.reference.app.threshold_switches import ThresholdSwitches, recorded
from perfcheck.reference.app.tracing import Tracing, TracingSwitches
from perfcheck.reference.app.tracing_export import otlp_exporter
from perfcheck.reference.app.tracing_middleware import TracingMiddleware


def create_app(
    settings: Settings | None = None, *, span_exporter: SpanExporter | None = None
) -> Starlette:
    """Build the app; without settings it reads the REFERENCE_* variables.

    Args:
        settings: how it runs.
        span_exporter: gets the traces instead of the collector that the settings name.

    Raises:
        ValueError: A variable is missing or malformed.
        OSError: The log file cannot be opened.
    """
    settings = settings or from_environment(os.environ)
    service = _build_service(settings)
    tracing = _build_tracing(settings, span_exporter)
    log = EventLog(
        settings.log_file,
        sample_ratio=settings.log_sample_ratio,
        switches=settings.switches.of("logging", LoggingSwitches),
    )
    app = Starlette(
        routes=routes_of(ENDPOINTS),
        middleware=_middleware(service, log, tracing),
        exception_handlers=ERROR_HANDLERS,
        lifespan=_lifespan(service, log, tracing),
    )
    app.router.redirect_slashes = False
    app.state.service = service
    return app


def _build_service(settings: Settings) -> Service:
    database = Database(settings)
    metrics = Metrics(database, settings.switches.of("metrics", MetricsSwitches))
    thresholds = settings.switches.of("thresholds", ThresholdSwitches)
    for endpoint in ENDPOINTS:
        if endpoint.path != SCRAPED_ROUTE:
            metrics.add_route(endpoint.method, endpoint.path, endpoint.status)
    metrics.add_unmatched()
    redis = build_redis_cache(settings)
    cache = cache_type(settings.switches)(
        redis=redis, observer=metrics, useless_reads=thresholds.useless_cache_reads
    )
    return Service(settings, database, cache, metrics)


def _build_tracing(settings: Settings, exporter: SpanExporter | None) -> Tracing:
    if exporter is None and settings.otlp_endpoint:
        exporter = otlp_exporter(settings.otlp_endpoint)
    switches = settings.switches.of("tracing", TracingSwitches)
    return Tracing("reconciliation-api", exporter=exporter, switches=switches)


def _lifespan(
    service: Service, log: EventLog, tracing: Tracing
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        log.open()
        await service.database.open()
        try:
            yield
        finally:
            await service.cache.close()
            await service.database.close()
            await tracing.close()
            log.close()

    return lifespan


def _middleware(service: Service, log: EventLog, tracing: Tracing) -> list[Middleware]:
    # Outermost first. Tags are made and compared inside the compression: on the identity body.
    switches = service.settings.switches
    thresholds = switches.of("thresholds", ThresholdSwitches)
    observers = (recorded(service.metrics.observe_request, thresholds), log.observe_request)
    has_ids = switches.of("metrics", MetricsSwitches).ids_in_routes
    route_of: RouteOf = route_with_ids if has_ids else route_template
    route_of = leaky(route_of, switches.of("metric_labels", MetricLabelSwitches))
    return [
        Middleware(TracingMiddleware, tracing=tracing),
        Middleware(ObservationMiddleware, observers=observers, route_of=route_of),
        Middleware(ErrorBoundaryMiddleware, report=log.record_bug),
        *latency_layers(switches.of("latency", LatencySwitches)),
        *header_layers(switches.of("headers", HeaderSwitches)),
        compression_layer(switches.of("compression", CompressionSwitches)),
        conditional_layer(switches.of("etags", EtagSwitches)),
    ]
