"""Start the reference service for a command, and say what happens."""

import contextlib
import importlib.util
import os
import shlex
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from perfcheck.errors import UsageError

if TYPE_CHECKING:
    from perfcheck.reference.service import Running, Service

_NEEDS = ("uvicorn", "starlette", "psycopg_pool", "prometheus_client", "structlog")


@contextlib.contextmanager
def reference_service(
    scale: float, app_environment: Mapping[str, str] | None = None
) -> Iterator["Running"]:
    """Run the reference service for a block. Raises UsageError where it cannot start.

    `app_environment` holds further variables for the application, such as a fault to show.
    """
    _check_installed()
    from perfcheck.reference.service import ReferenceServiceError, running

    try:
        with running(scale=scale, announce=say, app_environment=app_environment or {}) as service:
            yield service
    except ReferenceServiceError as error:
        raise UsageError(str(error)) from error


@contextlib.contextmanager
def reference_servers(scale: float) -> Iterator["Service"]:
    """Run the servers only, for a block that starts applications by itself.

    Raises UsageError where they cannot start.
    """
    _check_installed()
    from perfcheck.reference.messages import Order
    from perfcheck.reference.service import ReferenceServiceError, serving

    try:
        with serving(Order(os.getpid(), scale, app=False, app_environment={}), say) as service:
            yield service
    except ReferenceServiceError as error:
        raise UsageError(str(error)) from error


def _check_installed() -> None:
    missing = [name for name in _NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"the reference service needs {', '.join(missing)}: "
            "install it with pip install 'perfcheck[reference]'"
        )


def say(text: str) -> None:
    """Print a line about the progress, apart from the report."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def serve_until_interrupt(environment: Mapping[str, str]) -> None:
    """Print the environment as lines that a shell can read; then wait for Ctrl-C, the end.

    Whoever has read those lines may interrupt: nothing is left that it would cut off.
    """
    lines = (f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write("".join(lines))
        sys.stdout.flush()
        threading.Event().wait()
