"""perfcheck selftest: break the bundled service on purpose, and see that it is noticed."""

import sys
from typing import TYPE_CHECKING

import typer

from perfcheck.cli._guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfcheck.cli._outputs import Output
    from perfcheck.reference.faults.base import Fault
    from perfcheck.selftest.model import Judgement, SelftestReport
    from perfcheck.spec.model import Spec


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("selftest")(guarded(selftest))


def selftest(
    only: list[str] = typer.Option(
        [], "--only", metavar="FAULT|SECTION", help="Show only these; repeatable."
    ),
    tenth: str | None = typer.Option(
        None, "--tenth", metavar="K/N", help="Show the K-th of N parts, to rotate through."
    ),
    jobs: int = typer.Option(2, "--jobs", min=1, max=7, help="How many faults side by side."),
    scale: float = typer.Option(0.05, "--scale", min=0.01, max=1000, help="Rows, times N."),
    report: list[str] = typer.Option(
        [], "--report", metavar="FORMAT:PATH", help="markdown or json; PATH - is stdout."
    ),
) -> int:
    """Show every fault, and that exactly the requirements it declares turn.

    Each is shown on a copy of the bundled service's database, with an application of its own
    if it breaks the application.
    """
    from perfcheck.reference.faults import faults
    from perfcheck.selftest.choose import Part, choose, to_prove
    from perfcheck.selftest.stage import checked_sections, shipped_folder, spec_of

    outputs = _outputs(report)
    part = Part.parse(tenth) if tenth is not None else None
    spec = spec_of(shipped_folder(), {})
    checked = checked_sections(spec)
    sections = {requirement.section for requirement in spec.requirements}
    chosen = choose(faults(), sections, only, part)
    provable = (r.name for r in spec.requirements if r.section in checked)
    proving = to_prove(provable, only, part)
    finished = _show(chosen, spec, proving, jobs=jobs, scale=scale)
    return _write(finished, outputs)


def _show(
    chosen: "Sequence[Fault]",
    spec: "Spec",
    proving: tuple[str, ...],
    *,
    jobs: int,
    scale: float,
) -> "SelftestReport":
    from perfcheck import __version__
    from perfcheck.cli._interrupt import interruptible
    from perfcheck.cli._service import reference_servers
    from perfcheck.clock import SystemClock
    from perfcheck.errors import PerfcheckError
    from perfcheck.reference.errors import ReferenceServiceError
    from perfcheck.selftest.model import SelftestReport
    from perfcheck.selftest.show import Work, show_all

    clock = SystemClock()
    with reference_servers(scale) as service:
        started_s = clock.monotonic_s()
        work = Work(chosen, spec, jobs, clock, _teller(len(chosen)))
        try:
            judgements = interruptible(show_all(service, work))
        except ReferenceServiceError as error:
            raise PerfcheckError(str(error)) from error
    return SelftestReport(
        version=__version__,
        scale=scale,
        jobs=jobs,
        duration_s=round(clock.monotonic_s() - started_s, 1),
        requirements=proving,
        judgements=judgements,
    )


def _teller(number: int) -> "Callable[[Judgement], None]":
    """Return what says each judgement as it comes, apart from the report."""
    from perfcheck.cli._service import say

    told: list[str] = []

    def tell(judgement: "Judgement") -> None:
        told.append(judgement.fault)
        width = len(str(number))
        say(
            f"{len(told):>{width}}/{number}  {judgement.verdict:<10}  {judgement.fault}"
            f"  {judgement.duration_s:.1f} s"
        )

    return tell


def _outputs(values: list[str]) -> "tuple[Output, ...]":
    from perfcheck.cli._outputs import parse_outputs
    from perfcheck.errors import UsageError
    from perfcheck.selftest.report import FORMATS

    outputs = parse_outputs(values)
    for output in outputs:
        if output.format not in FORMATS:
            known = " and ".join(FORMATS)
            raise UsageError(f"--report {output.format}: a selftest is written as {known}")
    return outputs


def _write(finished: "SelftestReport", outputs: "tuple[Output, ...]") -> int:
    """Print the report, write the outputs, and return the exit code.

    Raises OutputLostError where an output is lost and nothing worse was found.
    """
    from perfcheck.cli._outputs import write_text
    from perfcheck.errors import OutputLostError
    from perfcheck.selftest.report import FORMATS, console

    taken = any(output.path == "-" for output in outputs)
    (sys.stderr if taken else sys.stdout).write(console(finished))
    lost = []
    for output in outputs:
        try:
            write_text(output.path, FORMATS[output.format](finished))
        except OSError as error:
            lost.append(f"{output.format}:{output.path}: {error.strerror}")
    if lost:
        sys.stderr.write(f"perfcheck: could not be written: {'; '.join(lost)}\n")
    if lost and finished.exit_code == 0:
        raise OutputLostError("the selftest is complete, but an output is not")
    return finished.exit_code
