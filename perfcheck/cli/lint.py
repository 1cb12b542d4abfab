"""perfcheck lint: read a spec and say every mistake in it; nothing is asked."""

from typing import Literal

import typer

from perfcheck.cli._guard import guarded
from perfcheck.cli._options import PROFILE, SPEC, VARIABLES, OptionalPath, variables_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lint")(guarded(lint))


def lint(
    spec: OptionalPath = SPEC,
    profile: str | None = PROFILE,
    var: list[str] = VARIABLES,
    without_env: bool = typer.Option(
        False, "--without-env", help="Accept unset environment variables."
    ),
) -> int:
    """Check a spec: all mistakes of all files, each with its place."""
    from perfcheck.spec.load import Asked, load_spec
    from perfcheck.texts import count

    unset: Literal["refused", "accepted"] = "accepted" if without_env else "refused"
    asked = Asked(variables=variables_of(var), profile=profile, unset=unset)
    loaded = load_spec(spec, asked)
    sections = {requirement.section for requirement in loaded.requirements}
    found = f"{count(len(loaded.requirements), 'requirement')} in {count(len(sections), 'section')}"
    typer.echo(f"{loaded.path}: {found}, no mistake")
    return 0
