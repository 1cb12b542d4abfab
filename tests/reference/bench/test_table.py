import json
from pathlib import Path

import pytest

from perfcheck.cli._bench import write
from perfcheck.cli._outputs import Output
from perfcheck.errors import ExitCode, OutputLostError
from perfcheck.reference.bench import Table, console
from perfcheck.reference.bench.batch import Reads
from perfcheck.reference.bench.table import as_json, markdown
from tests.reference.bench.rows import INDEXED, batch, seen, table, timed

GOOD = table(timed(*[1.5] * 10))
BAD = table(timed(*[1.604] * 10))
OPEN = table(timed(*[1.5] * 10, what="Cursor pagination", before=seen("Seq Scan", rows=0)))


def cells(written: str) -> list[list[str]]:
    lines = [line for line in written.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_a_row_shows_the_guide_beside_the_measured() -> None:
    assert cells(markdown(GOOD))[2:] == [
        [
            *("List jobs", "234 → 1.5 ms", "99.4%"),
            *("100 → 0.500 ms", "99.50%", "99.50% to 99.50%", "✓ reached"),
        ],
        [
            *("Batch reads", "101 → 1 statements", "99.0%"),
            *("101 → 1 statements", "99.0%", "counted", "✓ reached"),
        ],
    ]


def test_a_gain_just_below_the_demand_does_not_read_as_the_demand() -> None:
    row = cells(markdown(BAD))[2]
    assert row[4:] == ["99.39%", "99.39% to 99.39%", "✗ missed"]


def test_a_row_that_cannot_be_compared_says_why() -> None:
    said = console(OPEN)
    assert "? not comparable" in said
    assert "not comparable: OFFSET 90000 without indexes returned 0 rows" in said


def test_a_row_that_is_not_of_the_guide_has_no_verdict() -> None:
    said = table(timed(*[1.5] * 10, what="The cursor alone", before=seen(INDEXED)))
    name, times, promised, *_, verdict = cells(markdown(said))[2]
    assert (name, times, promised, verdict) == ("The cursor alone", "-", "-", "shown")
    assert markdown(said).rstrip().endswith("1 reached")


def test_a_loop_that_sent_nothing_has_no_gain() -> None:
    empty = batch(loop=Reads("a loop", 0, 1, 0))
    assert cells(markdown(table(batch_row=empty)))[2][4] == "-"


@pytest.mark.parametrize("written", [console(GOOD), markdown(GOOD)])
def test_what_was_measured_on_is_told(written: str) -> None:
    assert "PostgreSQL 18.6, scale 10; jobs: 1,000,000 rows, 300 MB" in written
    assert "round trip, in both: 1.00 [1.00, 1.00] ms; 10 rounds" in written
    assert "Limit, Sort, Seq Scan; 50 rows, executor 1.00 ms, 4 buffers" in written
    assert "10 statements for 10 pages of 50 rows" in written
    assert written.rstrip().endswith("2 reached")


def test_the_columns_of_the_console_are_aligned() -> None:
    head, *rows = console(table(timed(*[1.5] * 10), timed(*[90.0] * 10))).splitlines()[:4]
    for name in ("guide", "measured", "95 % interval", "verdict"):
        assert all(row[head.index(name) - 2 : head.index(name)] == "  " for row in rows)


def test_json_holds_every_number() -> None:
    written = json.loads(as_json(BAD))
    assert (written["schema"], written["verdict"]) == ("perfcheck-bench/1", "missed")
    row = written["timed"][0]
    assert row["promise"]["times_ms"] == [234, 1.5]
    assert row["gain"]["value"] == pytest.approx(0.99396)
    assert row["before"]["plan"] == "Limit, Sort, Seq Scan"
    assert written["batch"]["api"][0]["statements"] == 10


@pytest.mark.parametrize(
    ("measured", "code"),
    [(GOOD, ExitCode.VERIFIED), (BAD, ExitCode.FAILED), (OPEN, ExitCode.UNVERIFIED)],
)
def test_the_exit_code_follows_the_worst_row(measured: Table, code: ExitCode) -> None:
    assert write(measured, ()) is code


def test_a_report_on_standard_output_has_it_for_itself(capsys: pytest.CaptureFixture[str]) -> None:
    write(GOOD, (Output("json", "-"),))
    printed = capsys.readouterr()
    assert json.loads(printed.out)["verdict"] == "reached"
    assert "✓ reached" in printed.err


def test_a_lost_report_is_told_by_the_exit_code_unless_a_row_was_missed(tmp_path: Path) -> None:
    nowhere = (Output("markdown", str(tmp_path / "no" / "where.md")),)
    with pytest.raises(OutputLostError):
        write(GOOD, nowhere)
    assert write(BAD, nowhere) is ExitCode.FAILED
