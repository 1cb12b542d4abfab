"""The report on a terminal: the same lines as the plain one, in colour."""

import re
from collections.abc import Callable
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from perfcheck.model import Report
from perfcheck.report.console import print_report, render

STYLE = re.compile(r"\x1b\[[0-9;]*m")


def printed(report: Report, *, width: int = 80, no_color: bool = False) -> str:
    file = StringIO()
    console = Console(
        force_terminal=True,
        width=width,
        color_system="standard",
        file=file,
        no_color=no_color,
        legacy_windows=False,
    )
    print_report(report, console)
    return file.getvalue()


def test_the_colours_are_as_reviewed(report: Report, golden: Callable[[str, str], None]) -> None:
    golden("console.txt", printed(report))


def test_without_colours_it_is_as_reviewed(
    report: Report, golden: Callable[[str, str], None]
) -> None:
    golden("console-no-color.txt", printed(report, no_color=True))


def test_the_terminal_shows_the_plain_report(report: Report) -> None:
    assert STYLE.sub("", printed(report)) == render(report)


@pytest.mark.parametrize("width", [20, 40, 200])
def test_any_width_can_be_printed(report: Report, width: int) -> None:
    shown = STYLE.sub("", printed(report, width=width))
    assert "idx_orders_rules_gin" in shown


@given(texts=st.lists(st.text() | st.just("[red]\x1b]0;title\x07:smile:"), min_size=1, max_size=9))
def test_no_escape_code_of_the_outside_world_is_written(
    texts: list[str], with_texts: Callable[[list[str]], Report]
) -> None:
    report = with_texts(texts)
    shown = STYLE.sub("", printed(report))
    assert shown == render(report)
