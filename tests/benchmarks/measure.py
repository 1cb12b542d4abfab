"""Interleaved measurements and their table."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the results; `ratio` is to the baseline that `against` names."""

    what: str
    seconds: float
    ratio: float | None = None
    against: str = ""
    budget: str = ""


def medians(sides: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, float]:
    """Return the median seconds of each side, measured in turns, so that noise hits all."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            started = time.perf_counter()
            side()
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(taken) for name, taken in times.items()}


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| what | median | ratio | against | budget |", "|---|---|---|---|---|"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.1f}x"
        taken = f"{row.seconds * 1000:.1f} ms"
        lines.append(f"| {row.what} | {taken} | {ratio} | {row.against} | {row.budget} |")
    return "\n".join(lines)
