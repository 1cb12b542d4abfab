"""Shows what is being asked while it is asked: live on a terminal, else nothing."""

from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from perfcheck.report._visible import one_line

if TYPE_CHECKING:
    from rich.console import Console


class Progress(Protocol):
    """Hears of each question; enter it around the gathering."""

    def planned(self, questions: int) -> None:
        """Note how many questions there will be."""

    def asking(self, target: str, probe: str) -> None:
        """Note that a question was sent."""

    def answered(self, target: str, probe: str, ok: bool) -> None:
        """Note that it was answered, or that it failed."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class SilentProgress:
    """Says nothing: for pipes, logs and tests."""

    def planned(self, questions: int) -> None:
        """Ignore it."""

    def asking(self, target: str, probe: str) -> None:
        """Ignore it."""

    def answered(self, target: str, probe: str, ok: bool) -> None:
        """Ignore it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass


class LiveProgress:
    """One line that a terminal shows while questions are open, and that vanishes after."""

    def __init__(self, console: "Console") -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)
        self._open: list[tuple[str, str]] = []
        self._failed = 0

    def planned(self, questions: int) -> None:
        """Set the length of the bar."""
        self._bar.update(self._task, total=questions)

    def asking(self, target: str, probe: str) -> None:
        """Show the question as open."""
        self._open.append((target, probe))
        self._bar.update(self._task, description=self._described())

    def answered(self, target: str, probe: str, ok: bool) -> None:
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

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()


def progress_for(console: "Console") -> Progress:
    """Return the live display on a terminal, else the silent one."""
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveProgress(console)
    return SilentProgress()
