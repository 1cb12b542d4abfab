"""The compression layer around a toy app that answers what the test wants."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping

import brotli  # type: ignore[import-untyped] # the package brings no types
import httpx
import pytest
from starlette.responses import Response, StreamingResponse
from starlette.types import Message

from perfcheck.reference.app.compression import ENCODERS, CompressionMiddleware

pytestmark = pytest.mark.anyio

JSON = b'{"data":[' + b",".join(b'{"n":%d}' % n for n in range(400)) + b"]}"


async def ask(
    app: CompressionMiddleware, accept_encoding: str | None, *, method: str = "GET"
) -> tuple[httpx.Response, bytes]:
    """Return the answer and its bytes as they were on the wire."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        client.headers.pop("accept-encoding")
        headers = {} if accept_encoding is None else {"Accept-Encoding": accept_encoding}
        async with client.stream(method, "/", headers=headers) as response:
            return response, b"".join([chunk async for chunk in response.aiter_raw()])


def answer(body: bytes = JSON, **options: object) -> CompressionMiddleware:
    options.setdefault("media_type", "application/json")
    return CompressionMiddleware(Response(body, **options))  # type: ignore[arg-type] # any option


def deflate(body: bytes, *, level: int = 6, memory: int = 8) -> bytes:
    encoder = zlib.compressobj(level, zlib.DEFLATED, 31, memory)
    return encoder.compress(body) + encoder.flush()


async def test_gzip_is_the_exact_output_of_zlib_at_level_6() -> None:
    hashes = [hashlib.md5(b"%d" % n).hexdigest() for n in range(400)]  # noqa: S324 - like an id
    jobs = [{"id": text, "name": f"job {n} of ledger", "n": n} for n, text in enumerate(hashes)]
    body = json.dumps(jobs).encode()
    # Long and varied enough for other levels and memory levels to give other bytes.
    others = [deflate(body, level=5), deflate(body, level=7), deflate(body, memory=9)]
    response, raw = await ask(answer(body), "gzip")
    assert response.headers["content-encoding"] == "gzip"
    assert raw == deflate(body)
    assert raw not in others
    assert raw[4:9] == bytes(5)  # no time, no hint of another level
    assert gzip.decompress(raw) == body


async def test_brotli_is_preferred_and_smaller() -> None:
    response, raw = await ask(answer(), "gzip, br")
    assert response.headers["content-encoding"] == "br"
    assert brotli.decompress(raw) == JSON
    assert len(raw) < len((await ask(answer(), "gzip"))[1])


@pytest.mark.parametrize("accept_encoding", [None, "", "identity", "gzip;q=0", "bogus"])
async def test_a_client_that_asks_for_none_gets_none(accept_encoding: str | None) -> None:
    response, raw = await ask(answer(), accept_encoding)
    assert "content-encoding" not in response.headers
    assert raw == JSON


@pytest.mark.parametrize("accept_encoding", [None, "gzip", "br", "identity"])
@pytest.mark.parametrize("body", [JSON, b"{}"], ids=["large", "small"])
async def test_every_variant_says_vary_and_its_own_length(
    accept_encoding: str | None, body: bytes
) -> None:
    response, raw = await ask(answer(body), accept_encoding)
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.headers["content-length"] == str(len(raw))


@pytest.mark.parametrize(("size_bytes", "encoding"), [(1023, None), (1024, "gzip"), (1025, "gzip")])
async def test_the_threshold_is_1024_bytes(size_bytes: int, encoding: str | None) -> None:
    response, _ = await ask(answer(b"a" * size_bytes, media_type="text/plain"), "gzip")
    assert response.headers.get("content-encoding") == encoding


@pytest.mark.parametrize(
    ("media_type", "encoding"),
    [
        ("application/json", "gzip"),
        ("application/problem+json", "gzip"),
        ("text/plain", "gzip"),
        ("text/html; charset=utf-8", "gzip"),
        ("TEXT/CSV", "gzip"),
        ("image/png", None),
        ("application/zip", None),
        ("font/woff2", None),
        ("application/octet-stream", None),
    ],
)
async def test_only_json_and_text_are_compressed(media_type: str, encoding: str | None) -> None:
    response, _ = await ask(answer(media_type=None, headers={"Content-Type": media_type}), "gzip")
    assert response.headers.get("content-encoding") == encoding
    assert ("vary" in response.headers) == (encoding is not None)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Encoding": "zstd"},
        {"Cache-Control": "no-transform"},
        {"Content-Range": "bytes 0-9/10"},
    ],
)
async def test_what_must_stay_as_it_is_is_left_alone(headers: Mapping[str, str]) -> None:
    response, raw = await ask(answer(headers=headers), "gzip")
    assert raw == JSON
    assert response.headers.get("content-encoding") == headers.get("Content-Encoding")


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_stays_without(status: int) -> None:
    response, raw = await ask(answer(b"", status_code=status, media_type=None), "gzip")
    assert raw == b""
    assert "content-encoding" not in response.headers


async def test_a_304_keeps_vary_although_it_has_no_type() -> None:
    response, _ = await ask(answer(b"", status_code=304, media_type=None), "gzip")
    assert response.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accept_encoding", ["gzip", "br", "identity"])
async def test_head_has_the_headers_of_get_and_no_body(accept_encoding: str) -> None:
    got, raw = await ask(answer(), accept_encoding)
    headed, _ = await ask(answer(), accept_encoding, method="HEAD")
    assert headed.headers == got.headers
    assert headed.headers["content-length"] == str(len(raw))


async def test_the_body_of_head_is_dropped_here_and_not_left_to_the_server() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "HEAD", "path": "/", "headers": []}
    await answer()(scope, receive, send)
    assert [message.get("body") for message in sent] == [None, b""]


@pytest.mark.parametrize("vary", ["Origin", "accept-encoding", "Origin, Accept-Encoding", "*"])
async def test_vary_is_added_once_and_beside_what_is_there(vary: str) -> None:
    response, _ = await ask(answer(headers={"Vary": vary}), "gzip")
    names = [name.strip().lower() for name in response.headers["vary"].split(",")]
    assert vary.lower().startswith(names[0])
    assert names.count("accept-encoding") == (0 if vary == "*" else 1)


async def test_a_body_that_does_not_shrink_is_sent_as_it_is() -> None:
    noise = bytes(range(256)) * 8
    inner = Response(noise, media_type="text/plain")
    app = CompressionMiddleware(inner, encoders={"gzip": lambda body: body + b"x"})
    response, raw = await ask(app, "gzip")
    assert raw == noise
    assert "content-encoding" not in response.headers


def broken(_body: bytes) -> bytes:
    raise brotli.error


async def test_gzip_steps_in_when_brotli_fails() -> None:
    inner = Response(JSON, media_type="application/json")
    app = CompressionMiddleware(inner, encoders={**ENCODERS, "br": broken})
    response, raw = await ask(app, "br, gzip")
    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == JSON


async def test_a_failed_brotli_is_no_licence_for_a_gzip_that_was_refused() -> None:
    inner = Response(JSON, media_type="application/json")
    app = CompressionMiddleware(inner, encoders={**ENCODERS, "br": broken})
    response, raw = await ask(app, "br, gzip;q=0")
    assert "content-encoding" not in response.headers
    assert raw == JSON


async def test_a_large_body_is_compressed_as_well() -> None:
    body = JSON * 100
    response, raw = await ask(answer(body), "gzip")
    assert gzip.decompress(raw) == body
    assert response.headers["content-length"] == str(len(raw))


async def test_a_stream_passes_unchanged_with_vary() -> None:
    chunks = [b"a" * 2000, b"b" * 2000]
    app = CompressionMiddleware(StreamingResponse(iter(chunks), media_type="text/plain"))
    response, raw = await ask(app, "gzip")
    assert raw == b"".join(chunks)
    assert response.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in response.headers
