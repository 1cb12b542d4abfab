"""What the keeper keeps: the servers and the application, in one folder, opened and closed."""

import asyncio
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from perfcheck.reference.binaries import find_postgres, find_valkey
from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.folder import Account, placed, remove
from perfcheck.reference.messages import App, AppOrder, Order, Running
from perfcheck.reference.postgres import Postgres, start_postgres
from perfcheck.reference.processes import Children, Site
from perfcheck.reference.seeding import seed
from perfcheck.reference.valkey import Valkey, empty, start_valkey
from perfcheck.reference.webserver import (
    Backends,
    WebServer,
    free_otlp_endpoint,
    has_app,
    start_webserver,
)
from perfcheck.reference.workprocess import WorkProcess, start_worker

TENANTS = tuple(f"00000000-0000-0000-0000-{number:012}" for number in (1, 2))
_SEED_DEADLINE_S = 600.0
_STOP_GRACE_S = 5.0


class Household:
    """The servers of one service, their secrets, and the watch over them."""

    def __init__(self, folder: Path, account: Account | None, say: Callable[..., None]) -> None:
        self._say = say
        self._site = Site(folder, account, Children(self._report_death))
        self._passwords = {
            role: secrets.token_hex(24) for role in ("postgres", "reconciliation", "perfcheck")
        }
        self._cache_password = secrets.token_hex(24)
        self._tokens = {tenant: secrets.token_hex(24) for tenant in TENANTS}
        self._servers: tuple[Postgres, Valkey] | None = None
        self._apps: dict[str, WebServer] = {}
        self._worker: WorkProcess | None = None

    async def open(self, order: Order) -> Running:
        """Start everything that was ordered, and return what one needs to use it.

        Raises:
            ReferenceServiceError: a program is missing or a server did not start.
        """
        if order.app and not has_app():
            raise ReferenceServiceError("this installation lacks the reference application")
        # Both are looked for before either is started: a missing one is told at once.
        postgres_program, (valkey_program, valkey_name) = find_postgres(), find_valkey()
        folder, account = self._site.folder, self._site.account
        postgres = await start_postgres(
            placed(postgres_program, folder, account), self._site, self._passwords
        )
        self._progress(f"PostgreSQL {postgres.version} started")
        valkey = await start_valkey(
            placed(valkey_program, folder, account), valkey_name, self._site, self._cache_password
        )
        self._progress(f"{valkey_name.partition('-')[0].title()} {valkey.version} started")
        async with asyncio.timeout(_SEED_DEADLINE_S):
            await seed(postgres, self._passwords, order.scale, self._progress)
        self._servers = (postgres, valkey)
        for child in (postgres.child, valkey.child):
            self._site.children.watch(child)
        web = None
        if order.app:
            # One collector for both: a trace begins in one and goes on in the other.
            shared = {"REFERENCE_OTLP_ENDPOINT": free_otlp_endpoint(), **order.app_environment}
            webhooks = {"REFERENCE_WEBHOOK_URL": await self._start_worker(postgres, shared)}
            web = await self._serve(AppOrder("app", environment={**webhooks, **shared}))
            self._progress(f"the API is at {web.url}")
        return self._running(postgres, valkey, web)

    async def start_app(self, order: AppOrder) -> App:
        """Start a further instance of the application, with an empty cache of its own.

        Raises:
            ReferenceServiceError: it did not start.
        """
        if self._servers is None:
            raise ReferenceServiceError("the servers have not started")
        cache_url = self._servers[1].database_url(order.cache)
        await empty(cache_url)
        web = await self._serve(order)
        return App(order.name, {**self._environment(web), "PERFCHECK_REDIS_URL": cache_url})

    async def stop_app(self, name: str) -> None:
        """Stop an instance; one that never started is none to stop."""
        web = self._apps.pop(name, None)
        if web is not None:
            await self._site.children.dismiss(web.child, _STOP_GRACE_S)
            remove(web.log_file.parent)  # its name may be used again

    async def close(self) -> None:
        """Stop every process; the folder can be removed afterwards."""
        await self._site.children.stop(_STOP_GRACE_S)

    def explain(self, error: BaseException) -> str:
        """Say why the start failed, without secrets."""
        text = str(error) or type(error).__name__
        for secret in self._secrets():
            text = text.replace(secret, "***")
        return text

    async def _start_worker(self, postgres: Postgres, shared: Mapping[str, str]) -> str:
        """Start the worker of the original database, and return where webhooks are received."""
        dsn = self._app_dsn(postgres)
        worker = await start_worker(self._site, dsn, self._secrets(), shared)
        self._worker = worker
        self._site.children.watch(worker.child)
        return worker.receiver_url

    async def _serve(self, order: AppOrder) -> WebServer:
        if self._servers is None:
            raise ReferenceServiceError("the servers have not started")
        postgres, valkey = self._servers
        backends = Backends(
            db_dsn=self._app_dsn(postgres, order.database),
            redis_url=valkey.database_url(order.cache),
            tenants={token: tenant for tenant, token in self._tokens.items()},
            secrets=self._secrets(),
        )
        web = await start_webserver(self._site, backends, order.environment, name=order.name)
        self._apps[order.name] = web
        self._site.children.watch(web.child)
        return web

    def _running(self, postgres: Postgres, valkey: Valkey, web: WebServer | None) -> Running:
        environment = {
            "PERFCHECK_DB_DSN": postgres.dsn("perfcheck", self._passwords["perfcheck"]),
            "PERFCHECK_REDIS_URL": valkey.url,
        }
        pids = {"keeper": os.getpid(), "postgres": postgres.child.pid, "valkey": valkey.child.pid}
        if web is not None:
            environment |= self._environment(web)
            pids["app"] = web.child.pid
        if self._worker is not None:
            pids["worker"] = self._worker.child.pid
        return Running(
            environment=environment,
            folder=self._site.folder,
            pids=pids,
            admin_dsn=postgres.admin_dsn,
            app_dsn=self._app_dsn(postgres),
            api_url="" if web is None else web.url,
            tokens=self._tokens,
        )

    def _environment(self, web: WebServer) -> dict[str, str]:
        return {
            "PERFCHECK_API_URL": web.url,
            "PERFCHECK_API_TOKEN": self._tokens[TENANTS[0]],
            "PERFCHECK_LOG_FILE": str(web.log_file),
            "PERFCHECK_OTLP_LISTEN": web.otlp_listen,
        }

    def _app_dsn(self, postgres: Postgres, database: str = "reconciliation") -> str:
        return postgres.dsn("reconciliation", self._passwords["reconciliation"], database)

    def _secrets(self) -> tuple[str, ...]:
        return (*self._passwords.values(), self._cache_password, *self._tokens.values())

    def _progress(self, text: str) -> None:
        self._say(event="progress", text=text)

    def _report_death(self, obituary: str) -> None:
        self._say(event="died", message=obituary)
