"""The temporary folder that holds everything of one running service, and who may enter it."""

import os
import pwd
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from perfcheck.reference.binaries import Program
from perfcheck.reference.errors import ReferenceServiceError

PREFIX = "perfcheck-reference-"
_USUAL_BASES = ("/tmp", "/var/tmp")  # noqa: S108 - only mkdtemp writes there
_REMOVAL_DEADLINE_S = 10.0


@dataclass(frozen=True)
class Account:
    """An unprivileged user of this machine; PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int


def unprivileged_account() -> Account | None:
    """Choose the user that the servers run as: None means the current one.

    Raises:
        ReferenceServiceError: this is root, and the machine has no unprivileged user.
    """
    if os.geteuid() != 0:
        return None
    # initdb looks the user up by its number, so it must exist.
    for name in ("nobody", "postgres", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    message = (
        "PostgreSQL refuses to run as root, and none of the users nobody, postgres, daemon exists"
    )
    raise ReferenceServiceError(message)


def make_folder(account: Account | None) -> Path:
    """Make the temporary folder where the servers' account can reach it.

    A TMPDIR that cannot be written is an error: who names a place does not want another one.

    Raises:
        ReferenceServiceError: no folder for temporary files will do; says why.
    """
    named = os.environ.get("TMPDIR")
    refusals: list[str] = []
    for base in filter(None, dict.fromkeys((named, *_USUAL_BASES))):
        try:
            if is_reachable([Path(base)], account):
                return _make_within(Path(base), account)
            refusals.append(f"{base}: the servers' user may not enter it")
        except OSError as error:
            refusals.append(f"{base}: {error.strerror}")
            if base == named:
                break
    message = f"no temporary folder could be made ({'; '.join(refusals)}); set TMPDIR to a place"
    raise ReferenceServiceError(f"{message} that can be written")


def _make_within(base: Path, account: Account | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base.resolve()))
    if account is not None:
        folder.chmod(0o711)  # enter, but not list: what is inside has its own mode
    return folder


def make_private(folder: Path, account: Account | None) -> Path:
    """Make a folder that only the servers' account and root can read."""
    folder.mkdir(mode=0o700)
    give(folder, account)
    return folder


def write_private(path: Path, text: str, account: Account | None) -> Path:
    """Write a file that only the servers' account and root can read.

    Raises:
        ReferenceServiceError: it could not be written, for example because the disk is full.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ReferenceServiceError(f"{path} could not be written: {error.strerror}") from error
    give(path, account)
    return path


def give(path: Path, account: Account | None) -> None:
    """Make the servers' account the owner."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def placed(program: Program, folder: Path, account: Account | None) -> Program:
    """Return the program as the account can run it: copied into the folder if need be.

    Raises:
        ReferenceServiceError: it could not be copied.
    """
    tree = [program.folder, *program.folder.iterdir()]
    for part in program.parts:
        top = program.root / part
        tree += [top, *top.iterdir()]
    if is_reachable(tree, account) or not program.parts:
        return program
    try:
        # For example a virtual environment below /root.
        return program.copied_to(folder / "programs")
    except shutil.Error as error:
        *_, reason = error.args[0][0]  # of the first file that failed
        raise ReferenceServiceError(f"the servers were not copied: {reason}") from error


def is_reachable(paths: Iterable[Path], account: Account | None) -> bool:
    """Answer whether an account may read all these files and enter all the folders above."""
    if account is None:
        return True
    folders = {parent for path in paths for parent in path.resolve().parents}
    return all(_may(account, path, "x") for path in folders) and all(
        _may(account, path, "x" if path.is_dir() else "r") for path in paths
    )


def _may(account: Account, path: Path, what: str) -> bool:
    found = path.stat()
    bits = {"r": (stat.S_IRUSR, stat.S_IRGRP, stat.S_IROTH)}.get(
        what, (stat.S_IXUSR, stat.S_IXGRP, stat.S_IXOTH)
    )
    if found.st_uid == account.uid:
        return bool(found.st_mode & bits[0])
    if found.st_gid == account.gid:
        return bool(found.st_mode & bits[1])
    return bool(found.st_mode & bits[2])


def remove(folder: Path) -> None:
    """Remove a folder, also while a dying process still writes its last file into it."""
    deadline = time.monotonic() + _REMOVAL_DEADLINE_S
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists() or time.monotonic() > deadline:
            return
        time.sleep(0.02)
