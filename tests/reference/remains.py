"""What a reference service could leave behind, found in /proc; and a wait with a deadline."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from perfcheck.reference.messages import Running

DEADLINE_S = 60.0
_SHARED_MEMORY = "/dev/shm/"  # noqa: S108 - only looked at


def wait_for(holds: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def processes_of(folder: Path) -> list[int]:
    """Find the living processes that know the folder: by environment, arguments or place."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            known = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            known += os.fsencode((entry / "cwd").readlink())
        except OSError:
            continue  # it ended meanwhile; a zombie has no working directory
        if os.fsencode(folder) in known:
            found.append(int(entry.name))
    return found


def segments() -> set[int]:
    """Return the ids of the machine's System V segments of shared memory."""
    lines = Path("/proc/sysvipc/shm").read_text(encoding="ascii").splitlines()[1:]
    return {int(line.split()[1]) for line in lines}


@dataclass(frozen=True)
class Traces:
    """What one service holds while it runs."""

    folder: Path
    processes: frozenset[int]
    segment: int  # PostgreSQL's, which tells a second server on the same cluster
    posix_memory: tuple[str, ...]  # files in /dev/shm

    @classmethod
    def of(cls, service: Running) -> "Traces":
        lock_file = service.folder / "postgres" / "cluster" / "postmaster.pid"
        processes = frozenset({*service.pids.values(), *processes_of(service.folder)})
        return cls(
            folder=service.folder,
            processes=processes,
            segment=int(lock_file.read_text(encoding="utf-8").splitlines()[6].split()[1]),
            posix_memory=tuple(name for pid in processes for name in _mapped_shared_memory(pid)),
        )

    def assert_was_there(self) -> None:
        assert self.folder.is_dir()
        assert self.segment in segments()
        assert {pid for pid in self.processes if _is_alive(pid)}

    def assert_gone(self) -> None:
        assert not self.folder.exists()
        assert not [pid for pid in self.processes if _is_alive(pid)]
        assert not processes_of(self.folder)
        assert self.segment not in segments()
        assert not [name for name in self.posix_memory if Path(name).exists()]


def _is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _mapped_shared_memory(pid: int) -> list[str]:
    try:
        lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []  # it ended meanwhile
    mapped = {line.split(maxsplit=5)[-1] for line in lines}
    return [name for name in mapped if name.startswith(_SHARED_MEMORY)]
