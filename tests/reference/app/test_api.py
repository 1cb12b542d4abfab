"""The service on a real database and a real Redis."""

import base64
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Protocol
from uuid import UUID, uuid4

import brotli  # type: ignore[import-untyped] # the package brings no types
import httpx
import psycopg
import pytest
from redis import Redis

pytestmark = pytest.mark.live

TENANT = "00000000-0000-0000-0000-000000000001"


class Reference(Protocol):
    """What these tests use of the running reference service."""

    environment: Mapping[str, str]


@pytest.fixture
def client(reference: Reference) -> Iterator[httpx.Client]:
    headers = {
        "Authorization": f"Bearer {reference.environment['PERFCHECK_API_TOKEN']}",
        "X-Tenant-Id": TENANT,
    }
    url = reference.environment["PERFCHECK_API_URL"]
    with httpx.Client(base_url=url, headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
def redis(reference: Reference) -> Iterator[Redis]:
    with Redis.from_url(reference.environment["PERFCHECK_REDIS_URL"]) as redis:
        yield redis


@pytest.fixture
def job_id(client: httpx.Client) -> str:
    return create(client)


def create(client: httpx.Client) -> str:
    response = client.post("/api/v1/jobs", json={"name": f"test {uuid4()}", "rules": {}})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def walk(
    client: httpx.Client, limit: int, *, rows: int, cursor: str | None = None
) -> Iterator[dict[str, str]]:
    """Yield at least so many jobs, page by page, or all."""
    seen = 0
    while seen < rows:
        query = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        page = client.get("/api/v1/jobs", params=query).json()
        assert len(page["data"]) <= limit
        yield from page["data"]
        seen += len(page["data"])
        cursor = page["next_cursor"]
        if cursor is None:
            return
        assert len(page["data"]) == limit


def wire(client: httpx.Client, path: str, encoding: str) -> tuple[httpx.Response, bytes]:
    """Return the answer and its bytes before any decoding."""
    with client.stream("GET", path, headers={"Accept-Encoding": encoding}) as response:
        return response, b"".join(response.iter_raw())


def test_the_service_is_healthy_and_caches_in_redis(client: httpx.Client) -> None:
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "cache": "redis"}


def test_jobs_come_newest_first_whatever_the_limit(client: httpx.Client) -> None:
    create(client)
    reference = [(job["created_at"], job["id"]) for job in walk(client, 500, rows=500)]
    assert all(later > earlier for later, earlier in pairwise(reference))
    for limit in (7, 13, 50):
        walked = [(job["created_at"], job["id"]) for job in walk(client, limit, rows=200)]
        assert walked == reference[: len(walked)]


def test_a_cursor_is_the_position_of_the_last_job(client: httpx.Client) -> None:
    page = client.get("/api/v1/jobs", params={"limit": "3"}).json()
    cursor = page["next_cursor"]
    last = page["data"][-1]
    decoded = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    assert decoded == {"created_at": last["created_at"], "id": last["id"]}


def test_jobs_created_between_pages_are_neither_repeated_nor_missed(client: httpx.Client) -> None:
    before = [job["id"] for job in walk(client, 20, rows=100)]
    seen: list[str] = []
    for n, job in enumerate(walk(client, 20, rows=100)):
        if n % 20 == 10:
            create(client)
        seen.append(job["id"])
    assert seen == before


def test_the_last_page_has_no_cursor(client: httpx.Client) -> None:
    oldest = {"created_at": "2000-01-01T00:00:00Z", "id": str(uuid4())}
    cursor = base64.urlsafe_b64encode(json.dumps(oldest).encode()).decode().rstrip("=")
    page = client.get("/api/v1/jobs", params={"cursor": cursor}).json()
    assert page == {"data": [], "next_cursor": None}


@pytest.mark.parametrize("cursor", ["", "x", "e30", "W10", "%00", "A" * 9000, "bnVsbA"])
def test_a_spoiled_cursor_is_400(client: httpx.Client, cursor: str) -> None:
    response = client.get(f"/api/v1/jobs?cursor={cursor}")
    assert response.status_code == 400
    assert set(response.json()["error"]) == {"code", "message"}


def test_a_status_filters_the_list(client: httpx.Client, job_id: str) -> None:
    page = client.get("/api/v1/jobs", params={"status": "active"}).json()
    assert job_id in {job["id"] for job in page["data"]}
    assert {job["status"] for job in page["data"]} == {"active"}
    assert client.get("/api/v1/jobs?status=unheard_of").json()["data"] == []


def test_the_list_includes_the_latest_execution_when_asked(
    client: httpx.Client, job_id: str
) -> None:
    def latest() -> object:
        page = client.get("/api/v1/jobs?limit=5&include=latest_execution").json()
        return next(job["latest_execution"] for job in page["data"] if job["id"] == job_id)

    assert latest() is None
    for _ in range(2):
        execution = client.post(f"/api/v1/jobs/{job_id}/run").json()
        found = latest()
        assert isinstance(found, dict)
        assert {name: execution[name] for name in found} == found


def test_the_plain_list_has_only_its_four_fields(client: httpx.Client) -> None:
    page = client.get("/api/v1/jobs?limit=5").json()
    assert {frozenset(job) for job in page["data"]} == {
        frozenset({"id", "name", "status", "created_at"})
    }


def test_a_created_job_is_in_the_cached_list_at_once(client: httpx.Client) -> None:
    for _ in range(5):
        client.get("/api/v1/jobs?limit=2")
        created = create(client)
        assert client.get("/api/v1/jobs?limit=2").json()["data"][0]["id"] == created


def test_a_created_job_is_found_at_its_location(client: httpx.Client) -> None:
    body = {"name": "Überweisungen", "rules": {"window_days": 3}}
    created = client.post("/api/v1/jobs", json=body)
    found = client.get(created.headers["location"])
    assert found.json() == created.json()
    assert (found.json()["name"], found.json()["rules"]) == (body["name"], body["rules"])


@pytest.mark.parametrize("rules", ['{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"a": 1e999}'])
def test_rules_that_jsonb_cannot_hold_are_400(client: httpx.Client, rules: str) -> None:
    response = client.post("/api/v1/jobs", content=f'{{"name": "x", "rules": {rules}}}')
    assert response.status_code == 400


def test_a_run_changes_the_summary_and_its_tag(client: httpx.Client, job_id: str) -> None:
    path = f"/api/v1/reconciliations/{job_id}/summary"
    before = client.get(path)
    assert (before.json()["executions"], before.json()["matched"]) == (0, 0)
    execution = client.post(f"/api/v1/jobs/{job_id}/run").json()
    after = client.get(path)
    assert execution["status"] == "completed"
    assert after.json()["executions"] == 1
    assert after.json()["matched"] == execution["matched_count"] > 0
    assert after.json()["unmatched"] == execution["unmatched_count"] > 0
    assert after.headers["etag"] != before.headers["etag"]


def test_a_run_writes_its_traces_in_every_table(
    client: httpx.Client, job_id: str, reference: Reference
) -> None:
    execution = client.post(f"/api/v1/jobs/{job_id}/run").json()
    with psycopg.connect(reference.environment["PERFCHECK_DB_DSN"]) as connection:
        counts = connection.execute(
            """
            select (select count(*) from matches where execution_id = %(id)s),
                   (select count(*) from unmatched where execution_id = %(id)s),
                   (select count(*) from reports where execution_id = %(id)s),
                   (select count(*) from webhook_deliveries
                     where payload ->> 'execution_id' = %(id)s::text),
                   (select count(*) from audit_logs
                     where details ->> 'execution_id' = %(id)s::text)
            """,
            {"id": UUID(execution["id"])},
        ).fetchone()
    assert counts == (execution["matched_count"], execution["unmatched_count"], 1, 1, 1)


def test_another_tenants_job_does_not_exist(client: httpx.Client, reference: Reference) -> None:
    with psycopg.connect(reference.environment["PERFCHECK_DB_DSN"]) as connection:
        row = connection.execute(
            "select id from jobs where tenant_id <> %s limit 1", (TENANT,)
        ).fetchone()
    assert row is not None
    for method, path in (
        ("GET", f"/api/v1/jobs/{row[0]}"),
        ("POST", f"/api/v1/jobs/{row[0]}/run"),
        ("GET", f"/api/v1/reconciliations/{row[0]}/summary"),
    ):
        assert client.request(method, path).status_code == 404


def test_another_tenant_is_refused(client: httpx.Client) -> None:
    headers = {"X-Tenant-Id": TENANT[:-1] + "2"}
    assert client.get("/api/v1/jobs", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("path", "cache_control"),
    [
        ("/api/v1/jobs?limit=9", "private, max-age=300"),
        ("/api/v1/reconciliations/{job_id}/summary", "private, max-age=60"),
        ("/api/v1/meta/currencies", "public, max-age=3600"),
    ],
)
def test_a_cached_answer_says_so_and_how_old_it_is(
    client: httpx.Client, job_id: str, path: str, cache_control: str
) -> None:
    first = client.get(path.format(job_id=job_id))
    second = client.get(path.format(job_id=job_id))
    assert first.headers["cache-control"] == cache_control
    assert second.headers["x-cache"] == "HIT"
    assert int(second.headers["age"]) >= 0
    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]


def test_a_single_job_is_revalidated_each_time(client: httpx.Client, job_id: str) -> None:
    assert client.get(f"/api/v1/jobs/{job_id}").headers["cache-control"] == "private, no-cache"


def test_each_parameter_has_its_own_cache_entry(client: httpx.Client) -> None:
    create(client)
    paths = [f"/api/v1/jobs?limit={limit}{rest}" for limit in (2, 3) for rest in ("", "&status=x")]
    cold = [client.get(path).json() for path in paths]
    warm = [client.get(path).json() for path in paths]
    assert warm == cold
    assert [len(page["data"]) for page in warm] == [2, 0, 3, 0]


def test_every_key_in_redis_expires_in_time(
    client: httpx.Client, job_id: str, redis: Redis
) -> None:
    for path in ("jobs", f"reconciliations/{job_id}/summary", "meta/currencies"):
        client.get(f"/api/v1/{path}")
    for pattern, ttl_s in (("summary:*", 60), ("jobs:*", 300), ("static:*", 3600), ("*", 3600)):
        # -2 is a key that went between SCAN and TTL.
        times = [redis.ttl(key) for key in redis.scan_iter(match=pattern)]
        alive = [time_s for time_s in times if time_s != -2]
        assert alive, pattern
        assert all(0 <= time_s <= ttl_s for time_s in alive), pattern


def test_a_write_runs_neither_keys_nor_flushdb(client: httpx.Client, redis: Redis) -> None:
    def calls(command: str) -> int:
        return int(redis.info("commandstats").get(f"cmdstat_{command}", {"calls": 0})["calls"])

    commands = ("unlink", "keys", "flushdb", "flushall")
    client.get("/api/v1/jobs")
    before = [calls(command) for command in commands]
    create(client)
    unlinked, *forbidden = (
        calls(command) - count for command, count in zip(commands, before, strict=True)
    )
    assert unlinked > 0
    assert forbidden == [0, 0, 0]


def test_gzip_is_level_6_and_brotli_is_smaller(client: httpx.Client) -> None:
    path = "/api/v1/jobs?limit=100"
    _, plain = wire(client, path, "identity")
    gzipped, gzip_bytes = wire(client, path, "gzip")
    brotlied, brotli_bytes = wire(client, path, "gzip, br")
    encoder = zlib.compressobj(6, zlib.DEFLATED, 31, 8)
    assert gzip_bytes == encoder.compress(plain) + encoder.flush()
    assert (gzipped.headers["content-encoding"], gzip.decompress(gzip_bytes)) == ("gzip", plain)
    assert (brotlied.headers["content-encoding"], brotli.decompress(brotli_bytes)) == ("br", plain)
    assert len(brotli_bytes) < len(gzip_bytes)


@pytest.mark.parametrize("path", ["/docs", "/metrics", "/api/v1/jobs?limit=100"])
def test_each_declared_type_is_compressed(client: httpx.Client, path: str) -> None:
    response, _ = wire(client, path, "gzip")
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
def test_each_endpoint_revalidates_on_a_connection_that_stays_framed(
    client: httpx.Client, job_id: str, encoding: str
) -> None:
    for path in (
        "/api/v1/jobs",
        f"/api/v1/jobs/{job_id}",
        f"/api/v1/reconciliations/{job_id}/summary",
    ):
        headers = {"Accept-Encoding": encoding}
        first = client.get(path, headers=headers)
        headers["If-None-Match"] = first.headers["etag"]
        again = client.get(path, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["vary"] == first.headers["vary"] == "Accept-Encoding"
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["cache-control"] == first.headers["cache-control"]
        assert "date" in again.headers
        assert client.head(path, headers=headers).status_code == 304
        assert client.get(path).content == first.content


def test_the_metrics_show_the_pool_and_the_cache(client: httpx.Client) -> None:
    client.get("/api/v1/jobs")
    client.get("/api/v1/jobs")
    lines = dict(
        line.rsplit(" ", 1)
        for line in client.get("/metrics").text.splitlines()
        if not line.startswith("#")
    )
    assert float(lines["db_pool_size"]) >= 1
    assert 0 <= float(lines["db_pool_in_use"]) <= float(lines["db_pool_size"])
    assert float(lines["cache_hits_total"]) >= 1
