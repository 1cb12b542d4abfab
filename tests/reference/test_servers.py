import os
import signal
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from perfcheck.reference.binaries import POSTGRES_OVERRIDE, Program
from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.folder import Account, is_reachable, placed
from perfcheck.reference.service import Running, running

pytestmark = pytest.mark.live

PASSWORD_OF_NOBODY = "not-the-password"


def connect(dsn: str) -> psycopg.Connection:
    return psycopg.connect(dsn, autocommit=True, connect_timeout=5)


def value(dsn: str, query: str) -> object:
    with connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("track_commit_timestamp", "on"),
        ("password_encryption", "scram-sha-256"),
        ("TimeZone", "UTC"),
    ],
)
def test_postgres_is_configured(reference_db: Running, setting: str, wanted: str) -> None:
    assert value(reference_db.admin_dsn, f"show {setting}") == wanted


@pytest.mark.parametrize("role", ["postgres", "reconciliation", "perfcheck"])
def test_postgres_refuses_a_wrong_password(reference_db: Running, role: str) -> None:
    port = urlsplit(reference_db.admin_dsn).port
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(f"postgresql://{role}:{PASSWORD_OF_NOBODY}@127.0.0.1:{port}/reconciliation")


def test_valkey_wants_its_password(reference_db: Running) -> None:
    url = reference_db.environment["PERFCHECK_REDIS_URL"]
    with redis.Redis.from_url(url, socket_timeout=5) as client:
        assert client.ping()
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "allkeys-lru"
    # A refused password counts as a connection error, which would be tried again and again.
    once = Retry(NoBackoff(), 0)
    stranger = redis.Redis(port=urlsplit(url).port or 0, socket_timeout=5, retry=once)
    with stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_statistics_hold_nothing_of_the_load(fresh_db: Running) -> None:
    found = value(
        fresh_db.environment["PERFCHECK_DB_DSN"],
        "select count(*) from pg_stat_statements where query ilike 'insert into executions%'",
    )
    assert found == 0


@pytest.mark.parametrize(
    "statement",
    [
        "insert into currencies values ('XXX', 'none', 0)",
        "update jobs set name = 'changed'",
        "delete from audit_logs_partitioned",
        "truncate reports",
        "create table intruder (n integer)",
        "create temporary table intruder (n integer)",
        "create schema intruder",
        "refresh materialized view mv_job_performance",
        "select pg_stat_statements_reset()",
        "drop index idx_jobs_rules_gin",
    ],
)
def test_the_checker_can_change_nothing(reference_db: Running, statement: str) -> None:
    dsn = reference_db.environment["PERFCHECK_DB_DSN"]
    # "must be owner" is a permission error as well.
    with connect(dsn) as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(statement.encode())


def test_the_checker_reads_rows_views_partitions_and_statistics(reference_db: Running) -> None:
    dsn = reference_db.environment["PERFCHECK_DB_DSN"]
    for table in ("jobs", "matches_partitioned", "mv_tenant_usage_hourly", "pg_stat_statements"):
        assert isinstance(value(dsn, f"select count(*) from {table}"), int)
    assert value(dsn, "select bool_and(pg_has_role(r, 'member')) from (values ('pg_monitor')) v(r)")


def test_the_checker_reads_a_table_that_is_made_later(reference_db: Running) -> None:
    with connect(reference_db.app_dsn) as owner:
        owner.execute("create table made_later (n integer)")
        try:
            found = value(
                reference_db.environment["PERFCHECK_DB_DSN"], "select count(*) from made_later"
            )
        finally:
            owner.execute("drop table made_later")
    assert found == 0


def test_the_application_role_owns_every_table(reference_db: Running) -> None:
    query = (
        "select string_agg(c.relname, ' ') from pg_class c"
        " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'm')"
        " and pg_get_userbyid(c.relowner) <> 'reconciliation'"
    )
    assert value(reference_db.admin_dsn, query) is None


def test_two_services_run_at_once(reference_db: Running) -> None:
    with running(scale=0.001, app=False) as second:
        assert second.folder != reference_db.folder
        for service in (reference_db, second):
            jobs = value(service.environment["PERFCHECK_DB_DSN"], "select count(*) from jobs")
            assert isinstance(jobs, int)
            assert jobs > 0
    assert not second.folder.exists()
    assert value(reference_db.admin_dsn, "select 1") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_server_runs_as_root(reference_db: Running) -> None:
    for name in ("postgres", "valkey"):
        status = Path(f"/proc/{reference_db.pids[name]}/status").read_text(encoding="ascii")
        owner = next(line.split()[1] for line in status.splitlines() if line.startswith("Uid:"))
        assert int(owner) == os.geteuid() or os.geteuid() == 0 != int(owner)
        assert int(owner) != 0


def test_secrets_are_not_part_of_the_text_of_a_service(reference_db: Running) -> None:
    password = urlsplit(reference_db.admin_dsn).password
    assert password is not None
    assert password not in repr(reference_db)
    assert not [token for token in reference_db.tokens.values() if token in repr(reference_db)]


@pytest.mark.usefixtures("servers_installed")
def test_a_server_that_dies_is_reported_with_its_log() -> None:
    said: list[str] = []
    died = threading.Event()

    def announce(line: str) -> None:
        said.append(line)
        if "ended by itself" in line:
            died.set()

    def break_it() -> None:
        with running(scale=0.001, app=False, announce=announce) as service:
            os.kill(service.pids["valkey"], signal.SIGKILL)
            assert died.wait(20)
            raise LookupError("what the test sees")

    with pytest.raises(LookupError) as caught:
        break_it()
    assert "Valkey ended by itself (signal 9); its log ends with:" in said[-1]
    assert "Ready to accept connections" in said[-1]
    assert caught.value.__notes__ == [said[-1]]


def start_and_stop() -> None:
    with running(scale=0.001, app=False):
        pytest.fail("started without PostgreSQL")


def test_missing_programs_are_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(POSTGRES_OVERRIDE, str(tmp_path))
    with pytest.raises(ReferenceServiceError, match=r"pip install 'perfcheck\[reference\]'"):
        start_and_stop()


@pytest.mark.usefixtures("servers_installed")
def test_a_server_that_does_not_start_is_told_with_its_log(
    monkeypatch: pytest.MonkeyPatch, open_folder: Path
) -> None:
    for name in ("postgres", "initdb"):
        (open_folder / name).write_text("#!/bin/sh\necho no room on this disk\nexit 3\n")
        (open_folder / name).chmod(0o755)
    monkeypatch.setenv(POSTGRES_OVERRIDE, str(open_folder))
    with pytest.raises(
        ReferenceServiceError, match=r"initdb ended by itself \(status 3\)[^$]*no room on this disk"
    ):
        start_and_stop()


def test_programs_out_of_reach_are_copied(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    (hidden / "tree" / "bin").mkdir(parents=True)
    program = hidden / "tree" / "bin" / "server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    hidden.chmod(0o700)
    stranger = Account("stranger", os.geteuid() + 1, os.getegid() + 1)
    found = Program(program.parent, hidden, ["tree/bin"])
    assert not is_reachable([program], stranger)

    copied = placed(found, tmp_path, stranger)

    assert copied.folder == tmp_path / "programs" / "tree" / "bin"
    assert (copied.folder / "server").stat().st_mode & 0o777 == 0o755
    assert placed(found, tmp_path, None) is found
