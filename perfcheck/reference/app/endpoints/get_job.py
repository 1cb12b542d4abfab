"""GET /api/v1/jobs/{job_id}: one job."""

from typing import LiteralString
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.errors import not_found
from perfcheck.reference.app.json_body import json_response
from perfcheck.reference.app.path_parameters import job_id_of
from perfcheck.reference.app.service import service_of

_JOB: LiteralString = """
select id, name, status, rules, created_at, updated_at
  from jobs
 where tenant_id = %(tenant)s and id = %(job)s"""


async def get_job(request: Request, tenant_id: UUID) -> Response:
    """Answer with the job; a client may keep it, and asks each time whether it changed."""
    parameters = {"tenant": tenant_id, "job": job_id_of(request)}
    job = await service_of(request).database.fetch_one(_JOB, parameters)
    if job is None:
        raise not_found("job")
    return json_response(job, cache_control="private, no-cache")
