"""Runs the reference service for as long as a `with` block lasts."""

import asyncio
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future, InvalidStateError
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.folder import remove
from perfcheck.reference.messages import App, AppOrder, Order, Running
from perfcheck.reference.orphans import release_shared_memory
from perfcheck.reference.webserver import inherited_environment

__all__ = ["ReferenceServiceError", "Running", "Service", "running", "serving"]

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
    order = Order(os.getpid(), scale, app, dict(app_environment))
    with serving(order, announce or (lambda _: None)) as service:
        yield service.running


class Service:
    """A running service that can be given further instances of its application."""

    def __init__(self, running: Running, keeper: "_Keeper") -> None:
        self.running = running
        self._keeper = keeper

    @contextlib.asynccontextmanager
    async def app(self, order: AppOrder) -> AsyncIterator[App]:
        """Start a further instance of the application for a block.

        Raises:
            ReferenceServiceError: it did not start, or did not stop in time.
        """
        try:
            yield await asyncio.wrap_future(self._keeper.send(order))
        finally:
            stopped = asyncio.wrap_future(self._keeper.send(replace(order, do="stop")))
            try:
                await asyncio.wait_for(stopped, _STOP_DEADLINE_S)
            except TimeoutError:
                raise ReferenceServiceError(f"the instance {order.name} did not stop") from None


@contextlib.contextmanager
def serving(order: Order, announce: Callable[[str], None]) -> Iterator[Service]:
    """Start the reference service as `running` does, and yield what starts further instances."""
    keeper = _Keeper(announce)
    try:
        keeper.start(order)
        yield Service(keeper.wait_ready(), keeper)
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
        self._orders: dict[str, Future[App]] = {}  # by the name of the instance
        self._process: subprocess.Popen[str] | None = None
        self._ended: str | None = None  # why nothing more will be said

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
        self._write(order.to_line())

    def send(self, order: AppOrder) -> Future[App]:
        """Start or stop an instance; the future's result is known when that is done."""
        done: Future[App] = Future()
        self._orders[order.name] = done
        self._write(order.to_line())
        if self._ended is not None:
            self._settle(order.name, ReferenceServiceError(self._ended))
        return done

    def _write(self, line: str) -> None:
        """Write to the keeper; one that is gone is noticed by what it says no more."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.write(line)
                self._process.stdin.flush()

    def _settle(self, name: str, outcome: App | ReferenceServiceError) -> None:
        done = self._orders.pop(name, None)
        # Who waited may have been cancelled meanwhile.
        with contextlib.suppress(InvalidStateError):
            if done is not None and isinstance(outcome, App):
                done.set_result(outcome)
            elif done is not None and isinstance(outcome, ReferenceServiceError):
                done.set_exception(outcome)

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
        self._ended = f"the keeper of the reference service ended early: {said}"
        self._outcome.put(self._ended)
        for name in list(self._orders):
            self._settle(name, ReferenceServiceError(self._ended))

    def _receive_app(self, event: dict[str, Any]) -> None:  # Any: JSON
        match event:
            case {"event": "app", "app": dict(sent)}:
                self._settle(sent["name"], App(**sent))
            case {"event": "app_failed", "name": str(name), "message": str(message)}:
                self._settle(name, ReferenceServiceError(message))
            case _:
                self._settle(event["name"], App(event["name"], {}))

    def _receive(self, event: dict[str, Any]) -> None:  # Any: JSON
        match event:
            case {"event": "folder", "path": str(path)}:
                self._folder = Path(path)
            case {"event": "progress", "text": str(text)}:
                self._announce(text)
            case {"event": "ready", "running": dict(sent)}:
                self._outcome.put(Running.from_json(sent))
            case {"event": "app" | "app_stopped" | "app_failed"}:
                self._receive_app(event)
            case {"event": "failed", "message": str(message)}:
                self._outcome.put(message)
            case {"event": "died", "message": str(message)}:
                self.obituaries.append(message)
                self._announce(message)
            case _:
                self._noise.append(str(event))
