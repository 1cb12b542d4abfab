"""Decide what is asked: which requirements, of which targets, in how few questions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from perfcheck.errors import UsageError
from perfcheck.model import Permission, Severity
from perfcheck.probes.base import BatchProbe, Probe, Question
from perfcheck.spec.model import Requirement, Spec
from perfcheck.suggest import hint

DEFAULT_PERMISSIONS = frozenset({Permission.READ})


@dataclass(frozen=True)
class Step:
    """One requirement and the questions that it reads the answers of.

    `skipped` says why nothing is asked; `selected` is false if the user left it out.
    """

    requirement: Requirement
    questions: tuple[Question, ...] = ()
    skipped: str | None = None
    selected: bool = True


@dataclass(frozen=True)
class Plan:
    """What a run asks, before it asks anything.

    `questions` are the ones that are sent; `sent_as` maps each question of a step to the
    one that covers it.
    """

    spec: Spec
    gate: Severity
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]
    sent_as: Mapping[Question, Question]

    def covered_by(self, sent: Question) -> tuple[Question, ...]:
        """Return the steps' own questions that one question covers; walks all of them."""
        return tuple(own for own, covering in self.sent_as.items() if covering == sent)


def make_plan(spec: Spec, *, only: tuple[str, ...] = ()) -> Plan:
    """Return the plan of a spec under its profile; without one, only reading is allowed.

    `only` holds sections and section/ids. Raises UsageError for one that is not in the spec.
    """
    chosen = spec.profiles[spec.profile] if spec.profile is not None else None
    _check_selection(spec, only)
    allowed = chosen.allow if chosen else DEFAULT_PERMISSIONS
    steps = tuple(_step(r, spec.profile, only, allowed) for r in spec.requirements)
    sent_as = _joined(question for step in steps for question in step.questions)
    return Plan(
        spec=spec,
        gate=chosen.gate.severity if chosen else "low",
        steps=steps,
        questions=tuple(dict.fromkeys(sent_as.values())),
        sent_as=sent_as,
    )


def _check_selection(spec: Spec, only: tuple[str, ...]) -> None:
    names = {r.name for r in spec.requirements} | {r.section for r in spec.requirements}
    for name in only:
        if name not in names:
            raise UsageError(
                f"--only {name}: the spec has no such section or requirement{hint(name, names)}"
            )


def _step(
    requirement: Requirement,
    profile: str | None,
    only: tuple[str, ...],
    allowed: frozenset[Permission],
) -> Step:
    if only and requirement.name not in only and requirement.section not in only:
        return Step(requirement, skipped="not selected by --only", selected=False)
    wanted = requirement.check.profiles
    if wanted is not None and profile not in wanted:
        return Step(requirement, skipped=f"only for profile {' or '.join(wanted)}", selected=False)
    missing = sorted(requirement.check.permissions - allowed)
    if missing:
        under = f"profile {profile}" if profile else "a run without --profile"
        reason = f"needs the permission {', '.join(missing)}, which {under} does not allow"
        return Step(requirement, skipped=reason)
    target = requirement.target or ""
    return Step(requirement, tuple(Question(target, p) for p in requirement.check.probes()))


def _joined(questions: Iterable[Question]) -> dict[Question, Question]:
    """Map each question to itself, or to the one that asks for all its kind's subjects."""
    own = tuple(dict.fromkeys(questions))
    subjects: dict[Question, frozenset[object]] = {}
    for question in own:
        kind = _kind(question)
        if isinstance(question.probe, BatchProbe):
            subjects[kind] = subjects.get(kind, frozenset()) | question.probe.subjects
    return {question: _covering(question, subjects) for question in own}


def _covering(question: Question, subjects: Mapping[Question, frozenset[object]]) -> Question:
    probe: Probe[object] = question.probe  # type: ignore[type-var]  # any facts will do here
    if isinstance(probe, BatchProbe):
        return Question(question.target, probe.joined(subjects[_kind(question)]))
    return question


def _kind(question: Question) -> Question:
    """Return the question without its subjects: what may be asked together."""
    if isinstance(question.probe, BatchProbe):
        return Question(question.target, question.probe.joined(frozenset()))
    return question
