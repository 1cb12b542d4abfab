from collections.abc import AsyncIterator

import psycopg
import pytest

from perfcheck.reference.app.database import Database
from perfcheck.reference.app.queue_depth import read_queue_depth
from perfcheck.reference.app.settings import Settings
from perfcheck.reference.faults.queue import FAULTS
from perfcheck.reference.service import Running

pytestmark = [pytest.mark.live, pytest.mark.anyio]


@pytest.fixture
async def database(reference_db: Running) -> AsyncIterator[Database]:
    opened = Database(Settings(db_dsn=reference_db.app_dsn, pool_size=1))
    await opened.open()
    yield opened
    await opened.close()


async def test_the_depth_counts_what_waits_for_this_machine(
    database: Database, reference_db: Running
) -> None:
    assert await read_queue_depth(database) == 0
    with psycopg.connect(reference_db.app_dsn, autocommit=True) as owner:
        try:
            owner.execute(
                "insert into webhook_deliveries"
                " (tenant_id, job_id, event, url, status, next_retry_at)"
                " select tenant_id, id, 'test', url, status, retry_at"
                " from (select tenant_id, id from jobs limit 1) j,"
                " (values ('http://127.0.0.1:9/', 'pending', null::timestamptz),"
                " ('http://127.0.0.1:9/', 'failed', now()), ('http://127.0.0.1:9/', 'dead', null),"
                " ('http://127.0.0.1:9/', 'delivered', null),"
                " ('https://hooks.example.com/', 'pending', null)) v (url, status, retry_at)"
            )
            assert await read_queue_depth(database) == 2
        finally:
            owner.execute("delete from webhook_deliveries where event = 'test'")


async def test_the_fault_makes_the_queue_deeper_than_the_guide_allows(
    database: Database, reference_db: Running
) -> None:
    (fault,) = FAULTS
    with psycopg.connect(reference_db.admin_dsn, autocommit=True) as admin:
        try:
            admin.execute(fault.sql.encode())
            assert await read_queue_depth(database) == 1500
        finally:
            admin.execute("delete from webhook_deliveries where url like 'http://127.%'")


async def test_the_depth_is_read_by_the_indexes_of_the_queue(reference_db: Running) -> None:
    with psycopg.connect(reference_db.app_dsn, autocommit=True) as owner:
        owner.execute("set enable_seqscan = off")
        plan = owner.execute(
            "explain select count(*) from webhook_deliveries"
            " where (status = 'pending' or (status = 'failed' and next_retry_at is not null))"
            " and is_loopback_url(url)"
        ).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "on idx_webhook_deliveries_pending " in text
    assert "on idx_webhook_deliveries_pending_retry " in text
