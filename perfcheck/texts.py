"""Text: of a whole model, made safe to show, measured and wrapped."""

import unicodedata
from collections.abc import Callable, Iterator
from enum import Enum
from math import floor
from typing import TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


def map_texts(model: M, change: Callable[[str], str], *, keep: frozenset[str] = frozenset()) -> M:
    """Return the same model with every text changed; enums and the fields in `keep` stay."""

    def changed(value: object) -> object:
        match value:
            case Enum():
                return value
            case str():
                return change(value)
            case tuple():
                return tuple(map(changed, value))
            case BaseModel():
                return map_texts(value, change, keep=keep)
            case _:
                return value

    names = [name for name in type(model).model_fields if name not in keep]
    return model.model_copy(update={name: changed(getattr(model, name)) for name in names})


def visible(text: str) -> str:
    r"""Write control and other invisible characters as `\x1b`, so that none takes effect.

    Line feeds stay; every other white space becomes a space.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text.replace("\r\n", "\n")))


def _visible(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    if character.isspace():
        return " "
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str) -> str:
    """Return the visible text with every run of white space as one space."""
    return " ".join(visible(text).split())


def cells(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, width: int) -> Iterator[str]:
    """Yield lines of at most `width` columns; a longer word stays whole."""
    for line in text.split("\n"):
        yield from _wrap_line(line.rstrip(), width)


def _wrap_line(line: str, width: int) -> Iterator[str]:
    if cells(line) <= width:
        yield line
        return
    indent = line[: len(line) - len(line.lstrip())]
    row = ""
    for word in line.split():
        longer = f"{row} {word}" if row else indent + word
        if row and cells(longer) > width:
            yield row
            longer = indent + word
        row = longer
    yield row


def percent(ratio: float) -> str:
    """Write a ratio of 0..1 with one decimal, rounded down: only 1.0 is 100%."""
    return f"{floor(ratio * 1000) / 10:g}%"


def count(number: int, noun: str) -> str:
    """Write a number with its noun: 1 requirement, 2 requirements."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
