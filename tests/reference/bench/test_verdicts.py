from dataclasses import replace

import pytest

from perfcheck.reference.bench.batch import Reads
from perfcheck.reference.bench.guide import BATCH
from perfcheck.reference.bench.intervals import Round
from perfcheck.reference.bench.verdicts import Verdict, judge_batch, judge_timed
from tests.reference.bench.rows import INDEXED, LOOP, batch, seen, table, timed

# The guide demands 99.4 % of 100 ms: 0.6 ms beside the round trip of 1 ms.
GOOD, BAD = 1.5, 1.7


@pytest.mark.parametrize(
    ("after_ms", "verdict"),
    [
        ([GOOD] * 10, Verdict.REACHED),
        ([1.6] * 10, Verdict.REACHED),  # exactly
        ([BAD] * 10, Verdict.MISSED),
        ([GOOD] * 9 + [BAD], Verdict.REACHED),
        ([GOOD] * 5 + [BAD] * 5, Verdict.UNDECIDED),
        ([GOOD] * 5 + [BAD], Verdict.UNDECIDED),  # six rounds cannot leave one out
    ],
)
def test_the_whole_interval_has_to_be_on_one_side(after_ms: list[float], verdict: Verdict) -> None:
    assert judge_timed(timed(*after_ms)).verdict is verdict


def test_the_round_trip_is_subtracted_from_what_is_shown() -> None:
    row = judge_timed(timed(*[1.5] * 6))
    assert (row.net_before_ms, row.net_after_ms, row.trip_ms.value) == (100, 0.5, 1)


def test_an_offset_past_the_end_is_not_comparable() -> None:
    what = "Cursor pagination"
    row = judge_timed(timed(*[GOOD] * 6, what=what, before=seen("Limit, Sort, Seq Scan", rows=0)))
    assert row.verdict is Verdict.NOT_COMPARABLE
    assert row.why == (
        "OFFSET 90000 without indexes returned 0 rows, cursor 50: a larger --scale is needed"
    )


def test_a_page_that_offset_finds_in_part_is_not_comparable() -> None:
    what = "Cursor pagination"
    row = judge_timed(timed(*[GOOD] * 6, what=what, before=seen("Limit, Seq Scan", rows=20)))
    assert row.verdict is Verdict.NOT_COMPARABLE


def test_a_statement_that_finds_nothing_is_not_comparable() -> None:
    empty = replace(timed(*[GOOD] * 6), after=seen(INDEXED, rows=0), before=seen("", rows=0))
    assert judge_timed(empty).why == (
        "without indexes returned 0 rows, with indexes 0: a larger --scale is needed"
    )


def test_an_index_used_where_none_should_be_is_not_comparable() -> None:
    row = judge_timed(timed(*[GOOD] * 6, before=seen(INDEXED)))
    assert row.verdict is Verdict.NOT_COMPARABLE
    assert row.why == f"the planner used an index all the same: {INDEXED}"


@pytest.mark.parametrize("after_ms", [1.1, 99.0])
def test_what_the_guide_does_not_state_is_shown_and_decides_nothing(after_ms: float) -> None:
    alone = timed(*[after_ms] * 6, what="The cursor alone", before=seen(INDEXED))
    assert judge_timed(alone).verdict is Verdict.SHOWN
    assert table(alone, timed(*[GOOD] * 10)).worst is Verdict.REACHED


def test_an_index_that_helps_nothing_is_missed() -> None:
    same = replace(timed(), rounds=(Round(1, 101, 101),) * 6)
    row = judge_timed(same)
    assert (row.verdict, row.gain.value) == (Verdict.MISSED, 0)


@pytest.mark.parametrize(
    ("loop", "api", "verdict"),
    [
        (LOOP, (10, 10), Verdict.REACHED),
        (LOOP, (10, 20), Verdict.MISSED),  # one statement more for the longer page
        (LOOP, (0, 0), Verdict.MISSED),  # a cache answered, or nothing was counted
        (LOOP, (11, 10), Verdict.MISSED),
        (replace(LOOP, statements=100), (10, 10), Verdict.NOT_COMPARABLE),
        (replace(LOOP, rows=20, statements=21), (10, 10), Verdict.NOT_COMPARABLE),
    ],
)
def test_batch_reads_are_judged_by_what_was_counted(
    loop: Reads, api: tuple[int, int], verdict: Verdict
) -> None:
    reads = [Reads("GET /x", rows, 10, count) for rows, count in zip((50, 100), api, strict=True)]
    assert judge_batch(BATCH, loop, reads).verdict is verdict


def test_an_empty_page_says_nothing_about_batches() -> None:
    row = judge_batch(BATCH, LOOP, [Reads("GET /x", 0, 10, 10)])
    assert row.verdict is Verdict.NOT_COMPARABLE


@pytest.mark.parametrize(
    ("rows", "statements", "worst"),
    [
        ([[GOOD] * 10], 10, Verdict.REACHED),
        ([[GOOD] * 10, [GOOD, BAD] * 5], 10, Verdict.UNDECIDED),
        ([[GOOD, BAD] * 5, [BAD] * 10], 10, Verdict.MISSED),
        ([[GOOD] * 10], 20, Verdict.MISSED),
    ],
)
def test_the_worst_row_is_the_tables_verdict(
    rows: list[list[float]], statements: int, worst: Verdict
) -> None:
    found = table(*(timed(*row) for row in rows), batch_row=batch(statements))
    assert found.worst is worst
