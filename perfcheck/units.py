"""Quantities as a spec writes them: durations, sizes and percentages.

Each type parses its text form only; a bare number has no unit and is refused, so that
`p95: 10` cannot mean seconds to one reader and milliseconds to another.
"""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
# KB is 1024 bytes, as PostgreSQL, nginx and express read it.
_BYTES = {
    "B": 1,
    **dict.fromkeys(("KB", "KiB"), 1024),
    **dict.fromkeys(("MB", "MiB"), 1024**2),
    **dict.fromkeys(("GB", "GiB"), 1024**3),
}
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_DURATION = rf"^({_NUMBER})(ms|s|m|h|d|w)$"
_SIZE = rf"^({_NUMBER})(B|KB|KiB|MB|MiB|GB|GiB)$"
_PERCENT = rf"^({_NUMBER})(%)$"


def _split(value: object, pattern: str, hint: str) -> tuple[float, str]:
    found = re.fullmatch(pattern, value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"'{value}' is not {hint}")
    return float(found[1]), found[2]


def parse_duration(value: object) -> timedelta:
    """Read `250ms`, `15m`, `7d`. Raises ValueError for anything else."""
    if isinstance(value, timedelta):
        return value
    number, unit = _split(value, _DURATION, "a duration: write 250ms, 30s, 15m, 1h, 7d or 2w")
    try:
        return timedelta(milliseconds=number * _MILLISECONDS[unit])
    except OverflowError:
        raise ValueError(f"'{value}' is longer than any duration can be") from None


def parse_size(value: object) -> int:
    """Read `1KB` (1024 bytes), `5MiB`, `800B` as bytes. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f"'{value}' has no unit: write {value}B")  # noqa: TRY004 - pydantic's way
    number, unit = _split(value, _SIZE, "a size: write 800B, 1KB (1024 bytes) or 5MiB")
    try:
        return int(number * _BYTES[unit])
    except OverflowError:
        raise ValueError(f"'{value}' is larger than any size can be") from None


def parse_percent(value: object) -> float:
    """Read `99.4%` as a ratio of 0..1. Raises ValueError."""
    number, _ = _split(value, _PERCENT, "a percentage: write 80% or 99.4%")
    return number / 100


def show_duration(value: timedelta) -> str:
    """Write a duration in its largest whole unit: 7d, 15m, 250ms."""
    milliseconds = round(value / timedelta(milliseconds=1))
    for unit in ("d", "h", "m", "s"):
        if milliseconds and milliseconds % _MILLISECONDS[unit] == 0:
            return f"{milliseconds // _MILLISECONDS[unit]}{unit}"
    return f"{milliseconds}ms"


def show_age(value: timedelta) -> str:
    """Write a measured age with one unit, rounded: 3.2 h, 12 s."""
    seconds = value.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if abs(seconds) >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def _schema(pattern: str, *examples: str) -> Any:  # noqa: ANN401 - pydantic's marker type
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(show_duration, return_type=str),
    _schema(_DURATION, "250ms", "15m", "7d"),
]
SizeBytes = Annotated[int, BeforeValidator(parse_size), _schema(_SIZE, "1KB", "800B")]
Ratio = Annotated[float, BeforeValidator(parse_percent), _schema(_PERCENT, "80%", "99.4%")]
Names = Annotated[
    tuple[str, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)
]
