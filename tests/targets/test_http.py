"""An HTTP API as a target: raw bytes, one deadline, no redirect, no secret."""

import asyncio
import gzip
from typing import Any, ClassVar

import pytest

from perfcheck.errors import ProbeError, ReasonCode
from perfcheck.spec.targets import HttpTarget
from perfcheck.targets.http import HttpClient, Request, Response, pick
from perfcheck.targets.http_alone import MAX_BODY_BYTES
from tests.targets.conftest import Handler, closed_port, hang, serving, talk

PLAIN = Request("/x")


def target(port: int, **fields: Any) -> HttpTarget:
    said = {"kind": "http", "url": f"http://127.0.0.1:{port}", "timeout": "500ms", **fields}
    return HttpTarget.model_validate(said)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def send(handler: Handler, request: Request, **fields: Any) -> tuple[Response, list[str]]:
    async def send_it() -> tuple[Response, list[str]]:
        async with serving(handler) as port:
            client = HttpClient(target(port, **fields))
            try:
                async with client.session() as session:
                    return await session.send(request), session.journal
            finally:
                await client.close()

    return asyncio.run(send_it())


def error_of(handler: Handler, request: Request = PLAIN, **fields: Any) -> ProbeError:
    with pytest.raises(ProbeError) as caught:
        send(handler, request, **fields)
    assert "127.0.0.1" not in str(caught.value)
    return caught.value


def test_the_body_is_what_came_over_the_wire():
    body = gzip.compress(b"hello")
    response, journal = send(
        talk(answer(body, "Content-Encoding: gzip", "Vary: A", "vary: B")),
        Request("/x", accept_encoding="gzip"),
    )
    assert response.body == body
    assert [value for name, value in response.headers if name == "vary"] == ["A", "B"]
    assert journal == ["GET /x; Accept-Encoding: gzip"]


def test_no_header_is_sent_unless_it_is_asked_for():
    heads: list[bytes] = []

    async def remember(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer(b""))

    send(remember, Request("/x"), headers={"Authorization": "Bearer hunter2"})
    send(remember, Request("/x", accept_encoding=""))
    assert b"accept-encoding" not in heads[0].lower()
    assert b"authorization: bearer hunter2" in heads[0].lower()
    assert b"accept-encoding: \r\n" in heads[1].lower()


def test_a_redirect_is_an_answer_and_is_not_followed():
    moved = answer(b"", "Location: http://169.254.169.254/", status="302 Found")
    assert send(talk(moved), Request("/x"))[0].status == 302


@pytest.mark.parametrize(
    ("handler", "code"),
    [
        (hang, "timeout"),
        (talk(b"+OK dovecot\r\n"), "garbage"),
        (talk(b""), "garbage"),
        (talk(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"), "garbage"),
    ],
    ids=["hangs", "other protocol", "closes", "half a body"],
)
def test_what_is_no_whole_answer_is_named(handler: Handler, code: ReasonCode):
    assert error_of(handler).reason_code == code


def test_a_slow_drip_ends_at_the_deadline():
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    error = error_of(drip)
    assert (error.reason_code, error.message) == ("timeout", "no whole answer within 0.5 s")


def test_an_endless_body_is_cut_off():
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    error = error_of(flood, timeout="20s")
    assert error.message == f"the body is larger than {MAX_BODY_BYTES // 2**20} MiB"


def test_nothing_listens():
    async def nobody() -> None:
        client = HttpClient(target(closed_port()))
        async with client.session() as session:
            await session.send(Request("/x"))

    with pytest.raises(ProbeError, match="nothing listens there"):
        asyncio.run(nobody())


class TestNamesInPaths:
    """`{job_id}` is asked for once, and a missing value is named."""

    FIELDS: ClassVar[dict[str, Any]] = {
        "resolve": {"job_id": {"get": "/jobs?limit=1", "json": "data[0].id"}}
    }

    def test_a_name_is_filled_in(self):
        response, journal = send(
            talk(answer(b'{"data": [{"id": "7"}]}')), Request("/jobs/{job_id}"), **self.FIELDS
        )
        assert response.status == 200
        assert journal == ["GET /jobs?limit=1", "GET /jobs/7"]

    @pytest.mark.parametrize(
        "body", [b'{"data": []}', b"[]", b"no json", b'{"data": [{"id": {}}]}']
    )
    def test_a_value_that_is_not_there_is_named(self, body: bytes):
        error = error_of(talk(answer(body)), Request("/jobs/{job_id}"), **self.FIELDS)
        assert error.reason_code == "not_found"
        assert error.message == (
            "{job_id} has no value: GET /jobs?limit=1 answered 200 without data[0].id"
        )

    def test_a_name_that_the_spec_does_not_resolve_is_named(self):
        error = error_of(talk(answer(b"")), Request("/jobs/{job_id}"))
        assert error.needs == "an entry 'job_id' under the target's `resolve`"


@pytest.mark.parametrize(
    ("path", "value"), [("data[0].id", 7), ("data[1].id", 8), ("count", 2), ("deep.er[0]", "x")]
)
def test_a_place_in_json_is_picked(path: str, value: object):
    content = {"data": [{"id": 7}, {"id": 8}], "count": 2, "deep": {"er": ["x"]}}
    assert pick(content, path) == value


def test_waiting_for_a_turn_is_not_the_fault_of_the_request():
    """Six requests of 0.2 s through one connection, each of which may take 0.5 s."""

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.2)
        writer.write(answer(b"x"))

    async def six() -> list[Response]:
        async with serving(slow) as port:
            client = HttpClient(target(port, concurrency=1))
            async with client.session() as session:
                found = await asyncio.gather(*(session.send(PLAIN) for _ in range(6)))
            await client.close()
            return found

    assert [response.status for response in asyncio.run(six())] == [200] * 6
