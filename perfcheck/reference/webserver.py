"""The application of the reference service in its own process, served by uvicorn."""

import contextlib
import importlib.util
import json
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.processes import Child, Launch, Site, on_free_port

_INSTANCE = "X-Instance"
FACTORY = "perfcheck.reference.app:create_app"
_LISTENER_PORTS = range(21_000, 29_000)
_READY_DEADLINE_S = 60.0
_ANSWER_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class WebServer:
    """A running application.

    `log_file` holds its JSON lines; it sends its traces to the address `otlp_listen`, where a
    collector may listen or not.
    """

    child: Child
    url: str
    log_file: Path
    otlp_listen: str


@dataclass(frozen=True)
class Backends:
    """What the application is given: where its servers are, and whose token is whose."""

    db_dsn: str
    redis_url: str
    tenants: Mapping[str, str]  # token -> tenant id
    secrets: tuple[str, ...]


def has_app() -> bool:
    """Answer whether the application is part of this installation."""
    spec = importlib.util.find_spec("perfcheck.reference.app")
    return spec is not None and spec.origin is not None  # a bare folder has no origin


async def start_webserver(
    site: Site, backends: Backends, extra: Mapping[str, str], *, name: str = "app"
) -> WebServer:
    """Serve the application on a free port, with one worker.

    Args:
        site: where it makes a folder with the logs.
        backends: the servers behind the application.
        name: of that folder.
        extra: further environment variables for the application, such as a fault to show.

    Raises:
        ReferenceServiceError: it did not start; holds the end of its log.
    """
    home = site.folder / name
    home.mkdir(mode=0o700)
    log_file = home / "app.jsonl"
    log_file.touch()
    environment = {
        **inherited_environment(),
        "REFERENCE_DB_DSN": backends.db_dsn,
        "REFERENCE_REDIS_URL": backends.redis_url,
        "REFERENCE_TOKENS": json.dumps(dict(backends.tenants)),
        "REFERENCE_LOG_FILE": str(log_file),
        "REFERENCE_OTLP_ENDPOINT": free_otlp_endpoint(),
        "REFERENCE_DEBUG": "1",
        **extra,
    }
    otlp_listen = urlsplit(environment["REFERENCE_OTLP_ENDPOINT"]).netloc

    # On each answer: a stranger who took the port meanwhile must not pass for the application.
    instance = secrets.token_hex(8)

    async def attempt(port: int) -> WebServer:
        # -P: a folder named perfcheck where the user happens to stand must not be served.
        command = [sys.executable, "-P", "-m", "uvicorn", "--factory", FACTORY]
        command += ["--host", "127.0.0.1", "--port", str(port), "--loop", "auto"]
        command += ["--header", f"{_INSTANCE}:{instance}"]
        # Only what goes wrong before the application's own log takes over.
        command += ["--log-level", "warning", "--timeout-graceful-shutdown", "2"]
        log = home / "uvicorn.log"
        launch = Launch("the API", command, log, environment, secrets=backends.secrets)
        child = await site.children.start(launch)
        url = f"http://127.0.0.1:{port}"
        await child.wait_ready(lambda: _is_healthy(url, instance), _READY_DEADLINE_S)
        return WebServer(child, url, log_file, otlp_listen)

    return await on_free_port(attempt)


def inherited_environment() -> dict[str, str]:
    """Return this process's environment for a Python child.

    Without libpq's variables, which would configure connections; and with the folder of this
    very package first, so that the child runs the same code.
    """
    environment = {key: text for key, text in os.environ.items() if not key.startswith("PG")}
    package = Path(__file__).resolve().parents[2]
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**environment, "PYTHONPATH": os.pathsep.join(paths)}


def free_otlp_endpoint() -> str:
    """Choose where somebody may listen to traces later.

    Below the ports that systems give to outgoing connections, so that none takes it meanwhile.

    Raises:
        ReferenceServiceError: every port is taken.
    """
    candidates = list(_LISTENER_PORTS)
    secrets.SystemRandom().shuffle(candidates)
    for port in candidates:
        with socket.socket() as candidate, contextlib.suppress(OSError):
            candidate.bind(("127.0.0.1", port))
            return f"http://127.0.0.1:{port}"
    raise ReferenceServiceError("no port is free for a listener to traces")


async def _is_healthy(url: str, instance: str) -> bool | None:
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=_ANSWER_TIMEOUT_S) as client:
            answer = await client.get(f"{url}/health")
    except httpx.HTTPError:
        return None
    is_ours = answer.headers.get(_INSTANCE) == instance
    return True if is_ours and answer.status_code == httpx.codes.OK else None
