"""What a spec holds once it is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from perfcheck.checks.base import ID_PATTERN, Check
from perfcheck.model import Location, Model, Permission, Severity
from perfcheck.spec.targets import Target
from perfcheck.units import Names


class Gate(Model):
    """Which results count for the exit code."""

    severity: Severity = Field(default="low", description="The least severity that counts.")


class Profile(Model):
    """A named way to run: what it may do, and what it overrides."""

    allow: frozenset[Annotated[Permission, Field(strict=False)]] = Field(
        strict=False, description="What its probes may do."
    )
    variables: dict[str, str | int | float | bool] = Field(default={}, alias="vars")
    gate: Gate = Gate()


class Item(Model):
    """One line of the checklist and what it requires: sections, or section/id."""

    id: str = Field(pattern=ID_PATTERN)
    item: str = Field(min_length=1, description="The line as the document has it.")
    requires: Names = Field(min_length=1, description="Sections, or section/id.")


class Checklist(Model):
    """The checklist of the guide."""

    document: str | None = Field(default=None, description="The Markdown file that has the boxes.")
    items: tuple[Item, ...] = Field(strict=False)


class Head(Model):
    """Everything in a spec's root file that is not a section."""

    perfcheck: Literal[1] = Field(description="The version of the spec language.")
    name: str = Field(pattern=ID_PATTERN, description="Part of a result's identity.")
    title: str | None = None
    include: Names = Field(default=(), description="Files beside this one.")
    variables: dict[str, str | int | float | bool] = Field(default={}, alias="vars")
    targets: dict[str, dict[str, object]] = Field(default={}, description="What is examined.")
    profiles: dict[str, Profile] = Field(default={}, description="What a run may do.")
    checklist: Checklist | None = None


@dataclass(frozen=True)
class Requirement:
    """One entry of a section, bound to its target and its place."""

    section: str
    id: str
    check: Check
    location: Location
    target: str | None

    @property
    def name(self) -> str:
        """How it is cited: section/id."""
        return f"{self.section}/{self.id}"


@dataclass(frozen=True)
class Spec:
    """A loaded spec: every reference filled in, every mistake excluded.

    `profile` is the one that was asked for, whose variables it was loaded with. `secrets`
    are the values that no output may show.
    """

    name: str
    title: str | None
    path: str
    sha256: str
    profile: str | None
    targets: Mapping[str, Target] = field(repr=False)
    profiles: Mapping[str, Profile]
    checklist: tuple[Item, ...]
    requirements: tuple[Requirement, ...]
    secrets: frozenset[str] = field(repr=False)
