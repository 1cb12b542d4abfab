"""Each fault of compression shows its own symptoms on a toy app, and no other."""

import gzip
import zlib
from typing import Any

import brotli  # type: ignore[import-untyped] # the package brings no types
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from perfcheck.reference.app.compression_faults import CompressionSwitches, compression_layer
from perfcheck.reference.app.header_faults import HeaderSwitches, header_layers
from perfcheck.reference.app.switches import Switchboard
from perfcheck.reference.faults import faults

pytestmark = pytest.mark.anyio

BODY = b"".join(b'{"id":%d,"name":"job %d"},' % (n * n * 7919, n % 97) for n in range(400))
GZIPPED = zlib.compress(BODY, level=6, wbits=31)
GZIP_GONE = {"gzip", "gzip level", "text/plain", "text/html", "threshold"}

SYMPTOMS = {
    "gzip-level-1": {"gzip level"},
    "gzip-level-5": {"gzip level"},
    "gzip-level-9": {"gzip level"},
    "threshold-0": {"threshold"},
    "threshold-512": {"threshold"},
    "threshold-4096": {"threshold"},
    "no-text-plain": {"text/plain"},
    "no-text-html": {"text/html"},
    "off": {*GZIP_GONE, "br", "smaller"},
    "brotli-off": {"br", "smaller"},
    "brotli-larger-than-gzip": {"smaller"},
    "gzip-unrefusable": {"gzip refused"},
    "brotli-unrefusable": {"br refused"},
    "no-fallback": GZIP_GONE,
    "gzip-truncated": {"gzip level", "gzip body", "text/plain", "text/html"},
    "gzip-twice": {"gzip level", "gzip body", "text/plain", "text/html"},
    "gzip-of-another-body": {"gzip level", "gzip body", "text/plain", "text/html"},
    "no-vary": {"Vary", "Vary of identity"},
    "no-vary-on-identity": {"Vary of identity"},
}


async def answer(request: Request) -> Response:
    size_bytes = int(request.query_params.get("size", len(BODY)))
    media_type = request.query_params.get("type", "application/json")
    return Response(BODY[:size_bytes], media_type=media_type)


def serve(switches: Switchboard) -> httpx.AsyncClient:
    middleware = [
        *header_layers(switches.of("headers", HeaderSwitches)),
        compression_layer(switches.of("compression", CompressionSwitches)),
    ]
    app = Starlette(routes=[Route("/", answer)], middleware=middleware)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


async def ask(
    client: httpx.AsyncClient, accept_encoding: str, **query: str | int
) -> tuple[str, bytes, httpx.Headers]:
    headers = {"Accept-Encoding": accept_encoding}
    async with client.stream("GET", "/", params=query, headers=headers) as response:
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    return response.headers.get("content-encoding", "identity"), raw, response.headers


def decoded(raw: bytes) -> bytes | None:
    try:
        return gzip.decompress(raw)
    except (EOFError, OSError, zlib.error):
        return None


async def symptoms(client: httpx.AsyncClient) -> set[str]:
    _, _, plain_headers = await ask(client, "identity")
    coding, gzipped, gzip_headers = await ask(client, "gzip")
    br_coding, br, _ = await ask(client, "br")
    sizes = [(size, await ask(client, "gzip", size=size)) for size in (600, 1023, 1024, 4095)]
    types = {name: await ask(client, "gzip", type=name) for name in ("text/plain", "text/html")}
    refused = {
        name: [await ask(client, f"{name};q=0{rest}") for rest in ("", ".000", ", *")]
        for name in ("gzip", "br")
    }
    right: dict[str, Any] = {
        "gzip": coding == "gzip",
        "gzip level": gzipped == GZIPPED,
        "gzip body": coding == "identity" or decoded(gzipped) == BODY,
        "br": br_coding == "br" and brotli.decompress(br) == BODY,
        "smaller": len(br) < len(GZIPPED),
        "threshold": all((found[0] == "gzip") == (size >= 1024) for size, found in sizes),
        "Vary": gzip_headers.get("vary") == "Accept-Encoding",
        "Vary of identity": plain_headers.get("vary") == "Accept-Encoding",
        **{name: decoded(found[1]) == BODY for name, found in types.items()},
        **{f"{name} refused": all(a[0] != name for a in refused[name]) for name in refused},
    }
    return {name for name, is_right in right.items() if not is_right}


def test_every_fault_has_its_symptoms_here() -> None:
    declared = [name for name in faults() if name.startswith("compression-")]
    assert declared == sorted(f"compression-{name}" for name in SYMPTOMS)


async def test_the_right_service_has_no_symptom() -> None:
    async with serve(Switchboard()) as client:
        assert await symptoms(client) == set()


@pytest.mark.parametrize("name", SYMPTOMS)
async def test_a_fault_has_its_own_symptoms(name: str) -> None:
    async with serve(Switchboard(faults()[f"compression-{name}"].switches)) as client:
        assert await symptoms(client) == SYMPTOMS[name]


async def test_a_client_that_accepts_all_gets_brotli_whatever_cannot_be_refused() -> None:
    for name in ("gzip-unrefusable", "brotli-unrefusable"):
        async with serve(Switchboard(faults()[f"compression-{name}"].switches)) as client:
            assert (await ask(client, "gzip, br"))[0] == "br"
            assert (await ask(client, "identity"))[0] == "identity"
