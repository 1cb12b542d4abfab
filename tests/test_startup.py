"""What is imported before it is needed: the price of every start."""

import subprocess
import sys

import pytest

HEAVY = {
    "pydantic", "httpx", "psycopg", "redis", "rich", "yaml", "jinja2", "markdown_it", "postgast",
    "asyncio", "uvicorn", "starlette",
}  # fmt: skip


def imported(*arguments: str) -> set[str]:
    """Return the modules that a command has imported when it ends."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('\\n', *sys.modules, file=sys.stderr))\n"
        f"sys.argv = ['perfcheck', *{list(arguments)!r}]\n"
        "from perfcheck.__main__ import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return set(ran.stderr.split())


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_imports_nothing(option: str):
    assert imported(option) & {*HEAVY, "typer", "click", "importlib.metadata", "re"} == set()


def test_help_imports_no_heavy_package():
    assert imported("--help") & HEAVY == set()


@pytest.mark.parametrize("command", ["verify", "demo", "lint", "schema"])
def test_the_help_of_a_command_imports_nothing_of_its_own(command: str):
    """Typer itself imports pydantic when it parses a command, from 0.29 on."""
    found = imported(command, "--help")
    assert found & (HEAVY - {"pydantic"}) == set()
    assert found & {"perfcheck.model", "perfcheck.spec", "perfcheck.report"} == set()
