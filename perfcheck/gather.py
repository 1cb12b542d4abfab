"""Ask the targets: the only part of the line that waits.

Every probe has a deadline; targets are asked side by side, each with bounded
concurrency; a probe that fails costs only the requirements that read it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from perfcheck.clock import Clock
from perfcheck.errors import ProbeError
from perfcheck.facts import Gathered
from perfcheck.plan import Plan
from perfcheck.probes.base import Answer, BatchProbe, Facts, Failure, Question
from perfcheck.redact import Redactor
from perfcheck.spec.targets import Target
from perfcheck.targets.base import Client
from perfcheck.targets.connect import connect

_log = logging.getLogger(__name__)

# A probe sends several requests, each with the target's own timeout.
_DEADLINE_FACTOR = 3
# After so many probes in a row without an answer (one, if it never answered), a target is
# not asked any more: else a spec of a hundred probes would wait for a hundred deadlines.
_TIMEOUTS_IN_A_ROW = 2


class Observer(Protocol):
    """Who watches a run: a progress display, or nobody."""

    def planned(self, questions: int) -> None:
        """Learn how many questions there are."""
        ...

    def asking(self, target: str, probe: str) -> None:
        """Learn that one is being asked."""
        ...

    def answered(self, target: str, probe: str, *, ok: bool) -> None:
        """Learn that one is answered, or could not be."""
        ...


async def gather(
    plan: Plan,
    *,
    clock: Clock,
    observer: Observer,
    connect: Callable[[Target], Client] = connect,
) -> Gathered:
    """Return what the plan's questions were answered with. Never raises for a target.

    What measures time runs alone, after all others.
    """
    started_at, started_s = clock.now(), clock.monotonic_s()
    observer.planned(len(plan.questions))
    around = _Run(plan, clock, observer, Redactor(plan.spec.secrets))
    lanes: dict[str, _Lane] = {}
    try:
        for name in sorted({question.target for question in plan.questions}):
            settings = plan.spec.targets[name]
            lanes[name] = _Lane(name, settings, connect(settings), around)
        async with asyncio.TaskGroup() as group:
            for question in plan.questions:
                if not question.probe.exclusive:
                    group.create_task(lanes[question.target].ask(question))
        for question in plan.questions:
            if question.probe.exclusive:
                await lanes[question.target].ask(question)
    finally:
        await asyncio.gather(*(lane.client.close() for lane in lanes.values()))
    return Gathered(
        started_at=started_at,
        duration_s=clock.monotonic_s() - started_s,
        answers={q: a for lane in lanes.values() for q, a in lane.answers.items()},
    )


@dataclass(frozen=True)
class _Run:
    """What all lanes of a run share."""

    plan: Plan
    clock: Clock
    observer: Observer
    redactor: Redactor


class _Lane:
    """One target's questions and answers."""

    def __init__(self, name: str, settings: Target, client: Client, run: _Run) -> None:
        self.client = client
        self.answers: dict[Question, Answer] = {}
        self._name = name
        self._run = run
        self._deadline_s = settings.timeout.total_seconds() * _DEADLINE_FACTOR
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._down: Failure | None = None
        self._timeouts = 0
        self._has_answered = False

    async def ask(self, question: Question) -> None:
        """Ask, and keep the answer; ask the parts one by one if the whole fails."""
        answer = await self._answer(question)
        self.answers[question] = answer
        if _worth_splitting(question, answer):
            parts = self._run.plan.covered_by(question)
            for part in parts if len(parts) > 1 else ():
                self.answers[part] = await self._answer(part)

    async def _answer(self, question: Question) -> Answer:
        async with self._slots:
            name, clock = question.probe.name, self._run.clock
            self._run.observer.asking(self._name, name)
            taken_at, started_s = clock.now(), clock.monotonic_s()
            journal: list[str] = []
            outcome = self._down or await self._outcome(question, journal)
            ok = not isinstance(outcome, Failure)
            self._run.observer.answered(self._name, name, ok=ok)
            return Answer(
                outcome=outcome,
                asked=tuple(self._run.redactor.text(line) for line in journal),
                taken_at=taken_at,
                duration_ms=(clock.monotonic_s() - started_s) * 1000,
            )

    async def _outcome(self, question: Question, journal: list[str]) -> Facts | Failure:
        failure: Failure
        try:
            async with asyncio.timeout(self._deadline_s), self.client.session() as session:
                session.journal = journal
                facts: Facts = await question.probe.ask(session)
        except ProbeError as error:
            failure = self._failure(error)
        except TimeoutError:
            message = f"no answer within the probe's deadline of {self._deadline_s:g} s"
            failure = self._failure(ProbeError("timeout", message))
        except Exception as error:  # noqa: BLE001 - a probe's bug costs its requirements only
            _log.debug("%s raised %s", question.probe.name, type(error).__name__)
            message = f"a bug in the probe {question.probe.name}: {type(error).__name__}"
            failure = Failure(reason_code="bug", message=message)
        else:
            self._timeouts, self._has_answered = 0, True
            return facts
        self._note(failure)
        return failure

    def _failure(self, error: ProbeError) -> Failure:
        """Return why there are no facts, with the target's name and what would help."""
        name, redactor = self._name, self._run.redactor
        needs = (
            error.needs
            or f"`targets.{name}` of the spec answering; it points elsewhere, or is down"
        )
        return Failure(
            reason_code=error.reason_code,
            message=redactor.text(f"{name}: {error.message}"),
            needs=redactor.text(needs),
        )

    def _note(self, failure: Failure) -> None:
        """Stop asking a target that cannot be reached, or does not answer any more.

        A connection that is lost on the way costs its own probe only.
        """
        self._timeouts = self._timeouts + 1 if failure.reason_code == "timeout" else 0
        silent = self._timeouts >= (_TIMEOUTS_IN_A_ROW if self._has_answered else 1)
        if failure.reason_code in ("unreachable", "auth") or silent:
            self._down = self._down or failure


def _worth_splitting(question: Question, answer: Answer) -> bool:
    return (
        isinstance(question.probe, BatchProbe)
        and isinstance(answer.outcome, Failure)
        and answer.outcome.reason_code in ("privilege", "locked", "garbage", "unsupported", "bug")
    )


@dataclass(frozen=True)
class Unwatched:
    """An observer that shows nothing."""

    def planned(self, questions: int) -> None:
        """Show nothing."""

    def asking(self, target: str, probe: str) -> None:
        """Show nothing."""

    def answered(self, target: str, probe: str, *, ok: bool) -> None:
        """Show nothing."""
