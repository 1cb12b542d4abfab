"""Read the parts of a path."""

import re

from starlette.requests import Request

from perfcheck.reference.app.errors import not_found

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def job_id_of(request: Request) -> str:
    """Return the canonical job id of the path.

    Raises:
        ApiError: 404, because what is not a UUID names no job.
    """
    job_id = str(request.path_params["job_id"]).lower()
    if not _UUID.fullmatch(job_id):
        raise not_found("job")
    return job_id
