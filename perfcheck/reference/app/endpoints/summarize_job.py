"""GET /api/v1/reconciliations/{job_id}/summary: what all runs of a job came to."""

from typing import LiteralString
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.cache import CacheGroup
from perfcheck.reference.app.errors import not_found
from perfcheck.reference.app.json_body import cached_response, to_json
from perfcheck.reference.app.path_parameters import job_id_of
from perfcheck.reference.app.service import service_of

_SUMMARY: LiteralString = """
select j.id as job_id, j.name, j.status,
       count(e.id) as executions,
       count(e.id) filter (where e.status = 'completed') as completed,
       count(e.id) filter (where e.status = 'failed') as failed,
       coalesce(sum(e.matched_count), 0) as matched,
       coalesce(sum(e.unmatched_count), 0) as unmatched,
       max(e.finished_at) as last_finished_at
  from jobs j
  left join executions e on e.tenant_id = j.tenant_id and e.job_id = j.id
 where j.tenant_id = %(tenant)s and j.id = %(job)s
 group by j.id"""


def summaries(tenant_id: UUID) -> CacheGroup:
    """Name the cached summaries of a tenant."""
    return CacheGroup("summary", str(tenant_id))


async def summarize_job(request: Request, tenant_id: UUID) -> Response:
    """Answer with the counts over all executions of the job."""
    service = service_of(request)
    job_id = job_id_of(request)
    group = summaries(tenant_id)

    async def produce() -> bytes:
        parameters = {"tenant": tenant_id, "job": job_id}
        summary = await service.database.fetch_one(_SUMMARY, parameters)
        if summary is None:
            raise not_found("job")
        return to_json(summary)

    ttl_s = service.settings.summary_ttl_s
    key = group.key(job_id, "all")
    cached = await service.cache.read_through(key, produce, group=group, ttl_s=ttl_s)
    return cached_response(cached, cache_control=f"private, max-age={ttl_s}")
