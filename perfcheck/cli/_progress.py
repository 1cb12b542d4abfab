"""Shows what is being asked while it is asked, on a terminal."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from perfcheck.gather import Observer
from perfcheck.texts import one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


@contextlib.contextmanager
def live_progress(console: "Console | None" = None) -> Iterator[Observer]:
    """Show one line while questions are open; it vanishes after. On stderr by default."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=console or Console(stderr=True),
        transient=True,
    )
    with bar:
        yield _Line(bar)


class _Line:
    """An observer that keeps one bar up to date."""

    def __init__(self, bar: "Progress") -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None)
        self._open: list[tuple[str, str]] = []
        self._failed = 0

    def planned(self, questions: int) -> None:
        """Set the length of the bar."""
        self._bar.update(self._task, total=questions)

    def asking(self, target: str, probe: str) -> None:
        """Show the question as open."""
        self._open.append((target, probe))
        self._bar.update(self._task, description=self._described())

    def answered(self, target: str, probe: str, *, ok: bool) -> None:
        """Advance the bar; count the question among the unanswered if it failed."""
        if (target, probe) in self._open:
            self._open.remove((target, probe))
        self._failed += not ok
        self._bar.update(self._task, advance=1, description=self._described())

    def _described(self) -> str:
        """Name the oldest open question: the one that everything waits for."""
        failed = f"{self._failed} unanswered  " if self._failed else ""
        if not self._open:
            return failed.rstrip()
        target, probe = map(one_line, self._open[0])
        more = f" and {len(self._open) - 1} more" if self._open[1:] else ""
        return f"{failed}{target} {probe}{more}"
