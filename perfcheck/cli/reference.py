"""perfcheck reference: run the bundled service, to verify it or to look at it."""

import sys

import typer

from perfcheck.cli._guard import guarded

_reference = typer.Typer(
    name="reference", help="Run the bundled reference service.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _reference.callback()(_group)
    _reference.command("up")(guarded(up))
    app.add_typer(_reference)


def _group() -> None:
    """Run the bundled reference service."""


def up(
    scale: float = typer.Option(1.0, "--scale", min=0.01, max=1000, help="Rows, times N."),
) -> int:
    """Start it, print the environment for `perfcheck verify`, and run until Ctrl-C."""
    from perfcheck.cli._service import exports, reference_service, say, wait_for_interrupt

    with reference_service(scale) as service:
        sys.stdout.write(exports(service.environment))
        sys.stdout.flush()
        say("The service runs until Ctrl-C.")
        wait_for_interrupt()
    return 0
