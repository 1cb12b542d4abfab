"""Renders a report: one file of this package is one format, and its name is the file's."""

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, cast

from perfcheck.errors import UsageError
from perfcheck.suggest import hint

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfcheck.model import Report

FORMATS: tuple[str, ...] = tuple(
    sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
)


def render(report: "Report", format: str) -> str:  # noqa: A002 - the command line's own word
    """Write the report in one of FORMATS. Raises UsageError for another name."""
    if format not in FORMATS:
        raise UsageError(f"unknown report format '{format}'{hint(format, FORMATS)}")
    module = import_module(f"{__name__}.{format}")
    return cast("Callable[[Report], str]", module.render)(report)
