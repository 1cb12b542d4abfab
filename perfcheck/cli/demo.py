"""perfcheck demo: the whole way, on a service that perfcheck brings along."""

import typer

from perfcheck.cli._guard import guarded
from perfcheck.cli._options import REPORTS

_NEXT = """
The same on your own system:
  1. copy {spec} and state what your guide says
  2. set the variables that its targets name, such as PERFCHECK_DB_DSN
  3. perfcheck lint SPEC, then perfcheck verify SPEC
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(guarded(demo))


def demo(
    keep: bool = typer.Option(False, "--keep", help="Leave the service running until Ctrl-C."),
    scale: float = typer.Option(1.0, "--scale", min=0.01, max=1000, help="Rows, times N."),
    report: list[str] = REPORTS,
) -> int:
    """Verify the bundled service, and print its ticked checklist."""
    from perfcheck.cli._outputs import parse_outputs
    from perfcheck.cli._run import Wanted, show, verify_live
    from perfcheck.cli._service import reference_service, say, serve_until_interrupt
    from perfcheck.data import bundled
    from perfcheck.plan import make_plan
    from perfcheck.spec.load import Asked, load_spec

    wanted = Wanted(parse_outputs(report))
    spec = bundled("specs", "reconciliation")
    with reference_service(scale) as service:
        loaded = load_spec(spec, Asked(profile="demo", environ=service.environment))
        plan = make_plan(loaded)
        code = show(verify_live(plan, wanted), wanted)
        say(_NEXT.format(spec=loaded.path.removesuffix("/perfcheck.yaml")))
        if keep:
            say("The service runs until Ctrl-C. Its environment:")
            serve_until_interrupt(service.environment)
    return code
