"""POST /api/v1/jobs: a new job."""

import json
from typing import LiteralString
from uuid import UUID

import psycopg
from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.endpoints.list_jobs import job_lists
from perfcheck.reference.app.errors import bad_request
from perfcheck.reference.app.json_body import json_response
from perfcheck.reference.app.request_body import read_json_object
from perfcheck.reference.app.service import service_of

_MAX_NAME_CHARACTERS = 200
# The job and its audit row in one statement: both or neither, and one round trip.
_CREATE: LiteralString = """
with created as (
     insert into jobs (tenant_id, name, status, rules)
     values (%(tenant)s, %(name)s, 'active', %(rules)s)
     returning id, tenant_id, name, status, rules, created_at, updated_at),
audited as (
     insert into audit_logs (tenant_id, actor, action, entity, entity_id)
     select tenant_id, 'api', 'create', 'job', id from created)
select id, name, status, rules, created_at, updated_at from created"""


async def create_job(request: Request, tenant_id: UUID) -> Response:
    """Answer 201 with the job, once no cached list hides it any more."""
    service = service_of(request)
    parameters = {"tenant": tenant_id, **_parse(await read_json_object(request))}
    try:
        job = await service.database.fetch_one(_CREATE, parameters)
    except psycopg.DataError as error:
        # jsonb takes less than JSON has: no NUL, no lone surrogate, no number out of range.
        raise bad_request("rules cannot be stored") from error
    await service.cache.invalidate(job_lists(tenant_id))
    location = f"/api/v1/jobs/{job['id'] if job else ''}"
    return json_response(job, status=201, headers={"Location": location})


def _parse(body: dict[str, object]) -> dict[str, str]:
    name, rules = body.get("name"), body.get("rules", {})
    if not isinstance(name, str) or not 1 <= len(name) <= _MAX_NAME_CHARACTERS:
        raise bad_request(f"name must be a text of 1 to {_MAX_NAME_CHARACTERS} characters")
    # PostgreSQL's text holds no NUL, and UTF-8 no surrogate.
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in name):
        raise bad_request("name holds characters that cannot be stored")
    if not isinstance(rules, dict):
        raise bad_request("rules must be an object")
    return {"name": name, "rules": json.dumps(rules)}
