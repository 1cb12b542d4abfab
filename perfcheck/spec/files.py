"""Read a spec's files: the root and what it includes, in order."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from perfcheck.errors import Problem, UsageError
from perfcheck.spec.yaml12 import Document, Route, read_document

MAX_FILE_BYTES = 10 * 1024 * 1024
ROOT_NAME = "perfcheck.yaml"


@dataclass
class Files:
    """The documents of a spec, the root first, and a digest of all that was read."""

    root: Path
    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sha256: str = ""


def find_root(path: Path | None) -> Path:
    """Return the root file of a spec.

    Without a path: `perfcheck.yaml` here, then `specs/perfcheck.yaml`, then the only
    `specs/*/perfcheck.yaml`. Raises UsageError where there is none, or several.
    """
    if path is not None:
        return _given(path)
    for candidate in (Path(ROOT_NAME), Path("specs") / ROOT_NAME):
        if candidate.is_file():
            return candidate
    inside = sorted(Path("specs").glob(f"*/{ROOT_NAME}"))
    if len(inside) == 1:
        return inside[0]
    if inside:
        names = ", ".join(str(found.parent) for found in inside)
        raise UsageError(f"several specs are here: name one of {names}")
    raise UsageError(f"no spec is here: neither {ROOT_NAME} nor specs/; name its file or folder")


def _given(path: Path) -> Path:
    root = path / ROOT_NAME if path.is_dir() else path
    if not root.exists():
        what = f"the folder {path} has no {ROOT_NAME}" if path.is_dir() else f"no such file: {path}"
        raise UsageError(what)
    return root


def read_files(root: Path) -> Files:
    """Read the root and everything it includes; each mistake is kept with its place."""
    files = Files(root)
    digest = hashlib.sha256()
    _read(files, root, (), digest)
    files.sha256 = digest.hexdigest()
    return files


def shown(path: Path) -> str:
    """Return a path as a person in this folder would write it."""
    relative = os.path.relpath(path)
    return str(path.absolute()) if relative.startswith("..") else relative


def _read(files: Files, path: Path, chain: tuple[Path, ...], digest: "hashlib._Hash") -> None:
    document = _document(path, digest)
    files.documents.append(document)
    chain = (*chain, path.resolve())
    includes = document.content.get("include") if isinstance(document.content, dict) else None
    for i, name in enumerate(includes if isinstance(includes, list) else ()):
        if not isinstance(name, str):
            continue  # the head's model says so, with its place
        _include(files, path.parent / name, (document, ("include", i)), chain, digest)


def _include(
    files: Files,
    path: Path,
    place: tuple[Document, Route],
    chain: tuple[Path, ...],
    digest: "hashlib._Hash",
) -> None:
    document, route = place
    spot = document.spot_of(route)
    if path.resolve() in chain:
        document.blame(spot, f"includes itself, through {path.name}")
    elif any(known.file == shown(path) for known in files.documents):
        document.blame(spot, f"{path.name} is included twice")
    elif not path.is_file():
        document.blame(spot, f"no such file: {path.name}")
    else:
        _read(files, path, chain, digest)


def _document(path: Path, digest: "hashlib._Hash") -> Document:
    refused = Document(shown(path))
    try:
        if not path.is_file():
            refused.blame((1, 1), "not a regular file")
            return refused
        size_bytes = path.stat().st_size
        if size_bytes > MAX_FILE_BYTES:
            refused.blame((1, 1), f"{size_bytes / 2**20:.1f} MiB; a spec's file may have 10 MiB")
            return refused
        content = path.read_bytes()
    except OSError as error:
        refused.blame((1, 1), f"cannot be read: {error.strerror}")
        return refused
    digest.update(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        refused.blame((before.count(b"\n") + 1, column), "not UTF-8")
        return refused
    return read_document(text, shown(path))
