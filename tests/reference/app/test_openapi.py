"""The OpenAPI document describes the route table, and the service keeps what it says."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfcheck.reference.app.endpoint import Endpoint
from perfcheck.reference.app.openapi import openapi_document
from perfcheck.reference.app.openapi_operation import Operation
from perfcheck.reference.app.route_table import _API, ENDPOINTS
from perfcheck.reference.service import Running

TENANT = "00000000-0000-0000-0000-000000000001"
Json = dict[str, Any]  # Any: JSON


async def _never(_request: object) -> Any:  # Any: it is not called
    raise AssertionError


def described() -> Json:
    document: Json = json.loads(json.dumps(openapi_document(_API)))
    return document


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_the_document_is_valid_openapi_3_1() -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    validator.OpenAPIV31SpecValidator(described()).validate()


def test_every_endpoint_of_the_api_is_described() -> None:
    found = {(method, path) for method, path, _ in operations(described())}
    rest = {(e.method, e.path) for e in ENDPOINTS} - found
    assert {path for _, path in rest if "/debug/" not in path} == {"/docs", "/openapi.json"}


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in operations(described())]
    assert len(ids) == len(set(ids))


def test_what_asks_for_a_token_names_the_tenant_and_says_how_it_refuses() -> None:
    for _, _, operation in operations(described()):
        names = {parameter["name"] for parameter in operation["parameters"]}
        is_secured = operation["security"] == [{"token": []}]
        assert is_secured == ("X-Tenant-Id" in names)
        assert is_secured == ({"400", "401", "403"} <= operation["responses"].keys())


def test_an_endpoint_that_says_nothing_is_secured_and_answers_an_object() -> None:
    endpoint = Endpoint(method="GET", path="/x/{thing}", handler=_never, summary="Show x.")
    operation: Any = openapi_document([endpoint])["paths"]["/x/{thing}"]["get"]  # type: ignore[index]  # JSON
    assert operation["security"] == [{"token": []}]
    assert [p["name"] for p in operation["parameters"]] == ["thing", "X-Tenant-Id"]
    assert set(operation["responses"]) == {"200", "400", "401", "403", "404", "500", "503"}


def test_only_what_has_a_tag_can_be_revalidated() -> None:
    tagged = Endpoint(
        method="GET",
        path="/x",
        handler=_never,
        summary="Show x.",
        operation=Operation(is_public=True, headers=("ETag",)),
    )
    operation: Any = openapi_document([tagged])["paths"]["/x"]["get"]  # type: ignore[index]  # JSON
    assert "304" in operation["responses"]
    assert [p["name"] for p in operation["parameters"]] == ["If-None-Match"]


# --- the service, asked for everything that the document allows, and for much that it does not ---


@dataclass(frozen=True)
class Api:
    client: httpx.Client
    job_id: str
    document: Json


@pytest.fixture(scope="module")
def api(reference: Running) -> Iterator[Api]:
    headers = {"Authorization": f"Bearer {reference.environment['PERFCHECK_API_TOKEN']}"}
    url = reference.environment["PERFCHECK_API_URL"]
    with httpx.Client(base_url=url, headers=headers, timeout=10) as client:
        listed = client.get("/api/v1/jobs?limit=1", headers={"X-Tenant-Id": TENANT}).json()
        yield Api(client, listed["data"][0]["id"], client.get("/openapi.json").json())


@pytest.mark.live
def test_the_service_serves_the_document_and_its_page_links_it(api: Api) -> None:
    assert api.document == described()
    assert 'href="/openapi.json"' in api.client.get("/docs").text


def texts(parameter: Json, job_id: str) -> st.SearchStrategy[str]:
    """Return right values of the parameter more often than wrong ones."""
    schema = parameter["schema"]
    match parameter["name"], schema:
        case "job_id", _:
            right: st.SearchStrategy[str] = st.just(job_id)
        case "X-Tenant-Id", _:
            right = st.just(TENANT)
        case _, {"enum": list(values)}:
            right = st.sampled_from(values)
        case _, {"type": "integer", "minimum": int(low), "maximum": int(high)}:
            right = st.integers(low, high).map(str)
        case _, {"pattern": str(pattern)}:
            right = st.from_regex(pattern, fullmatch=True)
        case _:
            right = st.text(max_size=40)
    return st.one_of(right, right, st.text(min_size=1, max_size=40))


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(  # Any: JSON
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
BODIES = st.one_of(
    st.fixed_dictionaries(
        {"name": st.text(max_size=210)},
        optional={"rules": st.dictionaries(st.text(max_size=9), JSON_VALUES)},
    ).map(lambda body: json.dumps(body).encode()),
    JSON_VALUES.map(lambda body: json.dumps(body).encode()),
    st.binary(max_size=60),
)


def as_header(text: str) -> bytes:
    return "".join(c for c in text if c.isprintable()).encode("utf-8")[:60].strip()


def ask(api: Api, data: st.DataObject, method: str, path: str, operation: Json) -> httpx.Response:
    sent: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
    for parameter in operation["parameters"]:
        if parameter["required"] or data.draw(st.booleans()):
            value = data.draw(texts(parameter, api.job_id), label=parameter["name"])
            sent[parameter["in"]][parameter["name"]] = value
    filled = path.format(**{name: quote(text, safe="") for name, text in sent["path"].items()})
    return api.client.request(
        method,
        filled,
        params={name: text.encode("utf-8", "replace") for name, text in sent["query"].items()},
        headers={name.encode(): as_header(text) for name, text in sent["header"].items()},
        content=data.draw(BODIES) if "requestBody" in operation else None,
    )


def assert_described(response: httpx.Response, operation: Json, components: Json) -> None:
    answers: Mapping[str, Json] = operation["responses"]
    assert str(response.status_code) in answers, response.text
    answer = answers[str(response.status_code)]
    for name in answer.get("headers", {}):
        assert name in response.headers
    if not (content := answer.get("content")):
        assert response.content == b""
        return
    ((media_type, described),) = content.items()
    assert response.headers["content-type"].startswith(media_type)
    if media_type == "application/json":
        schema = {**described["schema"], "components": components}
        jsonschema.Draft202012Validator(schema).validate(response.json())


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for method, path, _ in operations(described())]
)
def test_whatever_is_sent_the_answer_is_one_that_the_document_describes(
    api: Api, method: str, path: str
) -> None:
    operation = api.document["paths"][path][method.lower()]
    seen: set[int] = set()

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(data=st.data())
    def fuzz(data: st.DataObject) -> None:
        response = ask(api, data, method, path, operation)
        seen.add(response.status_code)
        assert response.status_code < 500, response.text
        # An empty or dotted id leaves the route: the router answers it.
        if response.status_code != httpx.codes.METHOD_NOT_ALLOWED:
            assert_described(response, operation, api.document["components"])

    fuzz()
    assert min(seen) < 300  # else only refusals were tried
