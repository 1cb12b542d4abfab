"""POST /api/v1/jobs/{job_id}/run: reconcile once, now."""

import time
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.database import Row
from perfcheck.reference.app.endpoints.list_jobs import job_lists
from perfcheck.reference.app.endpoints.summarize_job import summaries
from perfcheck.reference.app.errors import not_found
from perfcheck.reference.app.json_body import json_response
from perfcheck.reference.app.path_parameters import job_id_of
from perfcheck.reference.app.query_parameters import LATEST_EXECUTION
from perfcheck.reference.app.reconciliation import reconcile
from perfcheck.reference.app.service import Service, service_of
from perfcheck.reference.app.spans import business_span


async def run_job(request: Request, tenant_id: UUID) -> Response:
    """Answer 200 with the completed execution."""
    service = service_of(request)
    job_id = job_id_of(request)
    execution = await _reconcile(service, tenant_id, job_id)
    await service.cache.invalidate(job_lists(tenant_id), LATEST_EXECUTION)
    await service.cache.invalidate(summaries(tenant_id), job_id)
    return json_response(execution)


async def _reconcile(service: Service, tenant_id: UUID, job_id: str) -> Row:
    started = time.perf_counter()
    try:
        with business_span("reconciliation.run"):
            execution = await service.database.in_transaction(
                lambda connection: reconcile(
                    connection, tenant_id, job_id, webhook_url=service.settings.webhook_url
                )
            )
    except Exception:
        service.metrics.count_reconciliation_failure()
        raise
    if execution is None:
        raise not_found("job")
    service.metrics.observe_reconciliation(
        duration_s=time.perf_counter() - started,
        match_ratio=float(execution["summary"]["match_rate"]),
    )
    return execution
