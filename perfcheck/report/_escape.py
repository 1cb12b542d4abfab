"""Writes foreign text into Markdown so that it stays text."""

import html
import re

from perfcheck.texts import one_line, visible

# an underscore inside a word means nothing in CommonMark, and names are full of them
_MEANING = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[\\`*\[\]~|<>&#$]")
_MENTION = re.compile(r"@(?=\w)")
_NO_MENTION = "@&#8203;"  # a zero-width space: GitHub would notify whoever bears the name
_BACKTICKS = re.compile(r"`+")


def text(foreign: str) -> str:
    """Return one line of Markdown that reads as the text. It must not begin a line."""
    return _MENTION.sub(_NO_MENTION, _MEANING.sub(r"\\\g<0>", one_line(foreign)))


def code(foreign: str) -> str:
    """Return one line of Markdown that shows the text as code."""
    shown = one_line(foreign)
    if not shown:
        return "(empty)"
    fence = "`" * (_longest_run(shown) + 1)
    gap = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{gap}{shown}{gap}{fence}"


def cell_code(foreign: str) -> str:
    """Return code for a table's cell, where a bare pipe would end the cell."""
    return code(foreign).replace("|", r"\|")


def block(foreign: str) -> str:
    """Return a fenced block of code that holds the text's lines."""
    shown = visible(foreign).strip("\n")
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}\n{shown}\n{fence}"


def inside_html(foreign: str) -> str:
    """Return one line of HTML that reads as the text."""
    return _MENTION.sub(_NO_MENTION, html.escape(one_line(foreign)))


def _longest_run(shown: str) -> int:
    return max(map(len, _BACKTICKS.findall(shown)), default=0)
