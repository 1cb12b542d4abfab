"""The nouns of a selftest: what each fault turned, and what that proves."""

from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from perfcheck.errors import ExitCode
from perfcheck.model import Model, Outcome


class Verdict(StrEnum):
    """What became of a fault."""

    CAUGHT = "caught"
    MISSED = "missed"
    COLLATERAL = "collateral"
    OPEN = "open"
    ERROR = "error"


COUNTED = frozenset(Verdict) - {Verdict.OPEN}


class Turned(Model):
    """A requirement under a fault; without one it passes."""

    requirement: str
    outcome: Outcome
    message: str = Field(default="", description="What the checker said about it.")


class Judgement(Model):
    """One fault, and what it did.

    `caught` holds the declared requirements that turned as declared, `missed` those that did
    not, `collateral` what turned without being declared, `unchecked` the declared ones of
    sections that have no check yet.
    """

    fault: str
    shows: str
    verdict: Verdict
    caught: tuple[str, ...] = ()
    missed: tuple[Turned, ...] = ()
    collateral: tuple[Turned, ...] = ()
    unchecked: tuple[str, ...] = ()
    error: str | None = None
    duration_s: float = 0.0


class SelftestReport(Model):
    """All judgements, and the requirements that no caught fault stands behind."""

    format: Literal["perfcheck-selftest/1"] = Field(default="perfcheck-selftest/1", alias="schema")
    version: str
    scale: float
    jobs: int
    duration_s: float
    requirements: tuple[str, ...] = Field(
        description="Those that must have a caught fault: all with a check, or the selected."
    )
    judgements: tuple[Judgement, ...]

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    @property
    def counted(self) -> tuple[Judgement, ...]:
        """The judgements that prove something, or fail to."""
        return tuple(j for j in self.judgements if j.verdict in COUNTED)

    @property
    def unproven(self) -> tuple[str, ...]:
        """The requirements without a caught fault."""
        proven = {name for j in self.judgements if j.verdict is Verdict.CAUGHT for name in j.caught}
        return tuple(name for name in self.requirements if name not in proven)

    @property
    def exit_code(self) -> ExitCode:
        """0 if all counted faults are caught and nothing is unproven; 3 if none counted."""
        if not self.counted:
            return ExitCode.UNVERIFIED
        caught = all(j.verdict is Verdict.CAUGHT for j in self.counted)
        return ExitCode.VERIFIED if caught and not self.unproven else ExitCode.FAILED
