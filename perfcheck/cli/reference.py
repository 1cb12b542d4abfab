"""perfcheck reference: run the bundled service, to verify it or to look at it."""

import typer

from perfcheck.cli._guard import guarded

_reference = typer.Typer(
    name="reference", help="Run the bundled reference service.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _reference.callback()(_group)
    _reference.command("up")(guarded(up))
    _reference.command("bench")(guarded(bench))
    app.add_typer(_reference)


def _group() -> None:
    """Run the bundled reference service."""


def up(
    scale: float = typer.Option(1.0, "--scale", min=0.01, max=1000, help="Rows, times N."),
    fault: list[str] = typer.Option(
        [], "--fault", metavar="NAME", help="Break it on purpose; repeatable."
    ),
) -> int:
    """Start it, print the environment for `perfcheck verify`, and run until Ctrl-C."""
    from perfcheck.cli._faults import break_database, named, switches_of
    from perfcheck.cli._service import reference_service, say, serve_until_interrupt

    faults = named(fault)
    with reference_service(scale, switches_of(faults)) as service:
        break_database(service.admin_dsn, faults)
        for one in faults:
            say(f"{one.name}: {one.shows}")
        say("The service runs until Ctrl-C.")
        serve_until_interrupt(service.environment)
    return 0


def bench(
    scale: float = typer.Option(10.0, "--scale", min=0.01, max=1000, help="Rows, times N."),
    rounds: int = typer.Option(30, "--rounds", min=6, max=1000, help="Timings of each side."),
    report: list[str] = typer.Option(
        [], "--report", metavar="FORMAT:PATH", help="markdown or json; PATH - is stdout."
    ),
) -> int:
    """Measure the guide's table of query optimizations: each side, with and without."""
    from perfcheck.cli._bench import parse_reports, run, write

    outputs = parse_reports(report)
    return write(run(scale=scale, rounds=rounds), outputs)
