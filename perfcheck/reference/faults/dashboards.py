"""Faults of the dashboards: each opens without an error, and one panel shows nothing."""

import json
from typing import Any

from perfcheck.data import bundled
from perfcheck.reference.faults._spec_files import edited
from perfcheck.reference.faults.base import Fault

_FOLDER = "observability/dashboards"


def _without_queries(name: str, panel: str) -> dict[str, str]:
    """Return the dashboard's path and its text without the queries of the panel."""
    path = f"{_FOLDER}/{name}.json"
    text = bundled("specs", "reconciliation", *path.split("/")).read_text(encoding="utf-8")
    dashboard: dict[str, Any] = json.loads(text)  # Any: JSON
    emptied = [found for found in dashboard["panels"] if found["title"] == panel]
    if len(emptied) != 1:
        raise ValueError(f"{path} has {len(emptied)} panels titled {panel}, not one")
    emptied[0]["targets"] = []
    return {path: json.dumps(dashboard, indent=2) + "\n"}


FAULTS = (
    Fault(
        name="dashboard-wrong-metric",
        shows="The panel of errors queries a metric that does not exist.",
        breaks=("dashboards/api-performance",),
        files=edited(
            f"{_FOLDER}/api-performance.json",
            "sum by (method, route) (rate(http_request_errors_total[",
            "sum by (method, route) (rate(http_request_error_total[",
        ),
    ),
    Fault(
        name="dashboard-empty-panel",
        shows="The panel of the match rate has lost its query, and looks like a quiet day.",
        breaks=("dashboards/business-metrics",),
        files=_without_queries("business-metrics", "Match rate"),
    ),
    Fault(
        name="dashboard-broken-query",
        shows="The query of the queue's depth lacks a parenthesis.",
        breaks=("dashboards/system-health",),
        files=edited(f"{_FOLDER}/system-health.json", '"max(queue_depth)"', '"max(queue_depth"'),
    ),
)
