"""The report for people: plain lines, 80 columns wide, or styled on a terminal by Rich."""

from typing import TYPE_CHECKING

from perfcheck.model import Report
from perfcheck.report._layout import lines
from perfcheck.report._lines import Style, as_text

if TYPE_CHECKING:
    from rich.console import Console

_STYLES: dict[Style, str] = {
    "text": "",
    "bold": "bold",
    "dim": "dim",
    "pass": "green",
    "fail": "bold red",
    "unverified": "yellow",
}


def render(report: Report) -> str:
    """Write what a terminal would show without any escape code, for logs and pipes."""
    return "".join(f"{as_text(line)}\n" for line in lines(report))


def print_report(report: Report, console: "Console") -> None:
    """Print the report in the console's width; it decides on colours (NO_COLOR)."""
    from rich.text import Text

    for line in lines(report, console.width):
        spans = [(span.text, _STYLES[span.style]) for span in line]
        text = Text.assemble(*spans)
        text.rstrip()
        console.print(text, soft_wrap=True)  # a long word is the terminal's to break
