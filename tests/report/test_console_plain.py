"""The plain report: quiet passes, grouped reasons, failures last, nothing but text."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcheck.model import Disposition, Finding, Outcome, Report, Result, Verdict
from perfcheck.report.console import render
from perfcheck.texts import cells, percent, visible

MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]


def test_the_report_is_written_as_reviewed(
    report: Report, golden: Callable[[str, str], None]
) -> None:
    golden("plain.txt", render(report))


def test_a_run_that_proved_everything_is_a_few_lines(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    passes = [make_result(f"indexes/i{n}", Outcome.PASS) for n in range(10)]
    lines = render(make_report(*passes, exit_code=0)).splitlines()
    assert [line.split() for line in lines if "indexes" in line] == [
        ["✓", "indexes", "10", "of", "10"]
    ]
    assert len(lines) <= 7


def test_unverified_comes_first_and_the_worst_failure_last(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    shown = render(
        make_report(
            make_result("indexes/worst", Outcome.FAIL, severity="critical"),
            make_result("indexes/mild", Outcome.FAIL, severity="low"),
            make_result("indexes/open", Outcome.UNVERIFIED, severity="critical", reason="locked"),
        )
    )
    places = [shown.index(lead) for lead in ("UNVERIFIED critical", "FAIL low", "FAIL critical")]
    assert places == sorted(places)


def test_300_unverified_results_of_one_reason_are_one_block(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    results = [
        make_result(f"indexes/i{n}", Outcome.UNVERIFIED, reason="db: connection refused")
        for n in range(300)
    ]
    shown = render(make_report(*results, exit_code=3))
    assert "UNVERIFIED 300 requirements: db: connection refused" in shown
    assert "and 295 more" in shown
    assert len(shown.splitlines()) < 20


@pytest.mark.parametrize(("number", "more"), [(2, False), (6, False), (7, True)])
def test_a_group_is_cut_only_if_that_saves_lines(
    number: int, more: bool, make_result: MakeResult, make_report: MakeReport
) -> None:
    results = [make_result(f"a/i{n}", Outcome.UNVERIFIED, reason="locked") for n in range(number)]
    shown = render(make_report(*results, exit_code=3))
    assert ("more" in shown) == more
    assert shown.count("a/i") == (5 if more else number)


def test_unverified_results_without_a_reason_are_not_thrown_together(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    results = [make_result(f"a/i{n}", Outcome.UNVERIFIED) for n in range(8)]
    shown = render(make_report(*results, exit_code=3))
    assert [f"a/i{n}" for n in range(8) if f"a/i{n}" not in shown] == []


def test_a_section_without_a_check_is_one_line(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    results = [
        make_result(f"a/i{n}", Outcome.UNVERIFIED, reason="no check", reason_code="no_check")
        for n in range(8)
    ]
    shown = render(make_report(*results, exit_code=3))
    assert shown.count("without a check") == 1
    assert "? 8 requirements of sections without a check yet: a" in shown


def test_reasons_that_differ_have_a_line_each(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    results = [
        make_result("a/one", Outcome.SKIPPED, reason="needs `write`"),
        make_result("a/two", Outcome.SKIPPED, reason="needs `load`"),
        make_result("a/three", Outcome.SKIPPED, reason="needs `load`"),
    ]
    shown = render(make_report(*results, exit_code=3))
    assert "- a    0 of 3   3 skipped\n    1 skipped: needs `write`\n    2 skipped: needs" in shown


def test_a_section_with_something_unasked_has_no_tick(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    results = [make_result("a/done", Outcome.PASS), make_result("a/left", Outcome.SKIPPED)]
    assert "✓" not in render(make_report(*results, exit_code=0))


def test_a_tolerated_failure_stays_visible_as_a_failure(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    waived = make_result(
        "a/old", Outcome.FAIL, disposition=Disposition.WAIVED, reason="until 2026-06-30"
    )
    shown = render(make_report(waived, exit_code=0))
    assert "✗ waived medium a/old" in shown
    assert "until 2026-06-30" in shown
    assert "FAIL" not in shown


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.SKIPPED, Outcome.NOT_APPLICABLE])
def test_a_disposition_says_nothing_where_there_is_nothing_to_tolerate(
    outcome: Outcome, make_result: MakeResult, make_report: MakeReport
) -> None:
    light = make_result("a/light", outcome, severity="info", disposition=Disposition.NON_GATING)
    shown = render(make_report(light, exit_code=0))
    assert "non-gating" not in shown
    assert "Tolerated" not in shown


def test_many_tolerated_failures_are_counted_and_not_listed(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    known = Disposition.BASELINED
    results = [make_result(f"a/i{n}", Outcome.FAIL, disposition=known) for n in range(100)]
    shown = render(make_report(*results, exit_code=0))
    assert "100 baselined fail" in shown
    assert "and 95 more" in shown


def test_long_sentences_are_wrapped_at_80_columns(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    prose = "a sentence that goes on, as those of a database server do, " * 4
    finding = Finding(
        subject="orders",
        expected=prose,
        observed=prose,
        verdict=Verdict.BREAKS,
        needs=prose,
        message=prose,
    )
    more = {"title": prose, "reason": prose, "remediation": prose, "findings": (finding,)}
    results = [make_result(f"orders/{o}", o, **more) for o in Outcome]
    shown = render(make_report(*results))
    assert max(map(cells, shown.splitlines())) <= 80
    assert shown.count("sentence") == 44  # nothing was cut, and a repair is for failures only


@given(texts=st.lists(st.text(), min_size=1, max_size=20))
def test_no_control_character_is_written(
    texts: list[str], with_texts: Callable[[list[str]], Report]
) -> None:
    assert render(with_texts(texts)).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("foreign", "seen"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b31m", r"\x9b31m"),
        ("\u202eabc", r"\u202eabc"),
        ("\U000e0041", r"\U000e0041"),
        ("a\tb\u2028c", "a b c"),
        ("a\r\nb", "a\nb"),
        ("naïve ✓", "naïve ✓"),
    ],
)
def test_an_invisible_character_is_shown_and_has_no_effect(foreign: str, seen: str) -> None:
    assert visible(foreign) == seen


@pytest.mark.parametrize(
    ("ratio", "written"), [(1.0, "100%"), (0.9999, "99.9%"), (0.5, "50%"), (0.0, "0%")]
)
def test_only_everything_is_100_percent(ratio: float, written: str) -> None:
    assert percent(ratio) == written
