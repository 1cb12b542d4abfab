import pytest

from perfcheck.reference.worker.connection import Connection
from perfcheck.reference.worker.loopback import is_loopback_url

OWN = [
    "http://127.0.0.1",
    "http://127.0.0.1/",
    "http://127.0.0.1:8080/webhooks?x=1",
    "http://127.9.8.7:1/",
    "http://[::1]:8080/webhooks",
]
OTHER = [
    "https://hooks.example.com/0001",
    "http://hooks.example.com/",
    "https://127.0.0.1/",
    "http://localhost:8080/",
    "http://10.0.0.1/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://127.0.0.1@hooks.example.com/",
    "http://user@127.0.0.1/",
    "http://127.0.0.1.example.com/",
    "http://127.0.0.1:port/",
    "http://127.1/",
    "http://2130706433/",
    "//127.0.0.1/",
    "file:///etc/passwd",
    "",
]


@pytest.mark.parametrize("url", OWN)
def test_an_address_of_this_machine_is_loopback(url: str) -> None:
    assert is_loopback_url(url)


@pytest.mark.parametrize("url", [*OTHER, "http://127.0.0.999/", "http://127.0.0.1:99999/"])
def test_anything_else_is_not(url: str) -> None:
    assert not is_loopback_url(url)


@pytest.mark.live
@pytest.mark.anyio
async def test_the_query_of_the_queue_agrees(connection: Connection) -> None:
    cursor = await connection.execute(
        "select url, is_loopback_url(url) as own from unnest(%s::text[]) as u (url)", [OWN + OTHER]
    )
    found = {row["url"]: row["own"] for row in await cursor.fetchall()}
    assert found == {**dict.fromkeys(OWN, True), **dict.fromkeys(OTHER, False)}
