"""The ETag layer, alone and inside the compression, around a toy app."""

import hashlib

import httpx
import pytest
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp

from perfcheck.reference.app.compression import CompressionMiddleware
from perfcheck.reference.app.conditional import ConditionalMiddleware

pytestmark = pytest.mark.anyio

BODY = b'{"data":"' + b"abc" * 1000 + b'"}'
TAG = f'W/"{hashlib.md5(BODY).hexdigest()}"'  # noqa: S324 - as specified
MODIFIED = "Wed, 25 Nov 2026 10:00:00 GMT"
LATER = "Wed, 25 Nov 2026 10:00:01 GMT"
KEPT = {
    "Cache-Control": "private, max-age=60",
    "Content-Location": "/here",
    "Date": MODIFIED,
    "Expires": LATER,
    "Vary": "Origin",
}


def stack(body: bytes = BODY, **options: object) -> ASGIApp:
    options.setdefault("media_type", "application/json")
    inner = Response(body, **options)  # type: ignore[arg-type] # any option
    return CompressionMiddleware(ConditionalMiddleware(inner))


async def ask(
    app: ASGIApp, headers: dict[str, str] | None = None, *, method: str = "GET"
) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, "/", headers=headers)


async def test_the_tag_is_weak_and_the_md5_of_the_identity_body() -> None:
    for encoding in ("identity", "gzip", "br"):
        response = await ask(stack(), {"Accept-Encoding": encoding})
        assert response.headers["etag"] == TAG
        assert response.content == BODY


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
async def test_the_tag_of_each_encoding_is_revalidated(encoding: str) -> None:
    headers = {"Accept-Encoding": encoding, "If-None-Match": TAG}
    response = await ask(stack(), headers)
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == TAG
    assert "Accept-Encoding" in response.headers["vary"]


async def test_a_304_keeps_what_a_cache_needs_and_drops_what_describes_the_body() -> None:
    response = await ask(stack(headers=KEPT), {"If-None-Match": TAG, "Accept-Encoding": "gzip"})
    assert response.status_code == 304
    for name in ("Cache-Control", "Content-Location", "Date", "Expires"):
        assert response.headers[name] == KEPT[name]
    assert response.headers["vary"] == "Origin, Accept-Encoding"
    for name in ("content-type", "content-length", "content-encoding"):
        assert name not in response.headers


@pytest.mark.parametrize("named", ["*", TAG.removeprefix("W/"), f'"a", {TAG}, "b"'])
async def test_star_lists_and_strong_forms_are_answered_304(named: str) -> None:
    assert (await ask(stack(), {"If-None-Match": named})).status_code == 304


@pytest.mark.parametrize("named", ['"other"', "garbage", "", TAG.strip('W/"')])
async def test_anything_else_gets_the_whole_answer(named: str) -> None:
    response = await ask(stack(), {"If-None-Match": named})
    assert (response.status_code, response.content) == (200, BODY)


async def test_several_header_lines_are_one_list() -> None:
    transport = httpx.ASGITransport(app=stack())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        lines = [("If-None-Match", '"a"'), ("If-None-Match", TAG)]
        assert (await client.get("/", headers=lines)).status_code == 304


async def test_if_none_match_decides_alone() -> None:
    app = stack(headers={"Last-Modified": MODIFIED})
    stale = {"If-None-Match": '"other"', "If-Modified-Since": LATER}
    current = {"If-None-Match": TAG, "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert (await ask(app, stale)).status_code == 200
    assert (await ask(app, current)).status_code == 304


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (MODIFIED, 304),
        (LATER, 304),
        ("Wed, 25 Nov 2026 09:59:59 GMT", 200),
        ("yesterday", 200),
        ("Wed, 99 Nov 2026 10:00:00 GMT", 200),
    ],
)
async def test_without_a_tag_the_time_decides(since: str, status: int) -> None:
    app = stack(headers={"Last-Modified": MODIFIED})
    assert (await ask(app, {"If-Modified-Since": since})).status_code == status


async def test_a_time_alone_revalidates_nothing_that_has_no_time() -> None:
    assert (await ask(stack(), {"If-Modified-Since": LATER})).status_code == 200


async def test_head_is_revalidated_and_tagged_like_get() -> None:
    assert (await ask(stack(), method="HEAD")).headers["etag"] == TAG
    headers = {"If-None-Match": TAG}
    assert (await ask(stack(), headers, method="HEAD")).status_code == 304


async def test_an_unsafe_method_gets_neither_tag_nor_304() -> None:
    response = await ask(stack(), {"If-None-Match": "*"}, method="POST")
    assert response.status_code == 200
    assert "etag" not in response.headers


@pytest.mark.parametrize("status", [201, 206, 404, 503])
async def test_only_a_200_is_tagged(status: int) -> None:
    response = await ask(stack(status_code=status), {"If-None-Match": "*"})
    assert response.status_code == status
    assert "etag" not in response.headers


async def test_what_must_not_be_stored_is_not_tagged() -> None:
    response = await ask(stack(headers={"Cache-Control": "no-store"}), {"If-None-Match": "*"})
    assert response.status_code == 200
    assert "etag" not in response.headers


async def test_a_tag_of_the_app_itself_is_kept_but_weak() -> None:
    response = await ask(stack(headers={"ETag": '"v1"'}), {"If-None-Match": '"v1"'})
    assert response.status_code == 304
    assert response.headers["etag"] == 'W/"v1"'


async def test_a_stream_passes_untagged() -> None:
    inner = StreamingResponse(iter([b"a", b"b"]), media_type="text/plain")
    response = await ask(ConditionalMiddleware(inner), {"If-None-Match": "*"})
    assert (response.status_code, response.content) == (200, b"ab")
    assert "etag" not in response.headers


async def test_another_body_has_another_tag() -> None:
    assert (await ask(stack(BODY + b" "))).headers["etag"] != TAG
