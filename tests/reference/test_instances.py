"""Copies of the database and further instances of the application, on the same servers."""

import asyncio
import os
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from redis import Redis

from perfcheck.reference.copies import Databases
from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.messages import AppOrder, Order
from perfcheck.reference.service import Service, serving

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("servers_installed")]


@pytest.fixture(scope="module")
def servers() -> Iterator[Service]:
    with serving(Order(os.getpid(), 0.01, app=False, app_environment={}), lambda _: None) as made:
        yield made


def databases_of(servers: Service) -> Databases:
    return Databases(servers.running.admin_dsn, servers.running.environment["PERFCHECK_DB_DSN"])


def test_a_copy_is_analyzed_and_as_closed_as_the_original(servers: Service):
    async def seen() -> tuple[object, ...]:
        async with databases_of(servers).copy("one") as dsn:
            with psycopg.connect(dsn) as checker:
                row = checker.execute(
                    "select last_vacuum is not null, last_analyze is not null,"
                    " has_database_privilege(current_database(), 'temp')"
                    " from pg_stat_user_tables where relname = 'jobs'"
                ).fetchone()
            return row or ()

    assert asyncio.run(seen()) == (True, True, False)


def test_a_fault_breaks_the_copy_only_and_the_copy_goes(servers: Service):
    async def broken() -> int:
        databases = databases_of(servers)
        async with databases.copy("one") as dsn:
            await databases.break_("one", "drop table reports\n-- step\nvacuum jobs")
            with psycopg.connect(dsn) as checker:
                row = checker.execute("select to_regclass('reports')").fetchone()
            assert row == (None,)
        with psycopg.connect(servers.running.admin_dsn) as admin:
            rows = admin.execute("select to_regclass('reports') from pg_database").fetchall()
        assert rows[0][0] is not None
        return len(rows)

    assert asyncio.run(broken()) == len(["postgres", "reconciliation", "template0", "template1"])


def test_sql_that_is_refused_is_told_in_the_servers_words(servers: Service):
    with pytest.raises(ReferenceServiceError, match='relation "none" does not exist'):
        asyncio.run(databases_of(servers).break_("reconciliation", "select from none"))


def test_an_instance_answers_with_an_empty_cache_of_its_own_and_its_name_is_free_again(
    servers: Service,
):
    async def used() -> str:
        async with servers.app(AppOrder("one", cache=3)) as app:
            url, cache = (
                app.environment["PERFCHECK_API_URL"],
                app.environment["PERFCHECK_REDIS_URL"],
            )
            with Redis.from_url(cache) as keys:
                assert keys.dbsize() == 0
                keys.set("left", "over")
            async with httpx.AsyncClient(trust_env=False) as client:
                assert (await client.get(f"{url}/health")).is_success
        return url

    for _ in range(2):
        url = asyncio.run(used())
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/health", trust_env=False)


def test_an_instance_that_cannot_start_says_why(servers: Service):
    async def start() -> None:
        order = AppOrder("broken", environment={"REFERENCE_SWITCHES": '{"compression": {"x": 1}}'})
        async with servers.app(order):
            pass

    with pytest.raises(ReferenceServiceError, match="compression has no switch x"):
        asyncio.run(start())
