"""The command line: one file per command, found by its name."""

import importlib
import pkgutil
from pathlib import Path

import typer

app = typer.Typer(
    name="perfcheck",
    help="Verify a performance guide against live systems, and tick only what was proved.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 verified, 1 failed, 2 usage or spec error (nothing was probed), "
    "3 unverified or nothing checked, 4 a requested output was lost, 70 a bug in perfcheck.",
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
