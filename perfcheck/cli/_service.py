"""Start the reference service for a command, and say what happens."""

import contextlib
import importlib.util
import shlex
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from perfcheck.errors import UsageError

if TYPE_CHECKING:
    from perfcheck.reference.service import Running

_NEEDS = ("uvicorn", "starlette", "psycopg_pool", "prometheus_client", "structlog")


@contextlib.contextmanager
def reference_service(scale: float) -> Iterator["Running"]:
    """Run the reference service for a block. Raises UsageError where it cannot start."""
    missing = [name for name in _NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"the reference service needs {', '.join(missing)}: "
            "install it with pip install 'perfcheck[reference]'"
        )
    from perfcheck.reference.service import ReferenceServiceError, running

    try:
        with running(scale=scale, announce=say) as service:
            yield service
    except ReferenceServiceError as error:
        raise UsageError(str(error)) from error


def say(text: str) -> None:
    """Print a line about the progress, apart from the report."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def exports(environment: Mapping[str, str]) -> str:
    """Return the environment as lines that a shell can read."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())


def wait_for_interrupt() -> None:
    """Wait until Ctrl-C; that is how it is meant to end."""
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
