"""Bring what libraries log into the service's own log."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from typing_extensions import override

from perfcheck.reference.app.redaction import Redactor

_ACCESS_LOGGER = "uvicorn.access"
# A driver's text may hold addresses and users.
_DRIVERS = ("psycopg", "redis")
# Silent while the collector is away: with each batch it would say so again.
_EXPORTERS = ("opentelemetry", "urllib3")


class LibraryHandler(logging.Handler):
    """Logs a library's record as an event; of an error its class and place, not its text."""

    def __init__(
        self, logger: structlog.typing.FilteringBoundLogger, *, level: int = logging.NOTSET
    ) -> None:
        super().__init__(level)
        self._logger = logger

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Write the record."""
        root = record.name.partition(".")[0]
        if root in _EXPORTERS:
            return
        if root in _DRIVERS:
            self._logger.warning("driver warning", driver=record.name)
        elif record.name == _ACCESS_LOGGER:
            method, path, status = _access(record)
            self._logger.info("access", method=method, path=path, status=status)
        else:
            message = record.getMessage().strip()
            self._logger.log(record.levelno, message, logger=record.name, **_error_of(record))


class PlainAccessHandler(logging.Handler):
    """Writes a request as text instead of JSON."""

    def __init__(self, write: Callable[[str], None], redactor: Redactor) -> None:
        super().__init__()
        self._write = write
        self._redactor = redactor

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Write the record."""
        method, path, status = _access(record)
        self._write(self._redactor.text(f'"{method} {path}" {status}'))


@contextmanager
def replaced(logger: logging.Logger, *handlers: logging.Handler) -> Iterator[None]:
    """Let a logger write to these handlers instead of its own, from INFO on."""
    before, level, propagates = logger.handlers, logger.level, logger.propagate
    logger.handlers, logger.propagate = list(handlers), False
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.handlers, logger.propagate = before, propagates
        logger.setLevel(level)


@contextmanager
def added(logger: logging.Logger, handler: logging.Handler) -> Iterator[None]:
    """Let a logger write to this handler too."""
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def place_of(error: BaseException) -> str:
    """Return the file and line where the error was raised."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return "unknown"
    return f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}"


def _access(record: logging.LogRecord) -> tuple[str, str, int]:
    """Read the arguments of uvicorn's record; the client's address stays out."""
    match record.args:
        case (_, str(method), str(path), _, int(status)):
            return method, path, int(status)
        case _:
            return "other", record.getMessage(), 0


def _error_of(record: logging.LogRecord) -> dict[str, str]:
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return {}
    return {"error": type(error).__name__, "place": place_of(error)}
