"""Each fault of pages and statements shows its own symptoms on the database, and no other."""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from itertools import pairwise
from typing import Protocol
from uuid import uuid4

import httpx
import psycopg
import pytest

from perfcheck.reference.faults import faults
from perfcheck.reference.service import Running

pytestmark = [pytest.mark.anyio, pytest.mark.live]

JOBS = "/api/v1/jobs"
FAULTS = ("pagination-", "statements-")

SYMPTOMS = {
    "pagination-no-tie-break": {"complete"},
    "pagination-offset-in-the-cursor": {"position", "inserts", "offset"},
    "pagination-offset-by-counting": {"offset"},
    "pagination-tampered-500": {"tampered"},
    "pagination-tampered-page-1": {"tampered"},
    "pagination-limit-ignored": {"limit"},
    "pagination-ascending": {"order"},
    "pagination-no-next-cursor": {"next cursor"},
    "pagination-skipped-item": {"complete", "position"},
    "statements-one-per-job": {"one statement"},
    "statements-offset": {"offset"},
}


class Instance(Protocol):
    """What these tests use of an instance."""

    client: httpx.AsyncClient


class Reference(Protocol):
    """What these tests use of the servers."""

    admin_dsn: str


@pytest.fixture(scope="module")
def reference_db(fresh_db: Running) -> Running:
    """Use rows that no other test has added to."""
    return fresh_db


Start = Callable[[str], AbstractAsyncContextManager[Instance]]
Job = dict[str, str]


def position(job: Job) -> tuple[str, str]:
    return job["created_at"], job["id"]


async def pages(
    client: httpx.AsyncClient, limit: int, *, most: int = 1000
) -> AsyncIterator[tuple[list[Job], str | None]]:
    cursor: str | None = None
    for _ in range(most):
        query = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        page = (await client.get(JOBS, params=query)).json()
        cursor = page["next_cursor"]
        yield page["data"], cursor
        if cursor is None:
            return


async def walk(client: httpx.AsyncClient, limit: int) -> list[Job]:
    return [job async for data, _ in pages(client, limit) for job in data]


async def is_unmoved_by_inserts(client: httpx.AsyncClient) -> bool:
    quiet = [job["id"] async for data, _ in pages(client, 50, most=3) for job in data]
    seen: list[str] = []
    async for data, _ in pages(client, 50, most=3):
        seen += (job["id"] for job in data)
        created = await client.post(JOBS, json={"name": f"test {uuid4()}"})
        assert created.status_code == 201
    return seen == quiet


def is_position_of(cursor: str, job: Job) -> bool:
    decoded = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return bool(decoded == {"created_at": job["created_at"], "id": job["id"]})


async def statements(
    reference: Reference, ask: Callable[[], Awaitable[object]]
) -> list[tuple[str, int]]:
    """Return the statements of the application that the question caused, and how often."""
    async with await psycopg.AsyncConnection.connect(reference.admin_dsn, autocommit=True) as admin:
        await admin.execute("select pg_stat_statements_reset()")
        await ask()
        found = await admin.execute(
            """
            select query, calls from pg_stat_statements
             where userid = 'reconciliation'::regrole and query ilike '%jobs%'
                or userid = 'reconciliation'::regrole and query ilike '%executions%'
            """
        )
        return [(str(query).lower(), int(calls)) for query, calls in await found.fetchall()]


async def symptoms(client: httpx.AsyncClient, reference: Reference) -> set[str]:
    with_runs = {"limit": "20", "include": "latest_execution"}
    joined = await statements(reference, lambda: client.get(JOBS, params=with_runs))
    plain = await statements(reference, lambda: client.get(JOBS, params={"limit": "3"}))
    page = (await client.get(JOBS, params={"limit": "3"})).json()
    cursor = page["next_cursor"]
    tampered = await client.get(JOBS, params={"cursor": "bnVsbA"})
    refused = await client.get(JOBS, params={"cursor": "bnVsbA", "limit": "0"})
    assert refused.status_code == 400
    wide, narrow = await walk(client, 500), await walk(client, 7)
    with psycopg.connect(reference.admin_dsn) as admin:
        row = admin.execute("select count(*) from jobs where tenant_id = %s", [tenant(client)])
        ((rows,),) = row.fetchall()
    order = sorted(wide, key=position, reverse=True)
    right = {
        "complete": cursor is None or len(narrow) == rows == len({job["id"] for job in narrow}),
        "order": wide == order and all(a > b for a, b in pairwise(map(position, narrow[:200]))),
        "limit": len(page["data"]) == 3,
        "next cursor": cursor is not None,
        "position": cursor is None or is_position_of(cursor, page["data"][-1]),
        "tampered": tampered.status_code == 400,
        "inserts": cursor is None or await is_unmoved_by_inserts(client),
        "one statement": sum(calls for _, calls in joined) == 1,
        "offset": not any("offset" in query for query, _ in plain),
    }
    return {name for name, is_right in right.items() if not is_right}


def tenant(client: httpx.AsyncClient) -> str:
    return client.headers["X-Tenant-Id"]


def test_every_fault_has_its_symptoms_here() -> None:
    assert [name for name in faults() if name.startswith(FAULTS)] == sorted(SYMPTOMS)


@pytest.mark.parametrize("name", ["", *SYMPTOMS])
async def test_a_fault_has_its_own_symptoms(
    name: str, start: Start, reference_db: Reference
) -> None:
    async with start(name) as instance:
        assert await symptoms(instance.client, reference_db) == SYMPTOMS.get(name, set())


async def test_one_statement_a_job_finds_the_same_executions(start: Start) -> None:
    query = {"limit": "50", "include": "latest_execution"}
    async with start("") as right:
        expected = (await right.client.get(JOBS, params=query)).json()
    async with start("statements-one-per-job") as instance:
        assert (await instance.client.get(JOBS, params=query)).json() == expected
    assert any(job["latest_execution"] for job in expected["data"])
