"""Write the service's events as JSON lines: its own, and those of the libraries under it."""

import logging
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TextIO

import structlog

from perfcheck.reference.app.event_log_faults import LoggingSwitches, distortions
from perfcheck.reference.app.library_log import (
    LibraryHandler,
    PlainAccessHandler,
    added,
    place_of,
    replaced,
)
from perfcheck.reference.app.observation import Observation
from perfcheck.reference.app.redaction import KINDS, Redactor
from perfcheck.reference.app.sampling import is_sampled

Logger = structlog.typing.FilteringBoundLogger

_FIRST_FIELDS = ("timestamp", "level", "message", "trace_id", "tenant_id")
_ALWAYS_KEPT = frozenset({"error", "critical"})


class EventLog:
    """The log of one app: a JSON object a line, with trace_id and tenant_id.

    Errors are always written; of the rest, what belongs to a sampled trace or to none. Of a
    client's own text there is only the path and query of a request, without personal data.
    """

    def __init__(
        self, path: str, *, sample_ratio: float = 1.0, switches: LoggingSwitches | None = None
    ) -> None:
        self._switches = switches or LoggingSwitches()
        ratio = self._switches.sample_ratio
        self._sample_ratio = sample_ratio if ratio is None else ratio
        self._redactor = Redactor(set(KINDS) - set(self._switches.leaks))
        self._file = _open(path) if path else None
        self._logger = self._logger_to(self._file or sys.stderr)
        self._taken_over = ExitStack()

    def open(self) -> None:
        """Take over what libraries log, which would go to stderr as plain text."""
        take_over = self._taken_over.enter_context
        handler = LibraryHandler(self._logger)
        take_over(added(logging.getLogger(), handler))
        server: list[logging.Handler] = [handler]
        if self._file is not None:
            # Whoever started the server looks there for why it ends.
            server.append(LibraryHandler(self._logger_to(sys.stderr), level=logging.ERROR))
        take_over(replaced(logging.getLogger("uvicorn.error"), *server))
        take_over(replaced(logging.getLogger("uvicorn.access"), self._access_handler(handler)))

    def close(self) -> None:
        """Give the libraries their own logs back and close the file."""
        self._taken_over.close()
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
        self._logger.error("unexpected error", error=type(error).__name__, place=place_of(error))

    def _access_handler(self, handler: LibraryHandler) -> logging.Handler:
        if self._switches.plain_access_lines:
            return PlainAccessHandler(_LineWriter(self._file or sys.stderr).msg, self._redactor)
        return handler

    def _logger_to(self, stream: TextIO) -> Logger:
        logger: Logger = structlog.wrap_logger(
            _LineWriter(stream),
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            processors=[
                structlog.contextvars.merge_contextvars,
                self._sample,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.EventRenamer("message"),
                _add_missing_context,
                *distortions(self._switches),
                self._redact,
                structlog.processors.JSONRenderer(),
            ],
        )
        return logger

    def _sample(
        self, _logger: object, level: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        trace_id = event.get("trace_id")
        is_always_kept = level in _ALWAYS_KEPT and not self._switches.samples_errors
        if is_always_kept or trace_id is None or is_sampled(trace_id, self._sample_ratio):
            return event
        raise structlog.DropEvent

    def _redact(
        self, _logger: object, _level: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        return {self._redactor.text(key): self._redactor.value(event[key]) for key in event}


def _add_missing_context(
    _logger: object, _level: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    # Outside of a request there is none: the fields are there all the same.
    return {name: event.get(name) for name in _FIRST_FIELDS} | dict(event)


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

    debug = info = warning = error = critical = msg
