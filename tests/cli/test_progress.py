"""The live display counts questions and leaves nothing behind."""

from io import StringIO

import pytest
from rich.console import Console

from perfcheck.cli._progress import live_progress


def terminal(file: StringIO) -> Console:
    return Console(file=file, force_terminal=True, width=80, legacy_windows=False, _environ={})


def test_it_counts_answers_and_names_the_oldest_open_question() -> None:
    file = StringIO()
    with live_progress(terminal(file)) as progress:
        progress.planned(3)
        progress.asking("db", "database.indexes")
        progress.asking("api", "http.exchange")
        progress.answered("db", "database.indexes", ok=False)
    shown = file.getvalue()
    assert "1/3" in shown
    assert "1 unanswered  api http.exchange" in shown


def test_the_line_vanishes_at_the_end() -> None:
    file = StringIO()
    with live_progress(terminal(file)) as progress:
        progress.planned(1)
    assert file.getvalue().endswith("\x1b[1A\x1b[2K")


def test_it_stops_when_the_gathering_fails() -> None:
    file = StringIO()
    with pytest.raises(KeyboardInterrupt), live_progress(terminal(file)):
        raise KeyboardInterrupt
    assert "\x1b[?25h" in file.getvalue()  # the cursor is back


def test_markup_in_a_name_is_text() -> None:
    file = StringIO()
    with live_progress(terminal(file)) as progress:
        progress.asking("[red]db\x1b[2J", "probe")
    assert r"[red]db\x1b[2J probe" in file.getvalue()


def test_an_answer_to_no_question_is_counted_all_the_same() -> None:
    file = StringIO()
    with live_progress(terminal(file)) as progress:
        progress.planned(1)
        progress.answered("db", "database.indexes", ok=True)
    assert "1/1" in file.getvalue()
