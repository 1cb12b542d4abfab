"""Makes sure that nothing outlives the keeper: no grandchild (on Linux) and no shared memory."""

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_IPC_RMID = 0  # sys/ipc.h


def adopt_orphans() -> None:
    """Become the parent of each descendant whose own parent dies: initdb's or PostgreSQL's."""
    if sys.platform == "linux":
        # Without the C library's prctl (none is known) only a killed initdb could leave a child.
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans(deadline_s: float) -> None:
    """Kill the children that are left, and wait until there is none."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.01)


def _children() -> list[int]:
    found: list[int] = []
    for listing in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(pid) for pid in listing.read_text(encoding="ascii").split()]
    return found


def release_shared_memory(folder: Path) -> None:
    """Remove the small System V segment of a PostgreSQL that was killed before it could.

    A running server's segment is only marked, and goes with the server.
    """
    try:
        lines = (folder / "postgres" / "cluster" / "postmaster.pid").read_text().splitlines()
        identifier = int(lines[6].split()[1])  # "key id": the seventh line of the lock file
    except (OSError, ValueError, IndexError):
        return  # a clean shutdown removes the file together with the segment
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).shmctl(identifier, _IPC_RMID, None)
