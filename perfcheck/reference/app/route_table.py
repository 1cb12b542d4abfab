"""List every endpoint of the API."""

from perfcheck.reference.app.endpoint import Endpoint, for_tenant
from perfcheck.reference.app.endpoints.create_job import create_job
from perfcheck.reference.app.endpoints.get_docs import docs_handler
from perfcheck.reference.app.endpoints.get_health import get_health
from perfcheck.reference.app.endpoints.get_job import get_job
from perfcheck.reference.app.endpoints.get_metrics import get_metrics
from perfcheck.reference.app.endpoints.list_currencies import list_currencies
from perfcheck.reference.app.endpoints.list_jobs import list_jobs
from perfcheck.reference.app.endpoints.run_job import run_job
from perfcheck.reference.app.endpoints.summarize_job import summarize_job

_API = (
    Endpoint(
        method="POST",
        path="/api/v1/jobs",
        handler=for_tenant(create_job),
        summary="Create a job.",
        details="Body: name (text), rules (object).",
        status=201,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/jobs",
        handler=for_tenant(list_jobs),
        summary="List jobs, the newest first.",
        details="Query: limit (1 to 500, default 50), cursor (next_cursor of the page before), "
        "status, include=latest_execution.",
    ),
    Endpoint(
        method="GET",
        path="/api/v1/jobs/{job_id}",
        handler=for_tenant(get_job),
        summary="Show one job.",
    ),
    Endpoint(
        method="POST",
        path="/api/v1/jobs/{job_id}/run",
        handler=for_tenant(run_job),
        summary="Run a job and show its execution.",
    ),
    Endpoint(
        method="GET",
        path="/api/v1/reconciliations/{job_id}/summary",
        handler=for_tenant(summarize_job),
        summary="Summarize all executions of a job.",
    ),
    Endpoint(
        method="GET",
        path="/api/v1/meta/currencies",
        handler=list_currencies,
        summary="List the currencies.",
    ),
    Endpoint(
        method="GET",
        path="/health",
        handler=get_health,
        summary="Say whether the service can answer.",
        details="503 when it cannot.",
    ),
    Endpoint(
        method="GET",
        path="/metrics",
        handler=get_metrics,
        summary="Expose the metrics to Prometheus.",
    ),
)

ENDPOINTS = (
    *_API,
    Endpoint(
        method="GET",
        path="/docs",
        handler=docs_handler(_API),
        summary="Show this page.",
    ),
)
