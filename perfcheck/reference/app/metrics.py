"""Count and time what the service does, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from perfcheck.reference.app.database import Database
from perfcheck.reference.app.observation import UNMATCHED_ROUTE, Observation

SCRAPED_ROUTE = "/metrics"

# The latency targets of the guide are bounds of buckets, so that a histogram can decide them.
_REQUEST_BUCKETS_S = (
    *(0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05),
    *(0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0),
)
_RUN_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The metrics of one app; each app has a registry of its own."""

    def __init__(self, database: Database) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "http_requests_total",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._request_errors = Counter(
            "http_request_errors_total",
            "Requests answered with a status of 500 or above.",
            ("method", "route"),
            registry=self._registry,
        )
        self._request_duration = Histogram(
            "http_request_duration_seconds",
            "Time from a request's headers to the last byte of its answer.",
            ("method", "route"),
            buckets=_REQUEST_BUCKETS_S,
            registry=self._registry,
        )
        self._cache_hits = self._counter("cache_hits_total", "Cache reads that found a body.")
        self._cache_misses = self._counter("cache_misses_total", "Cache reads that found none.")
        self._add_reconciliation_metrics()
        self._add_pool_gauges(database)

    def add_route(self, method: str, route: str, status: int) -> None:
        """Start the series of a route at zero; a rate needs the zero before the first event."""
        self._requests.labels(method, route, str(status))
        self._request_errors.labels(method, route)
        self._request_duration.labels(method, route)

    def add_unmatched(self) -> None:
        """Start the series of paths that the service does not know."""
        self.add_route("GET", UNMATCHED_ROUTE, 404)

    def observe_request(self, observation: Observation) -> None:
        """Count one answered request, except scrapes.

        A scrape that counted itself would change the page that it reads.
        """
        if observation.route == SCRAPED_ROUTE:
            return
        method, route = observation.method, observation.route
        self._requests.labels(method, route, str(observation.status)).inc()
        self._request_duration.labels(method, route).observe(observation.duration_s)
        errors = self._request_errors.labels(method, route)
        if observation.status >= 500:
            errors.inc()

    def count_cache_read(self, *, is_hit: bool) -> None:
        """Count one read of the cache."""
        (self._cache_hits if is_hit else self._cache_misses).inc()

    def observe_reconciliation(self, *, duration_s: float, match_ratio: float) -> None:
        """Count one reconciliation that was completed."""
        self._reconciliations.inc()
        self._reconciliation_duration.observe(duration_s)
        self._match_rate.set(match_ratio)

    def count_reconciliation_failure(self) -> None:
        """Count one reconciliation that was started and did not complete."""
        self._reconciliations.inc()
        self._reconciliation_failures.inc()

    def exposition(self) -> bytes:
        """Render all series in the Prometheus text format 0.0.4."""
        return generate_latest(self._registry)

    def _counter(self, name: str, description: str) -> Counter:
        return Counter(name, description, registry=self._registry)

    def _add_reconciliation_metrics(self) -> None:
        self._reconciliations = self._counter("reconciliations_total", "Reconciliations started.")
        self._reconciliation_failures = self._counter(
            "reconciliation_failures_total", "Reconciliations that did not complete."
        )
        self._reconciliation_duration = Histogram(
            "reconciliation_duration_seconds",
            "Time of a completed reconciliation.",
            buckets=_RUN_BUCKETS_S,
            registry=self._registry,
        )
        self._match_rate = Gauge(
            "match_rate",
            "Share of records that the last completed reconciliation matched, 0 to 1.",
            registry=self._registry,
        )

    def _add_pool_gauges(self, database: Database) -> None:
        in_use = Gauge(
            "db_pool_in_use", "Connections that requests hold now.", registry=self._registry
        )
        in_use.set_function(lambda: database.in_use)
        size = Gauge(
            "db_pool_size", "Connections that the pool can lend at once.", registry=self._registry
        )
        size.set_function(lambda: database.size)
        waiting = Gauge(
            "db_pool_waiting", "Requests that wait for a connection.", registry=self._registry
        )
        waiting.set_function(lambda: database.waiting)
