"""Sorts results into what a reader looks for: proved, tolerated, open and broken."""

from collections.abc import Iterable, Sequence

from perfcheck.model import SEVERITIES, Disposition, Finding, Outcome, Report, Result, Verdict

NO_CHECK = "no_check"
_NOT_ASKED = (Outcome.SKIPPED, Outcome.NOT_APPLICABLE)
_OPEN = (Outcome.FAIL, Outcome.UNVERIFIED)


def proved(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return the passes."""
    return tuple(r for r in results if r.outcome is Outcome.PASS)


def not_asked(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return what was skipped or has no subject here."""
    return tuple(r for r in results if r.outcome in _NOT_ASKED)


def attention(results: Sequence[Result]) -> tuple[Result, ...]:
    """Return the failures, then the unverified that were judged, each the most severe first."""
    unverified = worst_first(results, Outcome.UNVERIFIED)
    judged = (r for r in unverified if not without_check(r))
    return (*worst_first(results, Outcome.FAIL), *judged)


def worst_first(results: Iterable[Result], outcome: Outcome) -> tuple[Result, ...]:
    """Return the results with this outcome; equal severities stay in the spec's order."""
    found = [r for r in results if r.outcome is outcome]
    return tuple(sorted(found, key=lambda r: SEVERITIES.index(r.severity)))


def tolerated(result: Result) -> bool:
    """Tell whether it failed or is unverified, and something says that it does not count."""
    return result.outcome in _OPEN and result.disposition is not Disposition.NONE


def without_check(result: Result) -> bool:
    """Tell whether it is unverified because no check judges its section."""
    return result.outcome is Outcome.UNVERIFIED and result.reason_code == NO_CHECK


def without_checks(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return what no check judges."""
    return tuple(filter(without_check, results))


def quiet(result: Result) -> bool:
    """Tell whether nothing was looked at, so that its reason is all there is to say."""
    return result.outcome in _NOT_ASKED or without_check(result)


def open_findings(result: Result) -> tuple[Finding, ...]:
    """Return the findings that break, then those that are undecided."""
    breaks = [f for f in result.findings if f.verdict is Verdict.BREAKS]
    return (*breaks, *(f for f in result.findings if f.verdict is Verdict.UNDECIDED))


def why(result: Result) -> str:
    """Return the reason, or else what the first open finding says, or nothing."""
    messages = [finding.message for finding in open_findings(result)]
    return result.reason or next(iter(messages), "")


def required(report: Report, requires: Sequence[str]) -> tuple[Result, ...]:
    """Return the results that a box of the checklist needs: by requirement or section."""
    names = frozenset(requires)
    return tuple(r for r in report.results if r.requirement in names or r.section in names)


def disposition(result: Result) -> str:
    """Return in words why an open result is tolerated, or nothing."""
    return result.disposition.replace("_", "-") if tolerated(result) else ""


def outcome(result: Result) -> str:
    """Return the outcome in words."""
    return result.outcome.replace("_", " ")
