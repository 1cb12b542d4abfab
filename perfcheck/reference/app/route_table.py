"""List every endpoint of the API."""

from perfcheck.reference.app.endpoint import Endpoint, for_tenant
from perfcheck.reference.app.endpoints.create_job import create_job
from perfcheck.reference.app.endpoints.debug_error import debug_error
from perfcheck.reference.app.endpoints.get_docs import docs_handler
from perfcheck.reference.app.endpoints.get_health import get_health
from perfcheck.reference.app.endpoints.get_job import get_job
from perfcheck.reference.app.endpoints.get_metrics import get_metrics
from perfcheck.reference.app.endpoints.get_openapi import openapi_handler
from perfcheck.reference.app.endpoints.list_currencies import list_currencies
from perfcheck.reference.app.endpoints.list_jobs import list_jobs
from perfcheck.reference.app.endpoints.run_job import run_job
from perfcheck.reference.app.endpoints.summarize_job import summarize_job
from perfcheck.reference.app.openapi_operation import Operation

_TAG = ("ETag",)
_CACHED = ("ETag", "Age", "X-Cache")

_API = (
    Endpoint(
        method="POST",
        path="/api/v1/jobs",
        handler=for_tenant(create_job),
        summary="Create a job.",
        details="Body: name (text), rules (object).",
        status=201,
        operation=Operation(body="NewJob", answer="Job", headers=("Location",)),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/jobs",
        handler=for_tenant(list_jobs),
        summary="List jobs, the newest first.",
        details="Query: limit (1 to 500, default 50), cursor (next_cursor of the page before), "
        "status, include=latest_execution.",
        operation=Operation(
            query=("limit", "cursor", "status", "include"), answer="JobPage", headers=_CACHED
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/jobs/{job_id}",
        handler=for_tenant(get_job),
        summary="Show one job.",
        operation=Operation(answer="Job", headers=_TAG),
    ),
    Endpoint(
        method="POST",
        path="/api/v1/jobs/{job_id}/run",
        handler=for_tenant(run_job),
        summary="Run a job and show its execution.",
        operation=Operation(answer="Execution"),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/reconciliations/{job_id}/summary",
        handler=for_tenant(summarize_job),
        summary="Summarize all executions of a job.",
        operation=Operation(answer="JobSummary", headers=_CACHED),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/meta/currencies",
        handler=list_currencies,
        summary="List the currencies.",
        operation=Operation(is_public=True, answer="Currencies", headers=_CACHED),
    ),
    Endpoint(
        method="GET",
        path="/health",
        handler=get_health,
        summary="Say whether the service can answer.",
        details="503 when it cannot.",
        operation=Operation(is_public=True, answer="Health", failures=((503, "Health"),)),
    ),
    Endpoint(
        method="GET",
        path="/metrics",
        handler=get_metrics,
        summary="Expose the metrics to Prometheus.",
        operation=Operation(is_public=True, answer="Text", media_type="text/plain", failures=()),
    ),
)

ENDPOINTS = (
    *_API,
    Endpoint(
        method="GET",
        path="/api/v1/debug/error",
        handler=for_tenant(debug_error),
        summary="Fail on request, where debugging is allowed.",
        status=500,
    ),
    Endpoint(
        method="GET",
        path="/docs",
        handler=docs_handler(_API),
        summary="Show this page.",
    ),
    Endpoint(
        method="GET",
        path="/openapi.json",
        handler=openapi_handler(_API),
        summary="Describe the API to programs.",
    ),
)
