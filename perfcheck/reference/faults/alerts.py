"""Faults of the alert rules: Prometheus loads each without a word, and an incident stays silent."""

from perfcheck.reference.faults._spec_files import edited
from perfcheck.reference.faults.base import Fault

_RULES = "observability/alerts/key-metrics.yaml"
_P95 = """\
          histogram_quantile(0.95,
          sum by (job, le) (rate(http_request_duration_seconds_bucket[5m]))) > 0.2
"""
_MEAN = """\
          sum by (job) (rate(http_request_duration_seconds_sum[5m]))
          / sum by (job) (rate(http_request_duration_seconds_count[5m])) > 0.2
"""


def _fault(name: str, shows: str, old: str, new: str) -> Fault:
    breaks = ("alerts/key-metrics",)
    return Fault(name=name, shows=shows, breaks=breaks, files=edited(_RULES, old, new))


FAULTS = (
    _fault(
        "alert-typo",
        "The alert on the error rate reads a metric that does not exist.",
        "rate(http_request_errors_total[5m])",
        "rate(http_request_error_total[5m])",
    ),
    _fault(
        "alert-wrong-unit",
        "The alert on latency compares seconds with milliseconds.",
        "_seconds_bucket[5m]))) > 0.2\n",
        "_seconds_bucket[5m]))) > 200\n",
    ),
    _fault(
        "alert-wrong-threshold",
        "The alert on the queue fires at ten times the depth that is allowed.",
        "(queue_depth) > 1000\n",
        "(queue_depth) > 10000\n",
    ),
    _fault(
        "alert-mean-for-p95",
        "The alert on latency reads the mean, which a few slow requests hardly move.",
        _P95,
        _MEAN,
    ),
    _fault(
        "alert-too-eager",
        "The alert on the database pool fires at half the use that is allowed.",
        "/ db_pool_size > 0.8\n",
        "/ db_pool_size > 0.4\n",
    ),
    _fault(
        "alert-unmatched-labels",
        "The alert on the cache divides series that have no label in common.",
        "/ (sum by (job) (rate(cache_hits_total[10m]))",
        "/ (sum by (instance) (rate(cache_hits_total[10m]))",
    ),
)
