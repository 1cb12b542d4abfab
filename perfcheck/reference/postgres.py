"""A throwaway PostgreSQL server in a folder."""

import asyncio
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from perfcheck.reference.binaries import Program
from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.folder import give, make_private, write_private
from perfcheck.reference.processes import Child, Launch, Site, on_free_port, server_environment

_INITDB_DEADLINE_S = 120.0
_READY_DEADLINE_S = 60.0
_CONNECT_TIMEOUT_S = 5

# Durability is given up (the folder is deleted at the end), safety of the machine is not: TCP on
# the loopback only, no socket file, and shared memory in the folder, so a killed server leaves
# nothing in /dev/shm. No parallel queries: they would take both cores of a small machine from
# the other requests, as no service with many short queries would allow. synchronous_commit stays
# on: right after an asynchronous commit, vacuum cannot mark pages all-visible.
_SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = '4GB'
checkpoint_timeout = 30min
shared_buffers = '256MB'
maintenance_work_mem = '128MB'
dynamic_shared_memory_type = mmap
max_parallel_workers_per_gather = 0
jit = off
track_commit_timestamp = on
track_io_timing = on
timezone = 'UTC'
log_timezone = 'UTC'
log_min_error_statement = panic
"""


@dataclass(frozen=True)
class Postgres:
    """A running server; each role's DSN is made by `dsn`."""

    child: Child
    port: int
    version: str
    admin_password: str

    def dsn(self, role: str, password: str, database: str = "reconciliation") -> str:
        """Return a URL to connect with; what the caller's environment says does not matter."""
        return _dsn(self.port, role, password, database)

    @property
    def admin_dsn(self) -> str:
        """The superuser's URL."""
        return self.dsn("postgres", self.admin_password)


async def start_postgres(program: Program, site: Site, secrets: Mapping[str, str]) -> Postgres:
    """Initialise a cluster in the folder and start it on a free port.

    Args:
        program: postgres and initdb.
        site: where it makes `postgres/` with the cluster and the log.
        secrets: the password of each role; "postgres" is the superuser's.

    Raises:
        ReferenceServiceError: it did not start; holds the end of its log.
    """
    home = make_private(site.folder / "postgres", site.account)
    cluster = home / "cluster"
    await _initdb(program, home, site, secrets)
    (cluster / "postgresql.conf").write_text(_SETTINGS + _statistics_setting(program))
    give(cluster / "postgresql.conf", site.account)

    async def attempt(port: int) -> Postgres:
        command: list[str | Path] = [program.folder / "postgres", "-D", cluster, "-p", str(port)]
        launch = _launch("PostgreSQL", command, home / "postgres.log", site, secrets)
        child = await site.children.start(launch)
        version = await child.wait_ready(
            lambda: _server_version(port, secrets["postgres"]), _READY_DEADLINE_S
        )
        return Postgres(child, port, version, secrets["postgres"])

    return await on_free_port(attempt)


async def _initdb(program: Program, home: Path, site: Site, secrets: Mapping[str, str]) -> None:
    password_file = write_private(home / "password", secrets["postgres"] + "\n", site.account)
    command: list[str | Path] = [program.folder / "initdb", "--pgdata", home / "cluster"]
    command += ["--username=postgres", f"--pwfile={password_file}", "--auth=scram-sha-256"]
    command += ["--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    launch = _launch("initdb", command, home / "initdb.log", site, secrets)
    child = await site.children.start(launch)
    try:
        async with asyncio.timeout(_INITDB_DEADLINE_S):
            status = await child.process.wait()
    except TimeoutError:
        message = f"initdb was not done after {_INITDB_DEADLINE_S:.0f} s:\n{child.log_tail()}"
        raise ReferenceServiceError(message) from None
    finally:
        password_file.unlink()
    if status != 0:
        raise ReferenceServiceError(child.obituary())


def _statistics_setting(program: Program) -> str:
    """Return the line that loads pg_stat_statements, if this installation has it."""
    root = program.folder.parent
    if any(root.glob("lib/**/pg_stat_statements.*")):
        return "shared_preload_libraries = 'pg_stat_statements'\n"
    return ""


def _launch(
    name: str,
    command: list[str | Path],
    log: Path,
    site: Site,
    secrets: Mapping[str, str],
) -> Launch:
    # SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint for what is deleted next.
    environment = server_environment(log.parent)
    hidden = tuple(secrets.values())
    return Launch(name, command, log, environment, site.account, signal.SIGQUIT, hidden)


async def _server_version(port: int, password: str) -> str | None:
    try:
        connection = await psycopg.AsyncConnection.connect(
            _dsn(port, "postgres", password, "postgres"), connect_timeout=_CONNECT_TIMEOUT_S
        )
    except psycopg.OperationalError:
        return None  # not yet, or it is another server that took the port: the password tells
    async with connection:
        row = await (await connection.execute("show server_version")).fetchone()
    return None if row is None else str(row[0]).split()[0]


def _dsn(port: int, role: str, password: str, database: str) -> str:
    # sslmode and gssencmode are said, because the caller's PGSSLMODE may demand what is not here.
    return (
        f"postgresql://{role}:{quote(password)}@127.0.0.1:{port}/{database}"
        "?sslmode=disable&gssencmode=disable"
    )
