"""Write the worker's events as JSON lines."""

import logging
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import structlog


class WorkerLog:
    """The log of one worker; addresses, payloads and the texts of drivers stay out of it."""

    def __init__(self, path: str = "") -> None:
        self._file = _open(path) if path else None
        self._logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
            _Lines(self._file or sys.stderr),
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.EventRenamer("message"),
                structlog.processors.JSONRenderer(),
            ],
        )

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def record_run(self, task: str, subject: str, *, succeeded: bool, detail: str) -> None:
        """Log one run of maintenance."""
        write = self._logger.info if succeeded else self._logger.error
        write("maintenance", task=task, subject=subject, succeeded=succeeded, detail=detail)

    def record_delivery(self, delivery_id: str, tenant_id: str, *, status: str, error: str) -> None:
        """Log one attempt to deliver a webhook."""
        write = self._logger.error if status == "dead" else self._logger.info
        write("webhook", delivery_id=delivery_id, tenant_id=tenant_id, status=status, error=error)

    def record_lost_database(self, loop: str, error: Exception) -> None:
        """Log that a connection broke; it is made anew."""
        self._logger.warning("database lost", loop=loop, error=type(error).__name__)


def _open(path: str) -> TextIO:
    # Without a context manager: the log is open for as long as the worker lives.
    return Path(path).open("a", encoding="utf-8")


class _Lines:
    """Writes lines; a full disk costs lines of the log, never a delivery."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(line + "\n")
            self._stream.flush()

    info = warning = error = msg
