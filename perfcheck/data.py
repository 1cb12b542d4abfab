"""Finds the files that ship with perfcheck beside its code: SQL and specs."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def bundled(*parts: str) -> Path:
    """Return the path of a shipped file or folder.

    Args:
        parts: its path below the repository's root, such as "sql", "reference", "seed.sql".

    Raises:
        FileNotFoundError: neither the installed package nor a checkout has it.
    """
    # A wheel carries sql/ and specs/ in perfcheck/_data; a checkout has them beside perfcheck/.
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    message = f"{'/'.join(parts)} is missing from this installation of perfcheck"
    raise FileNotFoundError(message)
