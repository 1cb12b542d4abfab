import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from perfcheck.reference.service import Running, running
from perfcheck.reference.worker.connection import Connection, connect
from perfcheck.reference.worker.log import WorkerLog

_numbers = itertools.count()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def worker_db(servers_installed: bool) -> Iterator[Running]:
    """Run a server whose database nobody uses: it is the template of each test's own."""
    assert servers_installed
    with running(scale=0.01, app=False) as service:
        yield service


@pytest.fixture
def database(worker_db: Running) -> Iterator[str]:
    """Copy the service's database for one test, and give its name."""
    with copied(worker_db) as name:
        yield name


@pytest.fixture
def dsn(worker_db: Running, database: str) -> str:
    return within(worker_db.app_dsn, database)


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[Connection]:
    async with await connect(dsn) as opened:
        yield opened


@pytest.fixture
def log(tmp_path: Path) -> Iterator[WorkerLog]:
    opened = WorkerLog(str(tmp_path / "worker.jsonl"))
    yield opened
    opened.close()


@contextmanager
def copied(worker_db: Running) -> Iterator[str]:
    name = f"copy_{next(_numbers)}"
    with psycopg.connect(within(worker_db.admin_dsn, "postgres"), autocommit=True) as admin:
        identifier = sql.Identifier(name)
        admin.execute(sql.SQL("create database {} template reconciliation").format(identifier))
        try:
            yield name
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(identifier))


def within(dsn: str, database: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))
