"""Find out for which tenant a request may speak."""

import hmac
from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request

from perfcheck.reference.app.errors import ApiError, bad_request


def authenticate(request: Request, tokens: Mapping[str, UUID]) -> UUID:
    """Return the tenant that the bearer token belongs to and X-Tenant-Id names.

    Raises:
        ApiError: 401 without a known token; 400 without X-Tenant-Id; 403 for another tenant's.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    tenant_id = _tenant_of(token.strip(), tokens) if scheme.lower() == "bearer" else None
    if tenant_id is None:
        raise ApiError(
            401,
            "unauthorized",
            "a valid bearer token is required",
            headers={"WWW-Authenticate": "Bearer"},
        )
    named = request.headers.get("x-tenant-id")
    if named is None:
        raise bad_request("the header X-Tenant-Id is required")
    if named.strip().lower() != str(tenant_id):
        raise ApiError(403, "forbidden", "the token does not belong to this tenant")
    return tenant_id


def _tenant_of(token: str, tokens: Mapping[str, UUID]) -> UUID | None:
    found = None
    presented = token.encode("utf-8", "surrogateescape")
    # All are compared, each in constant time: the answer's time says nothing about a token.
    for known, tenant_id in tokens.items():
        if hmac.compare_digest(presented, known.encode()):
            found = tenant_id
    return found
