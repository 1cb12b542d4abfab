"""Judge: from a plan and its answers to a report. Pure: no clock, no I/O."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from perfcheck.checks.base import unanswered, undecided
from perfcheck.errors import ExitCode, NotApplicableError, ReasonCode, UnverifiedError
from perfcheck.facts import Gathered
from perfcheck.model import (
    SEVERITIES,
    Disposition,
    Evidence,
    Finding,
    Outcome,
    Proof,
    Report,
    Result,
    Severity,
    SpecIdentity,
    Summary,
    Tick,
    Tool,
    Verdict,
)
from perfcheck.plan import Plan, Step
from perfcheck.probes.base import Answer, Answers, Failure, Question
from perfcheck.redact import Redactor
from perfcheck.spec.model import Item
from perfcheck.texts import map_texts

_PROOFS = tuple(Proof)  # weakest first


# What identifies a result comes from the spec's own text, never from a secret: the loader
# refuses that. Replacing a part of it would take a requirement out of its checklist item.
_IDENTITY = frozenset({"requirement", "section", "id", "requires", "file", "severity", "sha256"})


def evaluate(plan: Plan, gathered: Gathered, *, version: str) -> Report:
    """Return the report of a run: exactly one result for each requirement of the spec.

    Secrets of the spec are replaced in every text of it.
    """
    spec = plan.spec
    results = tuple(_result(plan, step, gathered) for step in plan.steps)
    code, reason = exit_of(results)
    report = Report(
        tool=Tool(version=version),
        spec=SpecIdentity(name=spec.name, title=spec.title, path=spec.path, sha256=spec.sha256),
        profile=spec.profile,
        started_at=gathered.started_at,
        duration_s=round(gathered.duration_s, 3),
        exit_code=int(code),
        exit_reason=reason,
        summary=_summary(plan, results),
        checklist=tuple(_tick(item, results) for item in spec.checklist),
        results=results,
    )
    return map_texts(report, Redactor(spec.secrets).text, keep=_IDENTITY | {"format", "tool"})


def outcome_of(findings: Iterable[Finding]) -> Outcome:
    """Return what findings amount to: the only place where a pass is made.

    Any that breaks: fail; else any undecided: unverified; else at least one that holds:
    pass; none at all: unverified.
    """
    verdicts = {finding.verdict for finding in findings}
    if Verdict.BREAKS in verdicts:
        return Outcome.FAIL
    if Verdict.UNDECIDED in verdicts or Verdict.HOLDS not in verdicts:
        return Outcome.UNVERIFIED
    return Outcome.PASS


def exit_of(results: Sequence[Result]) -> tuple[ExitCode, str]:
    """Return the exit code of results and the reason for it, as one sentence.

    A failure that is waived or baselined counts as checked. What does not gate does not
    count at all, whatever it is.
    """
    by_outcome = Counter(r.outcome for r in results if r.disposition is Disposition.NONE)
    tolerated = sum(r.disposition in _TOLERATED and r.outcome is Outcome.FAIL for r in results)
    if failed := by_outcome[Outcome.FAIL]:
        return ExitCode.FAILED, f"{_count(failed)} failed"
    if unverified := by_outcome[Outcome.UNVERIFIED]:
        return ExitCode.UNVERIFIED, f"{_count(unverified)} could not be verified"
    quiet = sum(r.disposition is Disposition.NON_GATING for r in results)
    if not by_outcome[Outcome.PASS] and not tolerated:
        return ExitCode.UNVERIFIED, f"nothing {'that counts ' if quiet else ''}was checked"
    if quiet:
        return ExitCode.VERIFIED, f"everything that counts holds; {_count(quiet)} did not count"
    return ExitCode.VERIFIED, "everything that was checked holds"


_TOLERATED = (Disposition.WAIVED, Disposition.BASELINED)


def _count(number: int) -> str:
    return f"{number} requirement{'s' if number != 1 else ''}"


class _Judgement(NamedTuple):
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    reason_code: ReasonCode | None = None


def _result(plan: Plan, step: Step, gathered: Gathered) -> Result:
    requirement, check = step.requirement, step.requirement.check
    answered = {q: _answer_for(plan, q, gathered) for q in step.questions}
    if step.skipped:
        judgement = _Judgement(Outcome.SKIPPED, reason=step.skipped)
    else:
        judgement = _judge(step, answered)
    return Result(
        requirement=requirement.name,
        section=requirement.section,
        id=requirement.id,
        title=check.title or requirement.id,
        severity=check.severity,
        outcome=judgement.outcome,
        disposition=_disposition(judgement.outcome, check.severity, plan.gate),
        proof=_proof(judgement.findings) if judgement.outcome is Outcome.PASS else None,
        reason=judgement.reason,
        reason_code=judgement.reason_code,
        location=requirement.location,
        findings=judgement.findings,
        evidence=tuple(_evidence(q, a) for q, a in answered.items() if a is not None),
        rationale=check.rationale,
        remediation=check.remediation,
    )


def _answer_for(plan: Plan, question: Question, gathered: Gathered) -> Answer | None:
    """Return the answer to a step's own question, else that of the one which covers it."""
    own = gathered.answers.get(question)
    return own or gathered.answers.get(plan.sent_as.get(question, question))


def _judge(step: Step, answered: dict[Question, Answer | None]) -> _Judgement:
    answers = Answers({q.probe: a for q, a in answered.items() if a is not None})
    name = step.requirement.name
    findings: list[Finding] = []
    code: ReasonCode | None = None
    try:
        findings.extend(step.requirement.check.evaluate(answers))
    except NotApplicableError as proof:
        if outcome_of(findings) is not Outcome.FAIL:
            return _Judgement(Outcome.NOT_APPLICABLE, tuple(findings), str(proof))
    except UnverifiedError as error:
        code = error.reason_code
        findings.append(unanswered(name, error))
    except Exception as error:  # noqa: BLE001 - a check's bug costs its requirement only
        code = "bug"
        message = f"a bug in the check of {name}: {type(error).__name__}"
        needs = "a mended perfcheck"
        findings.append(undecided(name, "an answer", message, needs=needs, message=message))
    outcome = outcome_of(findings)
    if outcome is Outcome.UNVERIFIED and code is None:
        failures = [a.outcome for a in answered.values() if a and isinstance(a.outcome, Failure)]
        code = failures[0].reason_code if failures else None
    return _Judgement(outcome, tuple(findings), _reason(outcome, findings), code)


def _reason(outcome: Outcome, findings: list[Finding]) -> str | None:
    if outcome is not Outcome.UNVERIFIED:
        return None
    open_ones = [f.message for f in findings if f.verdict is Verdict.UNDECIDED]
    return open_ones[0] if open_ones else "the check looked at nothing"


def _proof(findings: tuple[Finding, ...]) -> Proof:
    """Return the weakest proof among what holds: a pass never claims more."""
    found = [f.proof for f in findings if f.proof is not None]
    return min(found, key=_PROOFS.index, default=Proof.PRESENT)


def _disposition(outcome: Outcome, severity: Severity, gate: Severity) -> Disposition:
    below = SEVERITIES.index(severity) > SEVERITIES.index(gate) or severity == "info"
    matters = outcome in (Outcome.FAIL, Outcome.UNVERIFIED)
    return Disposition.NON_GATING if below and matters else Disposition.NONE


def _evidence(question: Question, answer: Answer) -> Evidence:
    if isinstance(answer.outcome, Failure):
        observed = answer.outcome.message
    else:
        observed = question.probe.excerpt(answer.outcome)
    return Evidence(
        target=question.target,
        probe=question.probe.name,
        asked="\n".join(answer.asked),
        observed=observed,
        taken_at=answer.taken_at,
        duration_ms=round(answer.duration_ms, 3),
    )


def _summary(plan: Plan, results: tuple[Result, ...]) -> Summary:
    counts = Counter(result.outcome for result in results)
    selected = sum(step.selected for step in plan.steps)
    decided = counts[Outcome.PASS] + counts[Outcome.FAIL] + counts[Outcome.NOT_APPLICABLE]
    return Summary(
        selected=selected,
        passed=counts[Outcome.PASS],
        fail=counts[Outcome.FAIL],
        unverified=counts[Outcome.UNVERIFIED],
        not_applicable=counts[Outcome.NOT_APPLICABLE],
        skipped=counts[Outcome.SKIPPED],
        coverage=round(decided / selected, 4) if selected else 0.0,
    )


def _tick(item: Item, results: tuple[Result, ...]) -> Tick:
    required = [r for r in results if r.section in item.requires or r.requirement in item.requires]
    found = {name for r in required for name in (r.section, r.requirement)}
    counts = Counter(r.outcome for r in required)
    ticked = found >= set(item.requires) and counts[Outcome.PASS] == len(required) > 0
    others = [
        f"{n} {o.replace('_', ' ')}" for o in Outcome if o != Outcome.PASS and (n := counts[o])
    ]
    return Tick(
        id=item.id,
        item=item.item,
        ticked=ticked,
        requires=tuple(r.requirement for r in required),
        note=None if ticked else f"of {len(required)}: {', '.join(others)}",
    )
