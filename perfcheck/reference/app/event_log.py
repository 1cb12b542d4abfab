"""Write the service's events as JSON lines."""

import logging
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import structlog
from typing_extensions import override

from perfcheck.reference.app.observation import Observation


class EventLog:
    """The log of one app: a JSON object a line, with trace_id and tenant_id.

    Only what the service itself knows is written: no path, query, header or body of a client.
    """

    def __init__(self, path: str) -> None:
        self._file = _open(path) if path else None
        self._drivers = _DriverHandler(self)
        self._logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
            _LineWriter(self._file or sys.stderr),
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.EventRenamer("message"),
                structlog.processors.JSONRenderer(),
            ],
        )

    def open(self) -> None:
        """Take over the database driver's warnings, which would go to stderr as plain text."""
        logging.getLogger("psycopg").addHandler(self._drivers)

    def close(self) -> None:
        """Give the driver's warnings back and close the file."""
        logging.getLogger("psycopg").removeHandler(self._drivers)
        if self._file is not None:
            self._file.close()

    def observe_request(self, observation: Observation) -> None:
        """Log one answered request."""
        write = self._logger.error if observation.status >= 500 else self._logger.info
        write(
            "request",
            method=observation.method,
            route=observation.route,
            status=observation.status,
            duration_ms=round(observation.duration_s * 1000, 3),
        )

    def record_bug(self, error: Exception) -> None:
        """Log an unexpected error: its class and place, not its text, which may hold anything."""
        self._logger.error("unexpected error", error=type(error).__name__, place=_place(error))

    def record_driver_warning(self, logger_name: str) -> None:
        """Log that a driver had something to say; its text may hold addresses and users."""
        self._logger.warning("driver warning", driver=logger_name)


def _open(path: str) -> TextIO:
    # Without a context manager: the log is open for as long as the app lives.
    return Path(path).open("a", encoding="utf-8")


class _LineWriter:
    """Writes lines; a full disk costs lines of the log, never an answer."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(line + "\n")
            self._stream.flush()

    info = warning = error = msg


class _DriverHandler(logging.Handler):
    def __init__(self, log: EventLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._log.record_driver_warning(record.name)


def _place(error: Exception) -> str:
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return "unknown"
    return f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}"
