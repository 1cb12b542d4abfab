"""What `verify` and `demo` share: run the line, show the report, write the outputs."""

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from perfcheck.cli._guard import forget_stdout, tell
from perfcheck.cli._interrupt import interruptible
from perfcheck.cli._outputs import Output, write_outputs, write_text
from perfcheck.cli._progress import live_progress
from perfcheck.clock import SystemClock
from perfcheck.engine import judge, run
from perfcheck.errors import ExitCode, OutputLostError, UsageError
from perfcheck.facts import answers_in, dump_facts, read_facts
from perfcheck.gather import Observer, Unwatched
from perfcheck.model import Report
from perfcheck.plan import Plan


@dataclass(frozen=True)
class Wanted:
    """What a run shall leave behind besides the console's report."""

    outputs: tuple[Output, ...] = ()
    facts: Path | None = None


@dataclass(frozen=True)
class Finished:
    """A report, and what of the wanted was lost so far."""

    report: Report
    lost: str | None = None


def verify_live(plan: Plan, wanted: Wanted) -> Finished:
    """Ask the plan's targets and judge."""
    with _progress() as observer:
        report, gathered = interruptible(run(plan, clock=SystemClock(), observer=observer))
    if wanted.facts is None:
        return Finished(report)
    try:
        write_text(str(wanted.facts), dump_facts(plan, gathered))
    except OSError as error:
        return Finished(report, f"could not be written: {wanted.facts}: {error.strerror}")
    return Finished(report)


def _progress() -> AbstractContextManager[Observer]:
    """Return the live display where stderr is a terminal: Rich is imported only then."""
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return live_progress() if is_terminal else nullcontext(Unwatched())


def judge_saved(plan: Plan, facts: Path) -> Finished:
    """Judge the facts of an earlier run. Raises UsageError where they cannot be read."""
    try:
        text = facts.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"--facts {facts}: {reason}") from error
    file = read_facts(text)
    if (file.spec_sha256, file.profile) != (plan.spec.sha256, plan.spec.profile):
        tell(
            "perfcheck: these facts were gathered for another spec or profile;"
            " what they do not answer is unverified"
        )
    return Finished(judge(plan, answers_in(file, plan)))


def show(finished: Finished, wanted: Wanted) -> int:
    """Write the outputs, print the report, and return the exit code.

    The console's report goes to stderr where a format has taken stdout. A lost output
    gives 4 only where the report's own code is 0: what was found outranks it.
    """
    lost = [finished.lost] if finished.lost else []
    try:
        write_outputs(wanted.outputs, finished.report)
    except OutputLostError as error:
        lost.append(str(error))
    try:
        _console(finished.report, wanted, lost=bool(lost))
    except (OSError, ValueError) as error:  # a closed pipe, a full disk, a closed stream
        reason = error.strerror if isinstance(error, OSError) else "it is closed"
        lost.append(f"the console's report could not be written: {reason}")
        forget_stdout()
    if lost:
        tell(f"perfcheck: {'; '.join(lost)}")
    if lost and finished.report.exit_code == 0:
        raise OutputLostError("the run is complete, but an output is not")
    return finished.report.exit_code


def _console(report: Report, wanted: Wanted, *, lost: bool) -> None:
    """Print the report where nothing else is printed, with the exit code that it will be."""
    if any((output.format, output.path) == ("console", "-") for output in wanted.outputs):
        return
    if lost and report.exit_code == 0:
        code, reason = int(ExitCode.OUTPUT_LOST), "everything holds, but an output was lost"
        report = report.model_copy(update={"exit_code": code, "exit_reason": reason})
    on_stderr = any(output.path == "-" for output in wanted.outputs)
    print_to_console(report, sys.stderr if on_stderr else sys.stdout)


def print_to_console(report: Report, stream: TextIO | None) -> None:
    """Print the report for people: styled on a terminal, plain lines elsewhere.

    Raises OSError or ValueError where the stream takes nothing.
    """
    if stream is None:
        raise ValueError("the stream is closed")
    if stream.isatty():
        from rich.console import Console

        from perfcheck.report.console import print_report

        print_report(report, Console(file=stream, highlight=False))
    else:
        from perfcheck.report.console import render

        stream.write(render(report))
    stream.flush()
