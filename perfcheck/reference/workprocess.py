"""The worker of the reference service in its own process, beside the application."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from perfcheck.reference.processes import Child, Launch, Site, on_free_port
from perfcheck.reference.webserver import inherited_environment

_READY_DEADLINE_S = 60.0
_ANSWER_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class WorkProcess:
    """A running worker; `receiver_url` takes the webhooks of the demo."""

    child: Child
    receiver_url: str
    log_file: Path


async def start_worker(
    site: Site, db_dsn: str, secrets: tuple[str, ...], shared: Mapping[str, str]
) -> WorkProcess:
    """Start one worker, with its receiver of webhooks on a free port.

    Args:
        site: where it makes `worker/` with the logs.
        db_dsn: the service's database, as its owner.
        secrets: what must not be told when it fails.
        shared: environment variables that the application gets, too: of its traces, for one.

    Raises:
        ReferenceServiceError: it did not start; holds the end of its log.
    """
    home = site.folder / "worker"
    home.mkdir(mode=0o700)
    log_file = home / "worker.jsonl"
    environment = {
        **inherited_environment(),
        **shared,
        "REFERENCE_DB_DSN": db_dsn,
        "REFERENCE_LOG_FILE": str(log_file),
    }

    async def attempt(port: int) -> WorkProcess:
        launch = Launch(
            "the worker",
            [sys.executable, "-P", "-m", "perfcheck.reference.worker"],
            home / "worker.log",
            {**environment, "REFERENCE_RECEIVER_PORT": str(port)},
            secrets=secrets,
        )
        child = await site.children.start(launch)
        url = f"http://127.0.0.1:{port}"
        await child.wait_ready(lambda: _is_listening(url), _READY_DEADLINE_S)
        return WorkProcess(child, f"{url}/webhooks", log_file)

    return await on_free_port(attempt)


async def _is_listening(url: str) -> bool | None:
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=_ANSWER_TIMEOUT_S) as client:
            answer = await client.get(f"{url}/health")
    except httpx.HTTPError:
        return None
    return True if answer.status_code == httpx.codes.OK else None
