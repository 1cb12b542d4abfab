"""Faults of the metrics: each leaves the page readable, and one metric of it useless."""

from perfcheck.reference.faults.base import Fault

# Without 0.03: whether p50 is below 30 ms cannot be told.
_BUCKETS_WITHOUT_30_MS = (
    *(0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1),
    *(0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0),
)

FAULTS = (
    Fault(
        name="metric-frozen",
        shows="Requests for the list of jobs are answered, but not counted.",
        breaks=("metrics/http_requests_total",),
        switches={"metrics": {"frozen": "/api/v1/jobs"}},
    ),
    Fault(
        name="metric-unbounded",
        shows="The route label holds the id of each job, so that each job adds series.",
        breaks=("metrics/http_requests_total",),
        switches={"metrics": {"ids_in_routes": True}},
    ),
    Fault(
        name="metric-starts-late",
        shows="An error counter appears with its first error, which no rate can see.",
        breaks=("metrics/http_request_errors_total",),
        switches={"metrics": {"errors_start_late": True}},
    ),
    Fault(
        name="metric-mistyped-errors",
        shows="The counter of failed requests says that it is a gauge.",
        breaks=("metrics/http_request_errors_total",),
        switches={"metrics": {"mistyped": "http_request_errors_total"}},
    ),
    Fault(
        name="metric-unresolvable",
        shows="No bucket ends at 30 ms, so that the target of 30 ms cannot be decided.",
        breaks=("metrics/http_request_duration_seconds",),
        switches={"metrics": {"request_buckets_s": _BUCKETS_WITHOUT_30_MS}},
    ),
    Fault(
        name="metric-mistyped-reconciliations",
        shows="The counter of reconciliations says that it is a gauge.",
        breaks=("metrics/reconciliations_total",),
        switches={"metrics": {"mistyped": "reconciliations_total"}},
    ),
    Fault(
        name="metric-mistyped-duration",
        shows="The duration of reconciliations is a summary, which cannot be aggregated.",
        breaks=("metrics/reconciliation_duration_seconds",),
        switches={"metrics": {"mistyped": "reconciliation_duration_seconds"}},
    ),
    Fault(
        name="metric-missing",
        shows="The duration of reconciliations is not exposed.",
        breaks=("metrics/reconciliation_duration_seconds",),
        switches={"metrics": {"missing": "reconciliation_duration_seconds"}},
    ),
    Fault(
        name="metric-out-of-range",
        shows="The match rate is in per cent instead of 0 to 1.",
        breaks=("metrics/match_rate",),
        switches={"metrics": {"match_rate_unit": 100.0}},
    ),
)
