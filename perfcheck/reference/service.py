"""Runs the reference service for as long as a `with` block lasts."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.folder import remove
from perfcheck.reference.messages import Order, Running
from perfcheck.reference.orphans import release_shared_memory
from perfcheck.reference.webserver import inherited_environment

__all__ = ["ReferenceServiceError", "Running", "running"]

_START_DEADLINE_S = 900.0
_STOP_DEADLINE_S = 40.0
_NOTHING: Mapping[str, str] = MappingProxyType({})


@contextlib.contextmanager
def running(
    *,
    scale: float = 1.0,
    app: bool = True,
    announce: Callable[[str], None] | None = None,
    app_environment: Mapping[str, str] = _NOTHING,
) -> Iterator[Running]:
    """Start the reference service, and take it away at the end of the block.

    However the block or this process ends, no process and no file is left behind. If a server
    dies by itself during the block, `announce` is told, and an exception that leaves the block
    gets a note.

    Args:
        scale: how many rows, relative to 100,000 jobs and 300,000 executions.
        app: False starts the servers and the database only.
        announce: gets short lines that tell the progress; called from a second thread too.
        app_environment: further variables for the application, such as a fault to show.

    Raises:
        ReferenceServiceError: a program is missing, or something did not start.
    """
    keeper = _Keeper(announce or (lambda _: None))
    try:
        keeper.start(Order(os.getpid(), scale, app, dict(app_environment)))
        yield keeper.wait_ready()
    except BaseException as error:
        for obituary in keeper.obituaries:
            error.add_note(obituary)
        raise
    finally:
        keeper.stop()


class _Keeper:
    """The parent's side of the keeper: its process, and what it says."""

    def __init__(self, announce: Callable[[str], None]) -> None:
        self.obituaries: list[str] = []
        self._announce = announce
        self._folder: Path | None = None
        self._noise: deque[str] = deque(maxlen=20)  # what is no event: a traceback
        self._outcome: queue.SimpleQueue[Running | str] = queue.SimpleQueue()
        self._process: subprocess.Popen[str] | None = None

    def start(self, order: Order) -> None:
        """Start the keeper; an interrupt in here closes its input, which ends it."""
        # -P: a folder named perfcheck where the user happens to stand must not be run.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "perfcheck.reference.keeper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=inherited_environment(),
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, args=[self._process.stdout], daemon=True).start()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.write(order.to_line())
                self._process.stdin.flush()

    def wait_ready(self) -> Running:
        """Wait until the service is ready.

        Raises:
            ReferenceServiceError: it could not start, or not in time.
        """
        try:
            outcome = self._outcome.get(timeout=_START_DEADLINE_S)
        except queue.Empty:
            message = f"the reference service was not ready after {_START_DEADLINE_S:.0f} s"
            raise ReferenceServiceError(message) from None
        if isinstance(outcome, str):
            raise ReferenceServiceError(outcome)
        return outcome

    def stop(self) -> None:
        """End the keeper's input, which ends everything; tidy up after a killed keeper."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            status = self._process.wait(_STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            status = -signal.SIGKILL
        if status < 0:
            # Its children are in its process group, which keeps the number from being reused.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            if self._folder is not None:
                release_shared_memory(self._folder)
                remove(self._folder)

    def _listen(self, lines: IO[str]) -> None:
        with lines:
            for line in lines:
                try:
                    event = json.loads(line)
                except ValueError:
                    self._noise.append(line)
                else:
                    self._receive(event)
        said = "".join(self._noise) or "it said nothing"
        self._outcome.put(f"the keeper of the reference service ended early: {said}")

    def _receive(self, event: dict[str, Any]) -> None:  # Any: JSON
        match event:
            case {"event": "folder", "path": str(path)}:
                self._folder = Path(path)
            case {"event": "progress", "text": str(text)}:
                self._announce(text)
            case {"event": "ready", "running": dict(sent)}:
                self._outcome.put(Running.from_json(sent))
            case {"event": "failed", "message": str(message)}:
                self._outcome.put(message)
            case {"event": "died", "message": str(message)}:
                self.obituaries.append(message)
                self._announce(message)
            case _:
                self._noise.append(str(event))
