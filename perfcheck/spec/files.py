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

    In a folder: its `perfcheck.yaml`, else the only `*/perfcheck.yaml` below it. Without a
    path: here, then in `specs/`. Raises UsageError where there is none, or several.
    """
    if path is not None and not path.is_dir():
        if not path.exists():
            raise UsageError(f"no such file: {path}")
        return path
    folders = [path] if path is not None else [Path(), Path("specs")]
    for folder in folders:
        found = _in_folder(folder, deep=folder != Path())
        if found is not None:
            return found
    raise UsageError(_nothing_in(folders))


def _in_folder(folder: Path, *, deep: bool) -> Path | None:
    if (folder / ROOT_NAME).is_file():
        return folder / ROOT_NAME
    inside = sorted(folder.glob(f"*/{ROOT_NAME}")) if deep else []
    if len(inside) > 1:
        names = ", ".join(str(found.parent) for found in inside)
        raise UsageError(f"several specs are here: name one of {names}")
    return inside[0] if inside else None


def _nothing_in(folders: list[Path]) -> str:
    """Say where no spec is, and which file may be meant."""
    near = [file for folder in folders for file in sorted(folder.glob("*.y*ml"))][:3]
    if near:
        names = ", ".join(map(str, near))
        return f"no {ROOT_NAME} is here; name the file that you mean, such as {names}"
    where = " nor ".join(str(folder / ROOT_NAME) for folder in folders)
    return f"no spec is here: {'neither ' if len(folders) > 1 else 'no '}{where}; name one"


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
