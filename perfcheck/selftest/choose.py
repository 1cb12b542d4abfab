"""Choose the faults to show, and what they must prove: by name, by section, by a rotating part."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from perfcheck.errors import UsageError
from perfcheck.reference.faults.base import Fault
from perfcheck.selftest.judge import declared
from perfcheck.suggest import hint


@dataclass(frozen=True)
class Part:
    """The number-th of so many parts; both count from 1."""

    number: int
    parts: int

    @classmethod
    def parse(cls, text: str) -> "Part":
        """Read `K/N`. Raises UsageError."""
        written = re.fullmatch(r"(\d+)/(\d+)", text, re.ASCII)
        part = cls(int(written[1]), int(written[2])) if written else cls(0, 0)
        if not 1 <= part.number <= part.parts:
            raise UsageError(f"--tenth {text}: write K/N, such as 3/10, K from 1 to N")
        return part


def choose(
    faults: Mapping[str, Fault], sections: Iterable[str], only: Sequence[str], part: Part | None
) -> tuple[Fault, ...]:
    """Return the chosen faults, by name.

    Args:
        faults: all of them.
        sections: those of the spec, with a check or without.
        only: names of faults and sections; empty chooses all.
        part: of the faults chosen so far.

    Raises:
        UsageError: `only` names neither a fault nor a section.
    """
    known = set(sections)
    for name in only:
        if name not in faults and name not in known:
            near = hint(name, [*faults, *known])
            raise UsageError(f"--only {name}: there is no such fault or section{near}")
    chosen = [fault for fault in faults.values() if not only or _is_meant(fault, only)]
    step = slice(None) if part is None else slice(part.number - 1, None, part.parts)
    return tuple(chosen[step])


def to_prove(
    requirements: Iterable[str], only: Sequence[str], part: Part | None
) -> tuple[str, ...]:
    """Return which requirements with a check must have a caught fault: of whole sections only."""
    if part is not None:
        return ()
    return tuple(name for name in requirements if not only or name.partition("/")[0] in only)


def _is_meant(fault: Fault, only: Sequence[str]) -> bool:
    return fault.name in only or any(name.partition("/")[0] in only for name in declared(fault))
