"""The rules of perfcheck, one file per section, found by its name.

A new check is one new file; there is no list to edit, and nothing is imported until a
spec uses its section.
"""

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path

from perfcheck.checks.base import Check


@functools.cache
def sections() -> Mapping[str, str]:
    """Return the module of each section that has a check."""
    found: dict[str, str] = {}
    for room in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if room.ispkg:
            folder = Path(__file__).parent / room.name
            for module in pkgutil.iter_modules([str(folder)]):
                if not module.name.startswith("_"):
                    found[module.name] = f"{__name__}.{room.name}.{module.name}"
    return dict(sorted(found.items()))


@functools.cache
def check_of(section: str) -> type[Check]:
    """Return the check of a section. Raises KeyError if it has none."""
    module = importlib.import_module(sections()[section])
    (check,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Check)
        and value.__module__ == module.__name__
    )
    return check
