"""What a run gathered, and its file: saved facts can be judged again, offline."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Field, FiniteFloat, JsonValue, ValidationError

from perfcheck.errors import UsageError
from perfcheck.model import Model
from perfcheck.plan import Plan
from perfcheck.probes.base import Answer, Facts, Failure, Probe, Question
from perfcheck.redact import Redactor


@dataclass(frozen=True)
class Gathered:
    """The answers of a run, by question, and when it ran."""

    started_at: datetime
    duration_s: float
    answers: Mapping[Question, Answer]


class SavedAnswer(Model):
    """One answer; `question` identifies the probe with all its parameters."""

    target: str
    probe: str
    question: JsonValue
    asked: tuple[str, ...]
    taken_at: AwareDatetime
    duration_ms: FiniteFloat
    facts: JsonValue = None
    failure: Failure | None = None


class FactsFile(Model):
    """All answers of a run. `spec_sha256` says which spec they were gathered for."""

    format: Literal["perfcheck-facts/1"] = Field(alias="schema")
    spec_sha256: str
    profile: str | None
    started_at: AwareDatetime
    duration_s: FiniteFloat
    answers: tuple[SavedAnswer, ...]


def dump_facts(plan: Plan, gathered: Gathered) -> str:
    """Return the facts file of a run, without secrets."""
    redactor = Redactor(plan.spec.secrets)
    saved = FactsFile(
        schema="perfcheck-facts/1",
        spec_sha256=plan.spec.sha256,
        profile=plan.spec.profile,
        started_at=gathered.started_at,
        duration_s=gathered.duration_s,
        answers=tuple(_saved(q, a, redactor) for q, a in gathered.answers.items()),
    )
    return saved.model_dump_json(indent=1, by_alias=True) + "\n"


def read_facts(text: str) -> FactsFile:
    """Read a facts file. Raises UsageError for what is none."""
    try:
        return FactsFile.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"this is no facts file: {place or 'the text'}: {first['msg']}") from None


def answers_in(file: FactsFile, plan: Plan) -> Gathered:
    """Return a facts file's answers to the questions of a plan.

    A question that the file does not answer stays unanswered.
    """
    redactor = Redactor(plan.spec.secrets)
    saved = _Saved(file)
    answers: dict[Question, Answer] = {}
    for question in dict.fromkeys((*plan.questions, *plan.sent_as)):
        found = saved.find(question, _redacted(_plain(question.probe), redactor))
        if found is not None:
            answers[question] = _answer(found, question.probe)
    return Gathered(file.started_at, file.duration_s, answers)


class _Saved:
    """The answers of a file, to be found by question."""

    def __init__(self, file: FactsFile) -> None:
        self._by_kind: dict[str, list[tuple[frozenset[str], SavedAnswer]]] = {}
        for answer in file.answers:
            kind, subjects = _split(answer.target, answer.probe, answer.question)
            self._by_kind.setdefault(kind, []).append((subjects, answer))

    def find(self, question: Question, written: JsonValue) -> SavedAnswer | None:
        """Return the answer to a question, or the one that covers its subjects."""
        kind, subjects = _split(question.target, question.probe.name, written)
        answers = self._by_kind.get(kind, [])
        exact = [answer for covered, answer in answers if covered == subjects]
        if len(exact) > 1:
            # They differ in a hidden secret only: neither can be told apart.
            return None
        covering = [answer for covered, answer in answers if covered > subjects]
        return exact[0] if exact else next(iter(covering), None)


def _split(target: str, probe: str, question: JsonValue) -> tuple[str, frozenset[str]]:
    """Return what a question is without its subjects, and its subjects, each as one text."""
    fields = dict(question) if isinstance(question, dict) else {}
    subjects = fields.pop("subjects", [])
    kind = json.dumps([target, probe, fields])
    return kind, frozenset(map(json.dumps, subjects if isinstance(subjects, list) else []))


def _saved(question: Question, answer: Answer, redactor: Redactor) -> SavedAnswer:
    outcome = answer.outcome
    seen = outcome.model_dump(mode="json")
    if not isinstance(outcome, Failure) and _redacted(seen, redactor) != seen:
        # Changed facts would be judged to another verdict: better none than false ones.
        message = "the facts hold a secret of the spec, so they were not saved"
        outcome = Failure(reason_code="garbage", message=message, needs="a live run")
    return SavedAnswer(
        target=question.target,
        probe=question.probe.name,
        question=_redacted(_plain(question.probe), redactor),
        asked=answer.asked,
        taken_at=answer.taken_at,
        duration_ms=answer.duration_ms,
        facts=None if isinstance(outcome, Failure) else seen,
        failure=outcome if isinstance(outcome, Failure) else None,
    )


def _answer(saved: SavedAnswer, probe: Probe[Any]) -> Answer:
    outcome: Facts | Failure
    if saved.failure is not None:
        outcome = saved.failure
    else:
        try:
            outcome = probe.facts.model_validate_json(json.dumps(saved.facts))
        except ValidationError:
            message = f"the saved facts of {probe.name} are not what this version reads"
            outcome = Failure(reason_code="garbage", message=message)
    return Answer(outcome, saved.asked, saved.taken_at, saved.duration_ms)


def _redacted(value: JsonValue, redactor: Redactor) -> JsonValue:
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, list):
        return [_redacted(item, redactor) for item in value]
    if isinstance(value, dict):
        return {redactor.text(key): _redacted(item, redactor) for key, item in value.items()}
    return value


def _plain(value: Any) -> JsonValue:  # noqa: ANN401 - whatever a probe's fields hold
    """Return a probe's parameters as JSON; sets are sorted, so that the key is stable."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, frozenset):
        return sorted((_plain(item) for item in value), key=json.dumps)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
