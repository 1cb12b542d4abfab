"""Where reports go: `--report FORMAT:PATH`, and files that are whole or not there."""

import errno
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from perfcheck.errors import OutputLostError, UsageError
from perfcheck.model import Report
from perfcheck.report import FORMATS, render
from perfcheck.suggest import hint


@dataclass(frozen=True)
class Output:
    """A format and the file that it is wanted in; `-` is standard output."""

    format: str
    path: str


def parse_outputs(values: list[str]) -> tuple[Output, ...]:
    """Read `FORMAT:PATH` options. Raises UsageError before anything is asked."""
    outputs: list[Output] = []
    for value in values:
        name, colon, path = value.partition(":")
        if not colon or not path:
            raise UsageError(f"--report {value}: write FORMAT:PATH, such as json:report.json")
        if name not in FORMATS:
            raise UsageError(f"--report {value}: unknown format '{name}'{hint(name, FORMATS)}")
        if path in {output.path for output in outputs}:
            raise UsageError(f"--report {value}: another report goes to {path} already")
        outputs.append(Output(name, path))
    return tuple(outputs)


def write_outputs(outputs: tuple[Output, ...], report: Report) -> None:
    """Write every output. Raises OutputLostError, after all were tried."""
    lost = []
    for output in outputs:
        try:
            write_text(output.path, render(report, output.format))
        except OSError as error:
            lost.append(f"{output.format}:{output.path}: {error.strerror}")
    if lost:
        raise OutputLostError(f"could not be written: {'; '.join(lost)}")


def write_text(path: str, text: str) -> None:
    """Write a file as a whole, or leave the old one. Raises OSError."""
    if path == "-":
        if sys.stdout is None:
            raise OSError(errno.EBADF, "stdout is closed")
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    file = Path(path)
    if file.exists() and not file.is_file():  # /dev/stderr, a pipe
        file.write_text(text, "utf-8")
        return
    handle, partial = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        Path(partial).chmod(_mode(file))
        Path(partial).replace(file)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def _mode(file: Path) -> int:
    """Return the old file's mode, or what the umask gives a new one."""
    if file.exists():
        return file.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
