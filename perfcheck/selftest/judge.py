"""Compare what a fault turned with what it declares: pure."""

from collections.abc import Iterable, Mapping

from perfcheck.model import Outcome, Report, Result
from perfcheck.model import Verdict as Answer
from perfcheck.reference.faults.base import Fault
from perfcheck.selftest.model import Judgement, Turned, Verdict


def declared(fault: Fault) -> dict[str, Outcome]:
    """Return what each requirement that a fault names must turn to."""
    return {
        **dict.fromkeys(fault.breaks, Outcome.FAIL),
        **dict.fromkeys(fault.leaves_unverified, Outcome.UNVERIFIED),
    }


def seen(report: Report, checked: Iterable[str]) -> dict[str, Turned]:
    """Return how the requirements of some sections stand in a report."""
    sections = set(checked)
    return {
        result.requirement: Turned(
            requirement=result.requirement, outcome=result.outcome, message=_said(result)
        )
        for result in report.results
        if result.section in sections
    }


def judge(fault: Fault, found: Mapping[str, Turned]) -> Judgement:
    """Return what a fault did.

    Args:
        fault: one that ran.
        found: every requirement that has a check, as it stood under the fault.
    """
    wanted = declared(fault)
    here = {name: outcome for name, outcome in wanted.items() if name in found}
    caught = tuple(name for name, outcome in here.items() if found[name].outcome is outcome)
    missed = tuple(found[name] for name in here if name not in caught)
    collateral = tuple(
        turned
        for name, turned in found.items()
        if name not in wanted and turned.outcome is not Outcome.PASS
    )
    if missed:
        verdict = Verdict.MISSED
    elif collateral:
        verdict = Verdict.COLLATERAL
    else:
        verdict = Verdict.CAUGHT if caught else Verdict.OPEN
    return Judgement(
        fault=fault.name,
        shows=fault.shows,
        verdict=verdict,
        caught=caught,
        missed=missed,
        collateral=collateral,
        unchecked=tuple(name for name in wanted if name not in found),
    )


def failed(fault: Fault, why: str) -> Judgement:
    """Return the judgement of a fault that could not be shown."""
    return Judgement(fault=fault.name, shows=fault.shows, verdict=Verdict.ERROR, error=why)


def _said(result: Result) -> str:
    wrong = (Answer.BREAKS, Answer.UNDECIDED)
    messages = [f.message for answer in wrong for f in result.findings if f.verdict is answer]
    return messages[0] if messages else result.reason or ""
