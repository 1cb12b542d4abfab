"""Describe the API to programs: OpenAPI 3.1, made from the route table."""

import re
from collections.abc import Iterable

from perfcheck.reference.app.endpoint import Endpoint
from perfcheck.reference.app.openapi_schemas import HEADERS, PATH, QUERY, SCHEMAS

Json = dict[str, object]

_PATH_PARAMETER = re.compile(r"\{(\w+)\}")
_ERRORS = {
    304: "Nothing has changed since the ETag.",
    400: "The request is malformed.",
    401: "The bearer token is missing or unknown.",
    403: "The token does not belong to this tenant.",
    404: "This tenant has no such job.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    500: "The service has failed.",
    503: "The database does not answer.",
}
_INFO = {
    "title": "Reconciliation API",
    "version": "1.0.0",
    "description": "Compare the records of two systems, and keep what matched and what did not.",
    "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
}


def openapi_document(endpoints: Iterable[Endpoint]) -> Json:
    """Return the document that describes the endpoints."""
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(endpoint: Endpoint) -> Json:
    operation = endpoint.operation
    described: Json = {
        "operationId": "_".join(re.findall(r"\w+", f"{endpoint.method.lower()} {endpoint.path}")),
        "summary": endpoint.summary,
        "security": [] if operation.is_public else [{"token": []}],
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint),
    }
    if endpoint.details:
        described["description"] = endpoint.details
    if operation.body:
        described["requestBody"] = {
            "required": True,
            "content": _content("application/json", operation.body),
        }
    return described


def _parameters(endpoint: Endpoint) -> list[Json]:
    operation = endpoint.operation
    text: Json = {"type": "string"}
    names = _PATH_PARAMETER.findall(endpoint.path)
    found = [_parameter("path", name, PATH.get(name, text), required=True) for name in names]
    found += [_parameter("query", name, QUERY[name]) for name in operation.query]
    if not operation.is_public:
        tenant: Json = {"type": "string", "format": "uuid"}
        found.append(_parameter("header", "X-Tenant-Id", tenant, required=True))
    if "ETag" in operation.headers:
        found.append(_parameter("header", "If-None-Match", text))
    return found


def _parameter(place: str, name: str, schema: object, *, required: bool = False) -> Json:
    return {"name": name, "in": place, "required": required, "schema": schema}


def _responses(endpoint: Endpoint) -> dict[str, Json]:
    operation = endpoint.operation
    answer: Json = {
        "description": "The answer.",
        "content": _content(operation.media_type, operation.answer),
    }
    if operation.headers:
        answer["headers"] = {name: {"schema": HEADERS[name]} for name in operation.headers}
    answers = dict.fromkeys(_error_statuses(endpoint), "Error") | dict(operation.failures)
    responses = {status: _failure(status, schema) for status, schema in answers.items()}
    if "ETag" in operation.headers:
        responses[304] = {"description": _ERRORS[304]}
    responses[endpoint.status] = answer
    return {str(status): responses[status] for status in sorted(responses)}


def _error_statuses(endpoint: Endpoint) -> Iterable[int]:
    operation = endpoint.operation
    yield 500
    if not operation.is_public:
        yield from (400, 401, 403)
    if _PATH_PARAMETER.search(endpoint.path):
        yield 404
    if operation.body:
        yield from (400, 408, 413)


def _failure(status: int, schema: str) -> Json:
    return {"description": _ERRORS[status], "content": _content("application/json", schema)}


def _content(media_type: str, schema: str) -> Json:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
