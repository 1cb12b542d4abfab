"""Instances of the application with a fault, in this process, on the session's servers."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from redis.asyncio import Redis
from starlette.applications import Starlette

from perfcheck.reference.app import create_app
from perfcheck.reference.app.settings import Settings
from perfcheck.reference.app.switches import Switchboard
from perfcheck.reference.faults import faults
from perfcheck.reference.service import Running

# Not the session's own: what these tests break there must not meet other tests.
_CACHE_DATABASE = 9


@dataclass(frozen=True)
class Instance:
    """A running instance, seen by two tenants, and its own empty cache."""

    client: httpx.AsyncClient
    other_tenant: httpx.AsyncClient
    redis: Redis


Start = Callable[[str], AbstractAsyncContextManager[Instance]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def start(reference_db: Running) -> Start:
    """Return what starts an instance with the fault of a name; "" starts one without."""
    url = reference_db.environment["PERFCHECK_REDIS_URL"].rpartition("/")[0]

    def settings(name: str) -> Settings:
        return Settings(
            db_dsn=reference_db.app_dsn,
            redis_url=f"{url}/{_CACHE_DATABASE}",
            tokens={token: UUID(tenant) for tenant, token in reference_db.tokens.items()},
            pool_size=2,
            switches=Switchboard(faults()[name].switches if name else {}),
        )

    @asynccontextmanager
    async def start(name: str) -> AsyncIterator[Instance]:
        app = create_app(settings(name))
        async with Redis.from_url(f"{url}/{_CACHE_DATABASE}") as redis:
            await redis.flushdb()
            async with app.router.lifespan_context(app):
                clients = [_client(app, *pair) for pair in reference_db.tokens.items()]
                async with clients[0], clients[1]:
                    yield Instance(clients[0], clients[1], redis)

    return start


def _client(app: Starlette, tenant: str, token: str) -> httpx.AsyncClient:
    # A bug is to be seen as the 500 that a client gets.
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}", "X-Tenant-Id": tenant}
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)
