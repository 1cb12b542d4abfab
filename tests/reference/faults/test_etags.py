"""Each fault of tags and revalidation shows its own symptoms on a toy app, and no other."""

import hashlib

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from perfcheck.reference.app.compression_faults import CompressionSwitches, compression_layer
from perfcheck.reference.app.etag_faults import EtagSwitches, conditional_layer
from perfcheck.reference.app.header_faults import HeaderSwitches, header_layers
from perfcheck.reference.app.switches import Switchboard
from perfcheck.reference.faults import faults

pytestmark = pytest.mark.anyio

BODY = b'{"data":"' + b"abc" * 1000 + b'"}'
MD5 = hashlib.md5(BODY).hexdigest()  # noqa: S324 - as specified
PATHS = {
    "job-list": "/api/v1/jobs",
    "job": "/api/v1/jobs/1",
    "summary": "/api/v1/reconciliations/1/summary",
}
NOW = "Wed, 25 Nov 2026 10:00:00 GMT"

SYMPTOMS = {
    "missing-on-job-list": {"tag of job-list"},
    "missing-on-job": {"tag of job"},
    "missing-on-summary": {"tag of summary"},
    "missing-under-gzip": {"tag under gzip"},
    "sha1": {"md5"},
    "sha256": {"md5"},
    "strong-md5": {"weak"},
    "weak-length": {"md5"},
    "constant": {"md5"},
    "per-request": {"md5", "stable", "own", "list", "flipped"},
    "never-304": {"own", "list", "flipped", "star"},
    "304-to-any-tag": {"other", "older"},
    "no-lists": {"list"},
    "no-star": {"star"},
    "strict-comparison": {"flipped"},
    "time-wins": {"older"},
    "304-with-a-body": {"body of 304"},
    "304-without-vary": {"vary of 304"},
    "304-without-cache-control": {"cache-control of 304"},
}


async def answer(_request: Request) -> Response:
    headers = {"Cache-Control": "private, no-cache"}
    return Response(BODY, media_type="application/json", headers=headers)


def serve(switches: Switchboard) -> httpx.AsyncClient:
    middleware = [
        *header_layers(switches.of("headers", HeaderSwitches)),
        compression_layer(switches.of("compression", CompressionSwitches)),
        conditional_layer(switches.of("etags", EtagSwitches)),
    ]
    app = Starlette(routes=[Route(path, answer) for path in PATHS.values()], middleware=middleware)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")
    client.headers["Accept-Encoding"] = "identity"
    return client


async def conditionals(client: httpx.AsyncClient, path: str, tag: str) -> dict[str, httpx.Response]:
    flipped = tag.removeprefix("W/") if tag.startswith("W/") else f"W/{tag}"
    sent = {
        "own": {"If-None-Match": tag},
        "list": {"If-None-Match": f'"a", {tag}, "b"'},
        "flipped": {"If-None-Match": flipped},
        "star": {"If-None-Match": "*"},
        "other": {"If-None-Match": '"other"'},
        "older": {"If-None-Match": '"other"', "If-Modified-Since": NOW},
    }
    return {name: await client.get(path, headers=headers) for name, headers in sent.items()}


async def symptoms(client: httpx.AsyncClient) -> set[str]:
    tags = {name: (await client.get(path)).headers.get("etag") for name, path in PATHS.items()}
    path, tag = next((PATHS[name], tag) for name, tag in tags.items() if tag)
    zipped = await client.get(path, headers={"Accept-Encoding": "gzip"})
    asked = await conditionals(client, path, tag)
    own = asked["own"] if asked["own"].status_code == 304 else asked["star"]
    is_revalidated = own.status_code == 304
    right = {
        **{f"tag of {name}": found is not None for name, found in tags.items()},
        **{name: reply.status_code == 304 for name, reply in asked.items()},
        "other": asked["other"].status_code == 200,
        "older": asked["older"].status_code == 200,
        "tag under gzip": "etag" in zipped.headers,
        "md5": MD5 in tag,
        "weak": tag.startswith("W/"),
        "stable": (await client.get(path)).headers["etag"] == tag,
        "body of 304": not is_revalidated or own.content == b"",
        "vary of 304": not is_revalidated or "vary" in own.headers,
        "cache-control of 304": not is_revalidated or "cache-control" in own.headers,
    }
    return {name for name, is_right in right.items() if not is_right}


def test_every_fault_has_its_symptoms_here() -> None:
    declared = [name for name in faults() if name.startswith("etags-")]
    assert declared == sorted(f"etags-{name}" for name in SYMPTOMS)


async def test_the_right_service_has_no_symptom() -> None:
    async with serve(Switchboard()) as client:
        assert await symptoms(client) == set()


@pytest.mark.parametrize("name", SYMPTOMS)
async def test_a_fault_has_its_own_symptoms(name: str) -> None:
    async with serve(Switchboard(faults()[f"etags-{name}"].switches)) as client:
        assert await symptoms(client) == SYMPTOMS[name]
