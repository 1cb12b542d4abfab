"""Styled lines of text: what the console's two renderings are made of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from perfcheck.texts import cells, wrap

Style = Literal["text", "bold", "dim", "pass", "fail", "unverified"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line in one style."""

    text: str
    style: Style = "text"


Line = tuple[Span, ...]
EMPTY: Line = ()


def flow(lead: Line, text: str, *, width: int, style: Style = "text") -> Iterator[Line]:
    """Yield the text after the lead, wrapped; further lines hang under its beginning."""
    start = line_cells(lead)
    for number, row in enumerate(wrap(text, max(width - start, 20))):
        yield (*(lead if number == 0 else (Span(" " * start),)), Span(row, style))


def paragraph(text: str, *, width: int, style: Style = "text") -> Iterator[Line]:
    """Yield the text wrapped; further lines are indented by two."""
    rows = tuple(wrap(text, max(width - 2, 20)))
    yield from (
        (Span(row if number == 0 else f"  {row}", style),) for number, row in enumerate(rows)
    )


def pair(left: Line, right: Span, *, width: int, indent: int) -> Iterator[Line]:
    """Yield both on one line if they fit, else the right one below, indented."""
    if line_cells(left) + 3 + cells(right.text) <= width:
        yield (*left, Span("   "), right)
        return
    yield left
    yield (Span(" " * indent), right)


def line_cells(line: Line) -> int:
    """Return how many columns a line takes."""
    return sum(cells(span.text) for span in line)


def as_text(line: Line) -> str:
    """Return the line without its styles, and without spaces at its end."""
    return "".join(span.text for span in line).rstrip()


def blocks(parts: Iterable[Iterable[Line]]) -> Iterator[Line]:
    """Yield the lines of all parts that hold any, an empty line between two parts."""
    started = False
    for part in parts:
        lines = tuple(part)
        if lines and started:
            yield EMPTY
        yield from lines
        started = started or bool(lines)
