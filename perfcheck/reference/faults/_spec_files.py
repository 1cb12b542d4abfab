"""Change the files that ship with the spec of the reference service."""

from collections.abc import Mapping

from perfcheck.data import bundled


def edited(path: str, old: str, new: str) -> Mapping[str, str]:
    """Return the file's path and its text with one passage replaced, as Fault.files wants it.

    Raises ValueError unless the file has the passage exactly once.
    """
    text = bundled("specs", "reconciliation", *path.split("/")).read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{path} has the passage {text.count(old)} times, not once: {old}")
    return {path: text.replace(old, new)}
