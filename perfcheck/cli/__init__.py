"""The command line: one file per command, found by its name."""

import importlib
import pkgutil
from pathlib import Path

import typer

from perfcheck.errors import ExitCode

app = typer.Typer(
    name="perfcheck",
    help="Verify a performance guide against live systems, and tick only what was proved.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: "
    + "; ".join(f"{code.value} {code.meaning}" for code in ExitCode if code < 128)
    + ".",
)


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", "-V", help="Print the version."),
) -> None:
    if version:
        from perfcheck import __version__

        typer.echo(f"perfcheck {__version__}")
        raise typer.Exit


def _register_commands() -> None:
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__name__}.{module.name}").register(app)


_register_commands()
