"""Asking on a connection of its own, of servers that misbehave after the answer."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from perfcheck.errors import ProbeError
from perfcheck.spec.targets import HttpTarget
from perfcheck.targets.http import HttpClient
from perfcheck.targets.http_alone import Lone

TAGGED = b'HTTP/1.1 304 Not Modified\r\nETag: "7"\r\n\r\n'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"


@asynccontextmanager
async def server(answer: bytes, *, hangs_up: bool) -> AsyncIterator[tuple[str, list[bytes]]]:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        if not hangs_up:
            await reader.read()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", asked


def ask(
    answer: bytes, *, hangs_up: bool = True, timeout: str = "5s", user: str = ""
) -> tuple[Lone, bytes]:
    async def run() -> tuple[Lone, bytes]:
        async with server(answer, hangs_up=hangs_up) as (url, asked):
            own = url.replace("//", f"//{user}@") if user else url
            settings = {"kind": "http", "url": own, "headers": {"X-Key": "k"}, "timeout": timeout}
            client = HttpClient(HttpTarget.model_validate(settings))
            try:
                async with client.session() as session:
                    lone = await session.get_alone("/x", accept_encoding="gzip")
            finally:
                await client.close()
            return lone, asked[0]

    return asyncio.run(run())


def test_the_request_is_that_of_the_target_and_asks_to_hang_up():
    _, asked = ask(TAGGED)
    lines = asked.decode().split("\r\n")
    assert lines[0] == "GET /x HTTP/1.1"
    assert {"x-key: k", "accept-encoding: gzip", "connection: close"} <= {
        line.lower() for line in lines
    }


def test_the_user_of_the_url_is_sent_as_in_any_other_request():
    _, asked = ask(TAGGED, user="ann:p%40ss")
    secret = base64.b64encode(b"ann:p@ss").decode()
    assert f"authorization: basic {secret}".lower() in asked.decode().lower()
    assert b"ann:" not in asked


def test_a_304_without_a_body_has_no_excess():
    lone, _ = ask(TAGGED)
    assert (lone.status, lone.headers, lone.excess_bytes) == (304, (("etag", '"7"'),), 0)


def test_bytes_behind_a_304_are_counted():
    lone, _ = ask(TAGGED + b"a body")
    assert lone.excess_bytes == 6


def test_a_chunked_body_is_read_as_one():
    lone, _ = ask(CHUNKED)
    assert (lone.body, lone.excess_bytes) == (b"hello", 0)


def test_a_server_that_does_not_hang_up_is_not_waited_for():
    lone, _ = ask(TAGGED, hangs_up=False)
    assert lone.excess_bytes == 0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "garbage"),
        (b"SSH-2.0-OpenSSH\r\n", "garbage"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "garbage"),
    ],
    ids=["nothing", "another protocol", "half a body"],
)
def test_half_an_answer_is_an_error(answer: bytes, reason: str):
    with pytest.raises(ProbeError) as error:
        ask(answer)
    assert error.value.reason_code == reason


def test_silence_ends_at_the_deadline():
    with pytest.raises(ProbeError) as error:
        ask(b"", hangs_up=False, timeout="50ms")
    assert error.value.reason_code == "timeout"


def test_nobody_there_is_an_error_without_the_address():
    async def run() -> None:
        client = HttpClient(HttpTarget(kind="http", url="http://127.0.0.1:1"))
        async with client.session() as session:
            await session.get_alone("/x")

    with pytest.raises(ProbeError) as error:
        asyncio.run(run())
    assert error.value.reason_code == "connection"
    assert "127.0.0.1" not in error.value.message
