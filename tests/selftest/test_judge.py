import pytest

from perfcheck.model import Outcome
from perfcheck.reference.faults.base import Fault
from perfcheck.selftest.judge import failed, judge
from perfcheck.selftest.model import SelftestReport, Turned, Verdict

PASS, FAIL, UNVERIFIED = Outcome.PASS, Outcome.FAIL, Outcome.UNVERIFIED
A, B, LATER = "indexes/a", "etags/b", "latency/later"


def fault(*breaks: str, unverified: tuple[str, ...] = ()) -> Fault:
    return Fault("f", "It is broken.", breaks, unverified, sql="select 1")


def found(a: Outcome = PASS, b: Outcome = PASS) -> dict[str, Turned]:
    return {
        A: Turned(requirement=A, outcome=a, message="a says so"),
        B: Turned(requirement=B, outcome=b, message="b says so"),
    }


CASES: list[tuple[str, Fault, dict[str, Turned], Verdict]] = [
    ("as declared", fault(A), found(a=FAIL), Verdict.CAUGHT),
    ("both as declared", fault(A, B), found(a=FAIL, b=FAIL), Verdict.CAUGHT),
    ("doubt as declared", fault(unverified=(A,)), found(a=UNVERIFIED), Verdict.CAUGHT),
    ("each in its way", fault(A, unverified=(B,)), found(FAIL, UNVERIFIED), Verdict.CAUGHT),
    ("nothing turned", fault(A), found(), Verdict.MISSED),
    ("one of two turned", fault(A, B), found(a=FAIL), Verdict.MISSED),
    ("doubt instead of a failure", fault(A), found(a=UNVERIFIED), Verdict.MISSED),
    ("a failure instead of doubt", fault(unverified=(A,)), found(a=FAIL), Verdict.MISSED),
    ("skipped", fault(A), found(a=Outcome.SKIPPED), Verdict.MISSED),
    ("another failed too", fault(A), found(a=FAIL, b=FAIL), Verdict.COLLATERAL),
    ("another is in doubt", fault(A), found(a=FAIL, b=UNVERIFIED), Verdict.COLLATERAL),
    ("another was skipped", fault(A), found(FAIL, Outcome.SKIPPED), Verdict.COLLATERAL),
    ("only another turned", fault(A), found(b=FAIL), Verdict.MISSED),
    ("no check yet", fault(LATER), found(), Verdict.OPEN),
    ("no check yet, another turned", fault(LATER), found(a=FAIL), Verdict.COLLATERAL),
    ("a part has no check yet", fault(A, LATER), found(a=FAIL), Verdict.CAUGHT),
    ("a part has no check yet, the rest is missed", fault(A, LATER), found(), Verdict.MISSED),
]


@pytest.mark.parametrize(
    ("shown", "seen", "verdict"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_fault_is_judged_by_what_it_declares(
    shown: Fault, seen: dict[str, Turned], verdict: Verdict
):
    assert judge(shown, seen).verdict is verdict


def test_a_judgement_names_what_turned_and_what_did_not():
    judgement = judge(fault(A, LATER), found(b=UNVERIFIED))
    assert [turned.requirement for turned in judgement.missed] == [A]
    assert [turned.message for turned in judgement.collateral] == ["b says so"]
    assert judgement.unchecked == (LATER,)
    assert judgement.caught == ()


CAUGHT, MISSED, COLLATERAL = (
    judge(fault(A), found(a=FAIL)),
    judge(fault(A), found()),
    judge(fault(A), found(a=FAIL, b=FAIL)),
)
OPEN, ERROR = judge(fault(LATER), found()), failed(fault(A), "the server refused")


@pytest.mark.parametrize(
    ("judgements", "requirements", "code"),
    [
        ((CAUGHT,), (A,), 0),
        ((CAUGHT, OPEN), (A,), 0),
        ((CAUGHT,), (), 0),
        ((CAUGHT,), (A, B), 1),  # nothing stands behind B
        ((CAUGHT, MISSED), (A,), 1),
        ((CAUGHT, ERROR), (A,), 1),
        ((COLLATERAL,), (), 1),
        ((MISSED,), (), 1),
        ((OPEN,), (), 3),
        ((OPEN,), (A,), 3),
        ((), (), 3),
    ],
)
def test_the_exit_code_is_0_only_if_all_is_caught_and_everything_is_proven(
    judgements: tuple[object, ...], requirements: tuple[str, ...], code: int
):
    report = SelftestReport.model_validate(
        {
            "version": "1",
            "scale": 1.0,
            "jobs": 1,
            "duration_s": 1.0,
            "requirements": requirements,
            "judgements": judgements,
        }
    )
    assert report.exit_code == code


def test_a_fault_with_collateral_proves_nothing():
    report = SelftestReport(
        version="1",
        scale=1.0,
        jobs=1,
        duration_s=1.0,
        requirements=(A,),
        judgements=(COLLATERAL,),
    )
    assert report.unproven == (A,)
