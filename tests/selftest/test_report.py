import json

from perfcheck.model import Outcome
from perfcheck.reference.faults.base import Fault
from perfcheck.selftest.judge import failed, judge
from perfcheck.selftest.model import SelftestReport, Turned
from perfcheck.selftest.report import as_json, console, markdown


def turned(name: str, outcome: Outcome, message: str = "") -> Turned:
    return Turned(requirement=name, outcome=outcome, message=message)


FAULTS = [Fault(name, "It is broken.", ("indexes/a",), sql="select 1") for name in "abc"]
REPORT = SelftestReport(
    version="1.2.3",
    scale=0.05,
    jobs=2,
    duration_s=12.3,
    requirements=("indexes/a", "etags/b"),
    judgements=(
        judge(FAULTS[0], {"indexes/a": turned("indexes/a", Outcome.FAIL)}),
        judge(
            FAULTS[1],
            {
                "indexes/a": turned("indexes/a", Outcome.PASS),
                "etags/b": turned("etags/b", Outcome.FAIL, "no | tag\nat all"),
            },
        ),
        failed(FAULTS[2], "line one\nline two"),
    ),
)


def test_the_console_says_what_went_wrong_below_each_fault():
    assert console(REPORT).splitlines() == [
        "✓ a  caught      indexes/a",
        "✗ b  missed",
        "    did not turn as declared: indexes/a is pass",
        "    turned without being declared: etags/b is fail: no | tag at all",
        "✗ c  error",
        "    line one line two",
        "",
        "3 faults: 1 caught, 1 missed, 1 error; 12 s with 2 side by side, at scale 0.05",
        "1 of 2 requirements with a check proven by a fault",
        "no caught fault stands behind etags/b",
        "exit 1: a fault was not caught, or turned what it does not declare",
    ]


def test_the_document_has_a_row_for_each_fault():
    rows = [line for line in markdown(REPORT).splitlines() if line.startswith("| ")]
    assert rows[1:] == [
        "| ✓ caught | `a` | It is broken. | `indexes/a` |",
        "| ✗ missed | `b` | It is broken. |  |",
        "| ✗ error | `c` | It is broken. |  |",
    ]
    assert r"- turned without being declared: etags/b is fail: no \| tag at all" in markdown(REPORT)


def test_the_json_is_the_whole_report_and_reads_back():
    said = json.loads(as_json(REPORT))
    assert said["schema"] == "perfcheck-selftest/1"
    assert (said.pop("unproven"), said.pop("exit_code")) == (["etags/b"], 1)
    assert SelftestReport.model_validate_json(json.dumps(said)) == REPORT
