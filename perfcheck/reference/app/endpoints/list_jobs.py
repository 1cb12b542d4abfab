"""GET /api/v1/jobs: one page of a tenant's jobs, the newest first."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.cache import CacheGroup
from perfcheck.reference.app.job_page import read_page
from perfcheck.reference.app.job_page_faults import page_rules
from perfcheck.reference.app.json_body import cached_response, to_json
from perfcheck.reference.app.service import service_of


def job_lists(tenant_id: UUID) -> CacheGroup:
    """Name the cached lists of a tenant."""
    return CacheGroup("jobs", str(tenant_id))


async def list_jobs(request: Request, tenant_id: UUID) -> Response:
    """Answer with {"data": [...], "next_cursor": ...}; the cursor is null on the last page."""
    service = service_of(request)
    rules = page_rules(service.settings.switches)
    query = rules.parse(request.query_params)
    group = job_lists(tenant_id)

    async def produce() -> bytes:
        return to_json(await read_page(service.database, tenant_id, query, rules))

    ttl_s = service.settings.job_list_ttl_s
    key = group.key(*query.cache_key_parts())
    cached = await service.cache.read_through(key, produce, group=group, ttl_s=ttl_s)
    return cached_response(cached, cache_control=f"private, max-age={ttl_s}")
