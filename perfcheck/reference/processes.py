"""Child processes of the keeper: started with a log, watched, and stopped for certain."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from perfcheck.reference.errors import PortTakenError, ReferenceServiceError
from perfcheck.reference.folder import Account

T = TypeVar("T")

_TAIL_LINES = 15
_POLL_S = 0.02


@dataclass(frozen=True)
class Launch:
    """How a child is started; what it prints goes to `log`; `secrets` are kept out of messages."""

    name: str
    command: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str]
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    secrets: Sequence[str] = ()


@dataclass(frozen=True)
class Child:
    """A started process."""

    launch: Launch
    process: asyncio.subprocess.Process

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self.process.pid

    def obituary(self) -> str:
        """Say that the process ended by itself, how, and with which last words."""
        status = self.process.returncode
        how = f"status {status}" if status is None or status >= 0 else f"signal {-status}"
        return f"{self.launch.name} ended by itself ({how}); its log ends with:\n{self.log_tail()}"

    def log_tail(self) -> str:
        """Return the last lines of the log, without secrets."""
        try:
            lines = self.launch.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        text = "\n".join(lines[-_TAIL_LINES:]) or "(nothing)"
        for secret in self.launch.secrets:
            text = text.replace(secret, "***")
        return text

    async def wait_ready(self, probe: Callable[[], Awaitable[T | None]], deadline_s: float) -> T:
        """Ask a probe again and again until it answers.

        Raises:
            PortTakenError: the process ended because its port was taken.
            ReferenceServiceError: the process ended, or did not answer in time.
        """
        end = time.monotonic() + deadline_s
        while time.monotonic() < end:
            answer = await probe()
            if answer is not None and self.process.returncode is None:
                return answer
            if self.process.returncode is not None:
                taken = "address already in use" in self.log_tail().lower()
                raise (PortTakenError if taken else ReferenceServiceError)(self.obituary())
            await asyncio.sleep(_POLL_S)
        message = f"{self.launch.name} was not ready after {deadline_s:.0f} s:\n{self.log_tail()}"
        raise ReferenceServiceError(message)

    async def stop(self, grace_s: float) -> None:
        """Stop the process: ask it, wait for `grace_s` seconds, then kill it."""
        for number in (self.launch.stop_signal, signal.SIGKILL):
            if self.process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), grace_s)


class Children:
    """All processes that were started: none is forgotten, whatever interrupts the start."""

    def __init__(self, report_death: Callable[[str], None]) -> None:
        self._report_death = report_death
        self._started: list[Child] = []
        self._watches: dict[int, asyncio.Task[None]] = {}  # by process id

    async def start(self, launch: Launch) -> Child:
        """Start a process in the folder of its log.

        Raises:
            ReferenceServiceError: the program could not be run.
        """
        owner: dict[str, Any] = {}  # Any: user and group are numbers, extra_groups is a list
        if launch.account is not None:
            owner = {"user": launch.account.uid, "group": launch.account.gid, "extra_groups": []}
        with launch.log.open("ab") as log:
            try:
                process = await asyncio.create_subprocess_exec(
                    *launch.command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=asyncio.subprocess.STDOUT,
                    cwd=launch.log.parent,
                    env=launch.environment,
                    **owner,
                )
            except OSError as error:
                message = f"{launch.name} could not be run: {error.strerror}: {launch.command[0]}"
                raise ReferenceServiceError(message) from error
        child = Child(launch, process)
        self._started.append(child)
        return child

    def watch(self, child: Child) -> None:
        """Report the child's death if it dies before `stop` is called."""
        self._watches[child.pid] = asyncio.create_task(self._mourn(child))

    async def dismiss(self, child: Child, grace_s: float) -> None:
        """Stop one, whose death is then nothing to report."""
        watch = self._watches.pop(child.pid, None)
        if watch is not None:
            watch.cancel()
        await child.stop(grace_s)
        self._started.remove(child)

    async def stop(self, grace_s: float) -> None:
        """Stop all, the last started first: the application before its servers."""
        for watch in self._watches.values():
            watch.cancel()
        for child in reversed(self._started):
            await child.stop(grace_s)

    async def _mourn(self, child: Child) -> None:
        await child.process.wait()
        self._report_death(child.obituary())


@dataclass(frozen=True)
class Site:
    """Where servers are started: in which folder, as whom, and who remembers them."""

    folder: Path
    account: Account | None
    children: Children


async def on_free_port(attempt: Callable[[int], Awaitable[T]]) -> T:
    """Start something on a free port of 127.0.0.1; choose another when it is taken meanwhile."""
    for _ in range(4):
        with contextlib.suppress(PortTakenError), _reserved_port() as port:
            return await attempt(port)
    with _reserved_port() as port:
        return await attempt(port)


@contextlib.contextmanager
def _reserved_port() -> Iterator[int]:
    """Hold a free port for a block: the system gives it to nobody else who asks for any port.

    Servers bind to it all the same: they set SO_REUSEADDR, and nobody listens here. Only Linux
    reads the option so; elsewhere the port is just found free.
    """
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port: int = holder.getsockname()[1]
        if sys.platform != "linux":
            holder.close()
        yield port


def server_environment(folder: Path) -> dict[str, str]:
    """Return the environment for a server: nothing of the caller's may configure it."""
    return {"PATH": os.defpath, "HOME": str(folder), "LC_ALL": "C", "TZ": "UTC"}
