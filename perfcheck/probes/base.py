"""What a probe is, what answers it, and how a check reads the answers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar

from perfcheck.errors import ProbeError, ReasonCode
from perfcheck.model import Model, Permission


class Facts(Model):
    """The answer of a probe: typed, frozen, complete enough to be judged offline.

    Facts hold what was seen, never a judgement, and never a secret.
    """


class Failure(Model):
    """Why a probe has no facts."""

    reason_code: ReasonCode
    message: str
    needs: str | None = None


F = TypeVar("F", bound=Facts)


@dataclass(frozen=True)
class Probe(ABC, Generic[F]):
    """One question to one target. Equal probes on one target are asked once.

    Subclasses are frozen dataclasses of hashable fields. `ask` is the only place that
    may wait; it gets the session of its target (PostgresSession, HttpSession), which
    keeps a journal of what was sent. `facts` names the type of the answer, so that
    saved facts can be read back.
    """

    name: ClassVar[str]
    kind: ClassVar[str]
    facts: ClassVar[type[Facts]]
    permission: ClassVar[Permission] = Permission.READ
    exclusive: ClassVar[bool] = False  # measures time: runs alone, after all others

    @abstractmethod
    async def ask(self, session: Any) -> F:  # noqa: ANN401 - each kind has its own session
        """Return the facts. Raises ProbeError where they cannot be had."""

    @abstractmethod
    def excerpt(self, facts: Any) -> str:  # noqa: ANN401 - narrowed by each probe
        """Return the part of the facts that answers this probe, in one line."""


@dataclass(frozen=True)
class BatchProbe(Probe[F]):
    """A probe about several subjects, which one question can cover.

    Probes of one target that differ in their subjects alone are asked as one, with all
    the subjects; so the number of round trips does not grow with the spec. If that one
    question fails, each is asked by itself, so that a bad subject costs only its own.
    """

    subjects: frozenset[Any]

    def joined(self, subjects: frozenset[Any]) -> Self:
        """Return the same question about these subjects."""
        return replace(self, subjects=subjects)


@dataclass(frozen=True)
class Question:
    """A probe with the name of the target that it goes to."""

    target: str
    probe: Probe[Any]


@dataclass(frozen=True)
class Answer:
    """What came back for a question, and how it was asked."""

    outcome: Facts | Failure
    asked: tuple[str, ...]
    taken_at: datetime
    duration_ms: float


class Answers:
    """The answers that one requirement may read, by the probe that it named."""

    def __init__(self, by_probe: Mapping[Probe[Any], Answer]) -> None:
        self._by_probe = by_probe

    def __getitem__(self, probe: Probe[F]) -> F:
        """Return the facts of a probe. Raises ProbeError if it has none."""
        answer = self._by_probe.get(probe)
        if answer is None:
            raise ProbeError("not_asked", f"{probe.name} was not asked")
        if isinstance(answer.outcome, Failure):
            failure = answer.outcome
            raise ProbeError(failure.reason_code, failure.message, needs=failure.needs)
        if not isinstance(answer.outcome, probe.facts):
            raise ProbeError("garbage", f"{probe.name} was answered by other facts")
        return answer.outcome  # type: ignore[return-value]  # isinstance of a ClassVar type
