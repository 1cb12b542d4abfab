"""The parts of the README that are generated from the program: `python -m tests.readme`."""

import re
from pathlib import Path

from typer.testing import CliRunner

from perfcheck.checks import check_of, sections
from perfcheck.cli import app
from perfcheck.errors import ExitCode

README = Path(__file__).parents[1] / "README.md"


def generated() -> dict[str, str]:
    """Return each generated part by its name, as the program says it today."""
    return {"sections": _sections(), "exit codes": _exit_codes(), "help": _help()}


def filled_in(text: str) -> str:
    """Return the README with its generated parts filled in."""
    parts = generated()

    def fill(found: re.Match[str]) -> str:
        return f"{found[1]}{parts[found[2]]}{found[3]}"

    pattern = r"(<!-- generated: ([\w ]+) -->\n).*?(<!-- /generated -->)"
    return re.sub(pattern, fill, text, flags=re.DOTALL)


def _sections() -> str:
    rows = ["| section | a requirement passes when |", "|---|---|"]
    for name in sections():
        rule = " ".join((check_of(name).__doc__ or "").split("\n\n", 1)[0].split())
        rows.append(f"| `{name}` | {rule} |")
    return "\n".join(rows) + "\n"


def _exit_codes() -> str:
    rows = ["| exit | meaning |", "|---|---|"]
    rows += [f"| {code.value} | {code.meaning} |" for code in ExitCode]
    return "\n".join(rows) + "\n"


def _help() -> str:
    said = CliRunner().invoke(app, ["--help"], prog_name="perfcheck", terminal_width=80).output
    return f"```text\n{said.strip()}\n```\n"


if __name__ == "__main__":
    README.write_text(filled_in(README.read_text("utf-8")), "utf-8")
