"""The nouns of a report: findings, evidence, results, and what they amount to."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """A frozen value that crosses a boundary: no unknown fields, no coercion."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Outcome(StrEnum):
    """What is known about a requirement."""

    PASS = "pass"
    FAIL = "fail"
    UNVERIFIED = "unverified"
    NOT_APPLICABLE = "not_applicable"
    SKIPPED = "skipped"


class Disposition(StrEnum):
    """What lies over an outcome without hiding it."""

    NONE = "none"
    WAIVED = "waived"
    BASELINED = "baselined"
    NON_GATING = "non_gating"


class Verdict(StrEnum):
    """The answer of one assertion."""

    HOLDS = "holds"
    BREAKS = "breaks"
    UNDECIDED = "undecided"


class Proof(StrEnum):
    """How far a pass was proved, weakest first."""

    PRESENT = "present"
    EFFECTIVE = "effective"
    MEASURED = "measured"


class Permission(StrEnum):
    """What a profile lets a probe do to a target."""

    READ = "read"
    EXECUTE = "execute"
    WRITE = "write"
    LOAD = "load"


Severity = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")


class Location(Model):
    """Where something is written; line and column count from 1."""

    file: str
    line: int
    column: int


class Finding(Model):
    """One assertion's answer."""

    subject: str = Field(description="The thing it is about: an index, a partition, a path.")
    expected: str = Field(description="What the requirement asks for.")
    observed: str = Field(description="What was seen, with units.")
    verdict: Verdict
    proof: Proof | None = Field(default=None, description="How far it was proved, if it holds.")
    needs: str | None = Field(default=None, description="What would decide it, if undecided.")
    message: str = Field(description="One sentence for people.")


class Evidence(Model):
    """How a result is known."""

    target: str
    probe: str
    asked: str = Field(description="The statements or requests, as sent, without secrets.")
    observed: str = Field(description="An excerpt of the answer.")
    taken_at: datetime
    duration_ms: float


class Result(Model):
    """The one result of one requirement."""

    requirement: str = Field(description="section/id")
    section: str
    id: str
    title: str
    severity: Severity
    outcome: Outcome
    disposition: Disposition = Disposition.NONE
    proof: Proof | None = None
    reason: str | None = Field(default=None, description="Why it is not a pass or a fail.")
    reason_code: str | None = None
    location: Location
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    rationale: str | None = None
    remediation: str | None = None


class Tick(Model):
    """One line of the checklist; ticked only if everything it requires passed."""

    id: str
    item: str
    ticked: bool
    requires: tuple[str, ...]
    note: str | None = Field(default=None, description="Why it is not ticked.")


class Summary(Model):
    """How many results have which outcome."""

    selected: int
    passed: int = Field(alias="pass")
    fail: int
    unverified: int
    not_applicable: int
    skipped: int
    coverage: float = Field(description="(pass + fail + not_applicable) / selected, 0..1.")

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class Tool(Model):
    """What made the report."""

    name: Literal["perfcheck"] = "perfcheck"
    version: str


class SpecIdentity(Model):
    """Which spec was verified; sha256 covers all its files in order of loading."""

    name: str
    title: str | None = None
    path: str
    sha256: str


class Report(Model):
    """All results of one run. Every output format is a pure function of it."""

    format: Literal["perfcheck-report/1"] = Field(default="perfcheck-report/1", alias="schema")
    tool: Tool
    spec: SpecIdentity
    profile: str | None
    started_at: datetime
    duration_s: float
    exit_code: int
    exit_reason: str
    summary: Summary
    checklist: tuple[Tick, ...]
    results: tuple[Result, ...]

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)
