"""perfcheck verify: ask the targets, judge, report."""

from typing import Literal

import typer

from perfcheck.cli._guard import guarded
from perfcheck.cli._options import PROFILE, REPORTS, SPEC, VARIABLES, OptionalPath, variables_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(guarded(verify))


def verify(
    spec: OptionalPath = SPEC,
    profile: str | None = PROFILE,
    var: list[str] = VARIABLES,
    only: list[str] = typer.Option(
        [], "--only", metavar="SECTION[/ID]", help="Verify only these; repeatable."
    ),
    report: list[str] = REPORTS,
    save_facts: OptionalPath = typer.Option(
        None, "--save-facts", metavar="PATH", help="Keep what was seen, to judge it again."
    ),
    facts: OptionalPath = typer.Option(
        None, "--facts", metavar="PATH", help="Judge saved facts; ask no target."
    ),
) -> int:
    """Verify a spec against its live targets, and tick what was proved."""
    from perfcheck.cli._outputs import parse_outputs
    from perfcheck.cli._run import Wanted, judge_saved, show, verify_live
    from perfcheck.errors import UsageError
    from perfcheck.plan import make_plan
    from perfcheck.spec.load import Asked, load_spec

    if facts is not None and save_facts is not None:
        raise UsageError("--save-facts keeps what a run sees: it does not go with --facts")
    outputs = parse_outputs(report)
    unset: Literal["refused", "accepted in targets"] = "accepted in targets" if facts else "refused"
    loaded = load_spec(spec, Asked(variables=variables_of(var), profile=profile, unset=unset))
    plan = make_plan(loaded, only=tuple(only))
    wanted = Wanted(outputs, save_facts)
    if facts is not None:
        return show(judge_saved(plan, facts), wanted)
    return show(verify_live(plan, wanted), wanted)
