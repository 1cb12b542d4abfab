import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from perfcheck.reference.app.tracing import Tracing
from perfcheck.reference.worker.receiver import Received, Receiver
from perfcheck.reference.worker.retries import Attempt
from perfcheck.reference.worker.sender import Delivery, Sender, http_client

pytestmark = [pytest.mark.live, pytest.mark.anyio]

ID = UUID(int=7)


def delivery(url: str) -> Delivery:
    return Delivery(ID, UUID(int=1), UUID(int=2), "execution.completed", url, {"n": 1}, 0)


@asynccontextmanager
async def raw_server(answer: bytes, *, hangs: bool = False) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if hangs:
            await reader.read()  # until the client goes
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


async def attempt(url: str, deadline_s: float = 20.0) -> Attempt:
    async with http_client() as client:
        return await Sender(client, Tracing("test")).send(delivery(url), deadline_s)


async def test_a_webhook_arrives_with_its_id_and_body() -> None:
    receiver = Receiver()
    async with receiver.listening() as url:
        assert await attempt(f"{url}/hooks") == Attempt()
    (received,) = receiver.received
    assert (received.method, received.path, received.webhook_id) == ("POST", "/hooks", str(ID))
    assert json.loads(received.body) == {
        "event": "execution.completed",
        "tenant_id": str(UUID(int=1)),
        "job_id": str(UUID(int=2)),
        "n": 1,
    }


@pytest.mark.parametrize("status", [301, 404, 410, 500, 503])
async def test_what_is_not_taken_is_a_failure(status: int) -> None:
    async with Receiver(answer=lambda _: status).listening() as url:
        assert await attempt(url) == Attempt(f"HTTP {status}")


async def test_a_redirect_is_not_followed() -> None:
    target = Receiver()
    async with target.listening() as elsewhere:
        head = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n"
        async with raw_server(head.encode()) as url:
            assert await attempt(url) == Attempt("HTTP 307")
    assert not target.received


async def test_an_answer_that_does_not_come_ends_at_the_deadline() -> None:
    async with raw_server(b"", hangs=True) as url:
        assert await attempt(url, 0.05) == Attempt("no answer within 0.05 s")


async def test_a_body_without_end_is_not_read() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with raw_server(head, hangs=True) as url:
        assert await attempt(url) == Attempt()


async def test_an_answer_that_is_no_http_is_a_failure() -> None:
    async with raw_server(b"SSH-2.0-x\r\n\r\n") as url:
        assert await attempt(url) == Attempt("RemoteProtocolError")


async def test_a_closed_port_is_a_failure() -> None:
    async with Receiver().listening() as url:
        pass
    assert await attempt(url) == Attempt("ConnectError")


async def test_another_machine_is_refused_for_good() -> None:
    refused = await attempt("http://192.0.2.1/")  # a network for documentation
    assert refused == Attempt("refused: not an address of this machine", is_final=True)


async def test_the_proxies_of_the_environment_are_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = Receiver(answer=lambda _: 200)
    target = Receiver()
    async with proxy.listening() as proxy_url, target.listening() as url:
        monkeypatch.setenv("HTTP_PROXY", proxy_url)
        monkeypatch.setenv("NO_PROXY", "")
        assert await attempt(url) == Attempt()
    assert len(target.received) == 1
    assert not proxy.received


async def test_a_receiver_tells_that_it_is_there() -> None:
    receiver = Receiver()
    async with receiver.listening() as url, http_client() as client:
        assert (await client.get(f"{url}/health")).status_code == 200
        assert (await client.get(f"{url}/other")).status_code == 404
    assert list(receiver.received) == []


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70000,
    ],
    ids=["no HTTP", "too long"],
)
async def test_a_receiver_hangs_up_on_nonsense_and_lives_on(request_bytes: bytes) -> None:
    seen: list[Received] = []

    def answer(received: Received) -> int:
        seen.append(received)
        return 200

    async with Receiver(answer=answer).listening() as url:
        port = int(url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_bytes)
        try:
            assert await reader.read() == b""
        except ConnectionResetError:
            pass  # it closed before it had read all
        finally:
            writer.close()
        assert await attempt(url) == Attempt()
    assert [received.method for received in seen] == ["POST"]
