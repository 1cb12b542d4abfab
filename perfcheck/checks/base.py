"""What a check is: a model of one requirement, and its pure judgement."""

import re
from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from perfcheck.errors import UnverifiedError
from perfcheck.model import Finding, Model, Permission, Proof, Severity, Verdict
from perfcheck.probes.base import Answers, Probe
from perfcheck.units import Names

ID_PATTERN = r"^[a-z0-9][a-z0-9._-]*$"


def slug(name: str) -> str:
    """Return an id made from a name: lower case, `-` for what an id cannot hold."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")


class Check(Model):
    """The rule of a section. Its fields are what one requirement may say.

    A subclass lives in a file that is named as its section; that file's name is the
    section. `natural_id` names the field that identifies the thing itself, where an
    entry needs no id of its own. `asserts` lists the fields of which an entry needs at
    least one to assert anything; empty where existence is the assertion.
    """

    kind: ClassVar[str]
    natural_id: ClassVar[str | None] = None
    asserts: ClassVar[frozenset[str]] = frozenset()

    id: Annotated[str, Field(pattern=ID_PATTERN)] | None = Field(
        default=None, description="Unique in its section; needed where nothing names the entry."
    )
    title: str | None = Field(default=None, description="One line for people.")
    severity: Severity = Field(default="medium", description="How bad a failure is.")
    rationale: str | None = Field(default=None, description="Why it is required.")
    remediation: str | None = Field(default=None, description="What repairs it: text or SQL.")
    source: str | None = Field(default=None, description="Where the requirement comes from.")
    target: str | None = Field(
        default=None, description="The target's name, where several are of one kind."
    )
    profiles: Names | None = Field(
        default=None, description="The profiles that ask for it; all, if absent."
    )

    @model_validator(mode="after")
    def _has_an_id_and_asserts_something(self) -> Self:
        if self.asserts and not self.asserts & self.model_fields_set:
            raise ValueError(f"asserts nothing: add one of {', '.join(sorted(self.asserts))}")
        if self.identity is None:
            names = f"`{self.natural_id}` or `id`" if self.natural_id else "`id`"
            raise ValueError(f"has no id: add {names}")
        return self

    @property
    def identity(self) -> str | None:
        """The id, or one made from the name of the thing (lower case, `-` for the rest)."""
        if self.id is not None or self.natural_id is None:
            return self.id
        return slug(str(getattr(self, self.natural_id) or "")) or None

    @abstractmethod
    def probes(self) -> tuple[Probe[Any], ...]:
        """Return the questions whose answers `evaluate` reads."""

    @abstractmethod
    def evaluate(self, answers: Answers) -> Iterator[Finding]:
        """Yield one finding for each assertion, pure and complete.

        Everything declared must be answered: holds, breaks or undecided. An error of a
        probe that is read here makes the rest undecided; what was yielded before stays.
        """

    @property
    def permissions(self) -> frozenset[Permission]:
        """What its probes need to be allowed to do."""
        return frozenset(probe.permission for probe in self.probes())


def holds(subject: str, expected: str, observed: str, *, proof: Proof, message: str) -> Finding:
    """Return the finding of an assertion that was seen to hold."""
    return Finding(
        subject=subject,
        expected=expected,
        observed=observed,
        verdict=Verdict.HOLDS,
        proof=proof,
        message=message,
    )


def breaks(subject: str, expected: str, observed: str, *, message: str) -> Finding:
    """Return the finding of an assertion that was seen not to hold."""
    return Finding(
        subject=subject,
        expected=expected,
        observed=observed,
        verdict=Verdict.BREAKS,
        message=message,
    )


def undecided(subject: str, expected: str, observed: str, *, needs: str, message: str) -> Finding:
    """Return the finding of an assertion that could not be decided, and what would."""
    return Finding(
        subject=subject,
        expected=expected,
        observed=observed,
        verdict=Verdict.UNDECIDED,
        needs=needs,
        message=message,
    )


def unanswered(subject: str, error: UnverifiedError) -> Finding:
    """Return the finding of a probe that has no facts: undecided, with what would help."""
    return undecided(
        subject,
        "an answer",
        error.message,
        needs=error.needs or "an answer from the target",
        message=error.message,
    )
