"""Run the bench of the reference service for its command, and write what it found."""

import sys
from typing import TYPE_CHECKING

from perfcheck.errors import ExitCode, OutputLostError, PerfcheckError, UsageError

if TYPE_CHECKING:
    from perfcheck.cli._outputs import Output
    from perfcheck.reference.bench import Table


def parse_reports(values: list[str]) -> "tuple[Output, ...]":
    """Read `FORMAT:PATH` options. Raises UsageError before anything is started."""
    from perfcheck.cli._outputs import parse_outputs
    from perfcheck.reference.bench import FORMATS

    outputs = parse_outputs(values)
    for output in outputs:
        if output.format not in FORMATS:
            known = " and ".join(FORMATS)
            raise UsageError(f"--report {output.format}: a bench is written as {known}")
    return outputs


def run(*, scale: float, rounds: int) -> "Table":
    """Start the service, measure, and take it away.

    Raises UsageError where it cannot start, PerfcheckError where a server refused something.
    """
    from perfcheck.cli._service import reference_service, say
    from perfcheck.reference.bench import measure
    from perfcheck.reference.errors import ReferenceServiceError

    with reference_service(scale) as service:
        try:
            return measure(service, scale=scale, rounds=rounds, say=say)
        except ReferenceServiceError as error:
            raise PerfcheckError(str(error)) from error


def write(table: "Table", outputs: "tuple[Output, ...]") -> ExitCode:
    """Print the table, write the outputs, and return what the worst row means.

    Raises OutputLostError where an output is lost and nothing worse was found.
    """
    from perfcheck.cli._outputs import write_text
    from perfcheck.reference.bench import FORMATS, console

    taken = any(output.path == "-" for output in outputs)
    (sys.stderr if taken else sys.stdout).write(console(table))
    lost = []
    for output in outputs:
        try:
            write_text(output.path, FORMATS[output.format](table))
        except OSError as error:
            lost.append(f"{output.format}:{output.path}: {error.strerror}")
    if lost:
        sys.stderr.write(f"perfcheck: could not be written: {'; '.join(lost)}\n")
    code = _exit_code(table)
    if lost and code is ExitCode.VERIFIED:
        raise OutputLostError("the bench is complete, but an output is not")
    return code


def _exit_code(table: "Table") -> ExitCode:
    from perfcheck.reference.bench import Verdict

    if table.worst is Verdict.MISSED:
        return ExitCode.FAILED
    return ExitCode.VERIFIED if table.worst is Verdict.REACHED else ExitCode.UNVERIFIED
