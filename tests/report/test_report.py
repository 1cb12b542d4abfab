"""Formats are found by their files, and cost nothing until one is used."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from perfcheck.errors import UsageError
from perfcheck.model import Report
from perfcheck.report import FORMATS, render


def test_a_format_is_a_file_that_renders_a_report() -> None:
    assert {"console", "json", "markdown"} <= set(FORMATS)
    assert not [name for name in FORMATS if name.startswith("_")]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_renders_the_report_and_ends_its_last_line(name: str, report: Report) -> None:
    assert render(report, name).endswith("\n")


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_that_checked_nothing_can_be_rendered_and_is_no_success(
    name: str, make_report: Callable[..., Report]
) -> None:
    rendered = render(make_report(exit_code=3), name)
    assert "✓" not in rendered
    assert "[x]" not in rendered


def test_an_unknown_format_is_refused_with_a_suggestion(report: Report) -> None:
    with pytest.raises(UsageError, match="'markdwon'; did you mean 'markdown'"):
        render(report, "markdwon")


@pytest.mark.parametrize("name", ["_layout", "../json", "", "json.parse"])
def test_only_a_format_can_be_rendered(name: str, report: Report) -> None:
    with pytest.raises(UsageError, match="unknown report format"):
        render(report, name)


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import perfcheck.report", ["pydantic", "rich", "markdown_it", "jinja2", "json"]),
        ("import perfcheck.report.console", ["rich", "markdown_it", "jinja2", "psycopg", "httpx"]),
        ("import perfcheck.report.markdown", ["rich", "markdown_it", "jinja2", "asyncio"]),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code: str, absent: list[str]) -> None:
    asks = f"import sys; {code}; print(*({absent!r} & sys.modules.keys()))"
    asks = asks.replace(repr(absent), repr(set(absent)))
    ran = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
