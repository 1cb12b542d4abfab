"""Options that several commands share."""

from pathlib import Path

import typer

SPEC = typer.Argument(
    None,
    metavar="SPEC",
    help="The spec: a file, or a folder with a perfcheck.yaml. "
    "Default: ./perfcheck.yaml, then specs/.",
    show_default=False,
)
PROFILE = typer.Option(
    None,
    "--profile",
    envvar="PERFCHECK_PROFILE",
    metavar="NAME",
    help="What the run may do. Without one: only read.",
    show_default=False,
)
VARIABLES = typer.Option(
    [], "--var", metavar="NAME=VALUE", help="Override a variable of the spec; repeatable."
)
REPORTS = typer.Option(
    [], "--report", metavar="FORMAT:PATH", help="Write a report; PATH - is stdout; repeatable."
)


def variables_of(values: list[str]) -> dict[str, str]:
    """Read `NAME=VALUE` options. Raises UsageError."""
    from perfcheck.errors import UsageError

    found = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not name:
            raise UsageError(f"--var {value}: write NAME=VALUE")
        found[name] = text
    return found


OptionalPath = Path | None
