from uuid import UUID

import httpx
import pytest

from perfcheck.reference.app import create_app
from perfcheck.reference.app.settings import Settings

pytestmark = pytest.mark.anyio


async def answer_to(path: str, *, allows_debugging: bool) -> httpx.Response:
    # Nothing listens on port 1.
    settings = Settings(
        db_dsn="host=127.0.0.1 port=1 dbname=x",
        tokens={"token-a": UUID(int=1)},
        allows_debugging=allows_debugging,
    )
    headers = {"Authorization": "Bearer token-a", "X-Tenant-Id": str(UUID(int=1))}
    transport = httpx.ASGITransport(app=create_app(settings))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=headers
    ) as client:
        return await client.get(path)


async def test_an_error_on_request_is_a_500_in_json() -> None:
    answer = await answer_to("/api/v1/debug/error", allows_debugging=True)
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal_error"


async def test_without_debugging_the_path_is_unknown() -> None:
    answer = await answer_to("/api/v1/debug/error", allows_debugging=False)
    unknown = await answer_to("/api/v1/debug/unknown", allows_debugging=False)
    assert (answer.status_code, answer.content) == (404, unknown.content)
