"""PostgreSQL as a target: what cannot be reached is named, and nothing can be written."""

import asyncio
from typing import Any

import psycopg
import pytest

from perfcheck.errors import ProbeError, ReasonCode
from perfcheck.spec.targets import PostgresTarget
from perfcheck.targets.postgres import PostgresClient, explain_connect
from tests.targets.conftest import Handler, closed_port, hang, serving, talk
from tests.targets.relay import relaying

DSN = "postgresql://user:hunter2@127.0.0.1:{port}/shop"


def target(dsn: str, **fields: Any) -> PostgresTarget:
    return PostgresTarget.model_validate({"kind": "postgres", "dsn": dsn, **fields})


async def ask(settings: PostgresTarget, *statements: str) -> list[Any]:
    client = PostgresClient(settings)
    try:
        async with client.session() as session:
            return [await session.fetch(statement) for statement in statements]
    finally:
        await client.close()


def error_of(settings: PostgresTarget, *statements: str) -> ProbeError:
    with pytest.raises(ProbeError) as caught:
        asyncio.run(ask(settings, *statements))
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    return caught.value


def test_nothing_listens():
    error = error_of(target(DSN.format(port=closed_port())))
    assert (error.reason_code, error.message) == (
        "unreachable",
        "the connection was refused: nothing listens there",
    )


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (hang, "did not answer"),
        (talk(b""), "closed the connection"),
        (talk(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "not PostgreSQL"),
        (talk(b"N\x00\xff\xff\xff"), "closed the connection"),
    ],
    ids=["hangs", "closes", "http", "bytes"],
)
def test_a_server_that_is_no_postgres_is_named(handler: Handler, said: str):
    async def try_it() -> ProbeError:
        async with serving(handler) as port:
            settings = target(DSN.format(port=port), timeout="300ms")
            with pytest.raises(ProbeError) as caught:
                await ask(settings, "select 1")
            return caught.value

    error = asyncio.run(try_it())
    assert "hunter2" not in str(error)
    assert error.reason_code == "unreachable"
    assert said in error.message


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('FATAL:  password authentication failed for user "u"', "auth"),
        ('FATAL:  database "x" does not exist', "unreachable"),
        ("FATAL:  sorry, too many clients already", "unreachable"),
        ("could not translate host name", "unreachable"),
        ("something nobody has seen", "unreachable"),
    ],
)
def test_a_refusal_is_a_sentence_without_names(said: str, code: ReasonCode):
    error = explain_connect(psycopg.OperationalError(said))
    assert error.reason_code == code
    assert '"' not in error.message


def test_a_dsn_that_is_none_is_named_without_showing_it():
    assert error_of(target("hunter2 is no dsn")).reason_code == "unreachable"


@pytest.mark.live
class TestLive:
    """On a real server, as the role that the reference service gives to perfcheck."""

    def settings(self, reference_db: Any, **fields: Any) -> PostgresTarget:
        return target(reference_db.environment["PERFCHECK_DB_DSN"], **fields)

    @pytest.mark.parametrize(
        "statement",
        [
            "create table public.x (a int)",
            "insert into public.jobs (tenant_id, name) values (gen_random_uuid(), 'x')",
            "create temp table x (a int)",
            "select nextval('pg_catalog.x')",
            "select 1; commit; create table public.x (a int)",
            "refresh materialized view public.mv_job_performance",
        ],
    )
    def test_nothing_is_written_whatever_is_sent(self, reference_db: Any, statement: str):
        settings = target(reference_db.admin_dsn)
        assert error_of(settings, statement).reason_code in ("garbage", "privilege")
        with psycopg.connect(reference_db.admin_dsn) as connection:
            row = connection.execute("select to_regclass('public.x')").fetchone()
        assert row == (None,)

    def test_a_wrong_password_is_auth(self, reference_db: Any):
        dsn = psycopg.conninfo.make_conninfo(
            reference_db.environment["PERFCHECK_DB_DSN"], password="hunter2"
        )
        assert error_of(target(dsn)).reason_code == "auth"

    def test_a_missing_grant_names_itself(self, reference_db: Any):
        error = error_of(self.settings(reference_db), "select * from pg_catalog.pg_authid")
        assert error.reason_code == "privilege"
        assert error.needs is not None
        assert "pg_authid" in error.needs

    def test_a_slow_statement_is_ended_by_the_server(self, reference_db: Any):
        settings = self.settings(reference_db, statement_timeout="50ms")
        assert error_of(settings, "select pg_catalog.pg_sleep(30)").reason_code == "timeout"

    def test_a_lock_is_not_waited_for(self, reference_db: Any):
        settings = self.settings(reference_db, lock_timeout="50ms")
        with psycopg.connect(reference_db.admin_dsn) as locker:
            locker.execute("lock table public.reports in access exclusive mode")
            error = error_of(settings, "select count(*) from public.reports")
        assert error.reason_code == "locked"

    def test_the_session_reads_the_same_everywhere(self, reference_db: Any):
        statement = (
            "select current_setting('transaction_read_only') as read_only,"
            " current_setting('timezone') as zone, current_setting('search_path') as path"
        )
        ((row,),) = asyncio.run(ask(self.settings(reference_db), statement))
        assert row == {"read_only": "on", "zone": "UTC", "path": ""}

    def test_a_connection_serves_the_next_session_and_is_closed_in_the_end(self, reference_db: Any):
        async def pids() -> list[Any]:
            client = PostgresClient(self.settings(reference_db))
            found = []
            for _ in range(3):
                async with client.session() as session:
                    found += await session.fetch("select pg_backend_pid() as pid")
            await client.close()
            return found

        found = asyncio.run(pids())
        assert found[0] == found[1] == found[2]
        with psycopg.connect(reference_db.admin_dsn) as connection:
            statement = "select pg_terminate_backend(%s, 5000)"  # waits until it is gone
            connection.execute(statement, [found[0]["pid"]])
            row = connection.execute(
                "select count(*) from pg_stat_activity where pid = %s", [found[0]["pid"]]
            ).fetchone()
        assert row == (0,)

    def test_a_server_that_ends_the_connection_in_the_middle_is_named(self, reference_db: Any):
        async def cut() -> ProbeError:
            client = PostgresClient(self.settings(reference_db))
            with pytest.raises(ProbeError) as caught:  # noqa: PT012 - two steps in one session
                async with client.session() as session:
                    ((row),) = await session.fetch("select pg_backend_pid() as pid")
                    with psycopg.connect(reference_db.admin_dsn) as admin:
                        admin.execute("select pg_terminate_backend(%s, 5000)", [row["pid"]])
                    await session.fetch("select 1 as one")
            await client.close()
            return caught.value

        assert asyncio.run(cut()).reason_code == "connection"

    def test_a_pipeline_returns_the_rows_of_each_statement(self, reference_db: Any):
        async def fetch() -> tuple[list[list[Any]], int]:
            client = PostgresClient(self.settings(reference_db))
            async with client.session() as session:
                rows = await session.fetch_all(["select 1 as one", "select 2 as two where false"])
                asked = len(session.journal)
            await client.close()
            return rows, asked

        assert asyncio.run(fetch()) == ([[{"one": 1}], []], 1)

    def test_the_first_mistake_in_a_pipeline_is_the_one_that_is_told(self, reference_db: Any):
        async def fetch() -> None:
            client = PostgresClient(self.settings(reference_db))
            try:
                async with client.session() as session:
                    await session.fetch_all(["select 1", "select * from pg_catalog.pg_authid", "x"])
            finally:
                await client.close()

        with pytest.raises(ProbeError, match="pg_authid") as caught:
            asyncio.run(fetch())
        assert caught.value.reason_code == "privilege"

    @pytest.mark.parametrize("piped", [False, True], ids=["one", "pipeline"])
    def test_a_server_that_falls_silent_is_not_waited_for(self, reference_db: Any, piped: bool):
        async def cut() -> None:
            async with relaying(reference_db.environment["PERFCHECK_DB_DSN"]) as relay:
                client = PostgresClient(target(relay.dsn))
                async with client.session() as session:
                    await session.fetch("select 1 as one")
                    relay.silent.set()
                    asking = session.fetch_all(["select 2"]) if piped else session.fetch("select 2")
                    with pytest.raises(TimeoutError):
                        await asyncio.wait_for(asking, 0.1)
                await client.close()

        # Left to itself, the driver waits for ten seconds.
        asyncio.run(asyncio.wait_for(cut(), 8))
