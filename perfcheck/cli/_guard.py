"""End every command with the exit code that its outcome has, and one clear line."""

import contextlib
import errno
import functools
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, ParamSpec

import typer

from perfcheck.errors import ExitCode, PerfcheckError, SpecError

P = ParamSpec("P")

_NO_OUTPUT = (errno.EPIPE, errno.ENOSPC, errno.EBADF, errno.EIO)

# SIGINT is KeyboardInterrupt already.
ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class TerminatedError(KeyboardInterrupt):
    """SIGTERM or SIGHUP arrived."""


def guarded(command: Callable[P, int]) -> Callable[P, None]:
    """Return a command whose result is its exit code and whose errors are sentences.

    A bare Python traceback would exit with 1, which reads as "failed". A traceback is only
    shown with PERFCHECK_DEBUG set, and without values, which could be secrets.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        for signum in ENDING:
            signal.signal(signum, _terminate)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # one that cannot write a tick mark
                stream.reconfigure(errors="backslashreplace")
        raise typer.Exit(_code_of(lambda: command(*args, **kwargs)))

    return run


def _terminate(_signum: int, _frame: FrameType | None) -> NoReturn:
    raise TerminatedError


def _code_of(command: Callable[[], int]) -> int:
    try:
        return command()
    except PerfcheckError as error:
        tell(str(error) if isinstance(error, SpecError) else f"perfcheck: {error}")
        return error.exit_code
    except KeyboardInterrupt as signalled:
        terminated = isinstance(signalled, TerminatedError)
        tell(f"perfcheck: {'terminated' if terminated else 'interrupted'}")
        return ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED
    except OSError as error:
        return _lost(error) if error.errno in _NO_OUTPUT else _bug(error)
    except Exception as error:  # noqa: BLE001 - the top: whatever is left is our bug
        return _bug(error)


def _lost(error: OSError) -> int:
    forget_stdout()
    tell(f"perfcheck: the output could not be written: {error.strerror}")
    return ExitCode.OUTPUT_LOST


def _bug(error: Exception) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name}, line {frames[-1].lineno}" if frames else "nowhere"
    tell(f"perfcheck: a bug in perfcheck: {type(error).__name__} in {place}")
    if os.environ.get("PERFCHECK_DEBUG"):
        tell("\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames))
    else:
        tell("perfcheck: run again with PERFCHECK_DEBUG=1 for the places it went through")
    return ExitCode.INTERNAL


def forget_stdout() -> None:
    """Let what is still buffered go nowhere, so that the end of the process does not fail."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for the exit


def tell(text: str) -> None:
    """Print a line on stderr, if there is one."""
    with contextlib.suppress(OSError, ValueError):
        typer.echo(text, err=True)
