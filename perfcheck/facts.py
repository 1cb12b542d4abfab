"""What a run gathered, and its file: saved facts can be judged again, offline."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, JsonValue, ValidationError

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
    taken_at: datetime
    duration_ms: float
    facts: JsonValue = None
    failure: Failure | None = None


class FactsFile(Model):
    """All answers of a run. `spec_sha256` says which spec they were gathered for."""

    format: Literal["perfcheck-facts/1"] = Field(default="perfcheck-facts/1", alias="schema")
    spec_sha256: str
    profile: str | None
    started_at: datetime
    duration_s: float
    answers: tuple[SavedAnswer, ...]


def dump_facts(plan: Plan, gathered: Gathered) -> str:
    """Return the facts file of a run, without secrets."""
    redactor = Redactor(plan.spec.secrets)
    saved = FactsFile(
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
    by_key: dict[tuple[str, str, str], SavedAnswer | None] = {}
    for saved in file.answers:
        key = (saved.target, saved.probe, json.dumps(saved.question))
        # Two questions that differ in a hidden secret only: neither answer can be told apart.
        by_key[key] = None if key in by_key else saved
    answers: dict[Question, Answer] = {}
    for question in dict.fromkeys((*plan.questions, *plan.sent_as)):
        written = json.dumps(_redacted(_plain(question.probe), redactor))
        answer = by_key.get((question.target, question.probe.name, written))
        if answer is not None:
            answers[question] = _answer(answer, question.probe)
    return Gathered(file.started_at, file.duration_s, answers)


def _saved(question: Question, answer: Answer, redactor: Redactor) -> SavedAnswer:
    is_failure = isinstance(answer.outcome, Failure)
    return SavedAnswer(
        target=question.target,
        probe=question.probe.name,
        question=_redacted(_plain(question.probe), redactor),
        asked=answer.asked,
        taken_at=answer.taken_at,
        duration_ms=answer.duration_ms,
        facts=None if is_failure else _redacted(answer.outcome.model_dump(mode="json"), redactor),
        failure=answer.outcome if isinstance(answer.outcome, Failure) else None,
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
