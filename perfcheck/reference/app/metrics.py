"""Count and time what the service does, for Prometheus."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Summary,
    generate_latest,
)

from perfcheck.reference.app.database import Database
from perfcheck.reference.app.observation import UNMATCHED_ROUTE, Observation

SCRAPED_ROUTE = "/metrics"

# The latency targets of the guide are bounds of buckets, so that a histogram can decide them.
_REQUEST_BUCKETS_S = (
    *(0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05),
    *(0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0),
)
_RUN_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class MetricsSwitches:
    """What may be wrong with the metrics; the defaults are right."""

    missing: str = ""
    """The metric that the page does not have."""
    mistyped: str = ""
    """The counter that is a gauge, or the histogram that is a summary."""
    frozen: str = ""
    """The route whose requests http_requests_total does not count."""
    ids_in_routes: bool = False
    """The label of a route is the path, with the id of each job in it."""
    errors_start_late: bool = False
    """A route's error counter appears with its first error."""
    request_buckets_s: Sequence[float] = _REQUEST_BUCKETS_S
    """The bounds of the buckets of http_request_duration_seconds."""
    match_rate_unit: float = 1.0
    """What match_rate says when every record was matched."""


class Metrics:
    """The metrics of one app; each app has a registry of its own."""

    def __init__(self, database: Database, switches: MetricsSwitches | None = None) -> None:
        self._registry = CollectorRegistry()
        self._switches = switches or MetricsSwitches()
        self._add_request_metrics()
        self._cache_hits = self._counter("cache_hits_total", "Cache reads that found a body.")
        self._cache_misses = self._counter("cache_misses_total", "Cache reads that found none.")
        self._add_reconciliation_metrics()
        self._add_pool_gauges(database)
        self._queue_depth = self._gauge("queue_depth", "Units of work that wait to be done.")

    def add_route(self, method: str, route: str, status: int) -> None:
        """Start the series of a route at zero; a rate needs the zero before the first event."""
        self._requests.labels(method, route, str(status))
        self._request_duration.labels(method, route)
        if not self._switches.errors_start_late:
            # What answers GET answers HEAD too.
            for served in (method, "HEAD") if method == "GET" else (method,):
                self._request_errors.labels(served, route)

    def add_unmatched(self) -> None:
        """Start the series of paths that the service does not know."""
        self.add_route("GET", UNMATCHED_ROUTE, 404)

    def observe_request(self, observation: Observation) -> None:
        """Count one answered request, except scrapes.

        A scrape that counted itself would change the page that it reads.
        """
        method, route = observation.method, observation.route
        if route == SCRAPED_ROUTE:
            return
        if route != self._switches.frozen:
            self._requests.labels(method, route, str(observation.status)).inc()
        self._request_duration.labels(method, route).observe(observation.duration_s)
        if observation.status >= 500:
            self._request_errors.labels(method, route).inc()
        elif not self._switches.errors_start_late:
            self._request_errors.labels(method, route)

    def count_cache_read(self, *, is_hit: bool) -> None:
        """Count one read of the cache."""
        (self._cache_hits if is_hit else self._cache_misses).inc()

    def observe_reconciliation(self, *, duration_s: float, match_ratio: float) -> None:
        """Count one reconciliation that was completed."""
        self._reconciliations.inc()
        self._reconciliation_duration.observe(duration_s)
        self._match_rate.set(match_ratio * self._switches.match_rate_unit)

    def count_reconciliation_failure(self) -> None:
        """Count one reconciliation that was started and did not complete."""
        self._reconciliations.inc()
        self._reconciliation_failures.inc()

    def set_queue_depth(self, depth: float) -> None:
        """Say how much work waits; NaN when nobody knows."""
        self._queue_depth.set(depth)

    def exposition(self) -> bytes:
        """Render all series in the Prometheus text format 0.0.4."""
        return generate_latest(self._registry)

    def _add_request_metrics(self) -> None:
        route = ("method", "route")
        self._requests = self._counter(
            "http_requests_total", "Requests answered.", (*route, "status")
        )
        self._request_errors = self._counter(
            "http_request_errors_total", "Requests answered with a status of 500 or above.", route
        )
        self._request_duration = self._histogram(
            "http_request_duration_seconds",
            "Time from a request's headers to the last byte of its answer.",
            self._switches.request_buckets_s,
            route,
        )

    def _add_reconciliation_metrics(self) -> None:
        self._reconciliations = self._counter("reconciliations_total", "Reconciliations started.")
        self._reconciliation_failures = self._counter(
            "reconciliation_failures_total", "Reconciliations that did not complete."
        )
        self._reconciliation_duration = self._histogram(
            "reconciliation_duration_seconds",
            "Time of a completed reconciliation.",
            _RUN_BUCKETS_S,
        )
        self._match_rate = self._gauge(
            "match_rate", "Share of records that the last completed reconciliation matched, 0 to 1."
        )

    def _add_pool_gauges(self, database: Database) -> None:
        gauges: tuple[tuple[str, str, Callable[[], int]], ...] = (
            ("db_pool_in_use", "Connections that requests hold now.", lambda: database.in_use),
            ("db_pool_size", "Connections that the pool can lend at once.", lambda: database.size),
            ("db_pool_waiting", "Requests that wait for a connection.", lambda: database.waiting),
        )
        for name, description, read in gauges:
            self._gauge(name, description).set_function(read)

    def _counter(self, name: str, description: str, labels: Sequence[str] = ()) -> Counter | Gauge:
        kind = Gauge if name == self._switches.mistyped else Counter
        return kind(name, description, labels, registry=self._registry_of(name))

    def _histogram(
        self, name: str, description: str, buckets_s: Sequence[float], labels: Sequence[str] = ()
    ) -> Histogram | Summary:
        registry = self._registry_of(name)
        if name == self._switches.mistyped:
            return Summary(name, description, labels, registry=registry)
        return Histogram(name, description, labels, buckets=buckets_s, registry=registry)

    def _gauge(self, name: str, description: str) -> Gauge:
        return Gauge(name, description, registry=self._registry_of(name))

    def _registry_of(self, name: str) -> CollectorRegistry | None:
        return None if name == self._switches.missing else self._registry
