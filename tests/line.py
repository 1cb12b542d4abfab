"""A small line to test with: a check, probes and a target that answer as they are told."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from typing_extensions import override

from perfcheck.checks.base import Check, breaks, holds
from perfcheck.errors import ProbeError
from perfcheck.facts import Gathered
from perfcheck.gather import Unwatched, gather
from perfcheck.model import Finding, Location, Permission, Proof, Severity
from perfcheck.plan import Plan, make_plan
from perfcheck.probes.base import Answers, BatchProbe, Facts, Probe
from perfcheck.spec.model import Item, Profile, Requirement, Spec
from perfcheck.spec.targets import PostgresTarget, Target
from perfcheck.targets.base import Client, Session

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Heights(Facts):
    """How high each subject is."""

    heights: dict[str, int]


@dataclass(frozen=True)
class ReadHeights(BatchProbe[Heights]):
    """Asks a FakeSession for heights."""

    name: ClassVar[str] = "test.heights"
    kind: ClassVar[str] = "postgres"
    facts: ClassVar[type[Facts]] = Heights

    @override
    async def ask(self, session: Any) -> Heights:
        return Heights(heights=await session.heights(self.subjects))

    @override
    def excerpt(self, facts: Heights) -> str:
        return ", ".join(f"{s}={facts.heights.get(s)}" for s in sorted(self.subjects))


@dataclass(frozen=True)
class Weigh(Probe[Heights]):
    """A probe that measures time: it must run alone."""

    what: str
    name: ClassVar[str] = "test.weigh"
    kind: ClassVar[str] = "postgres"
    facts: ClassVar[type[Facts]] = Heights
    exclusive: ClassVar[bool] = True
    permission: ClassVar[Permission] = Permission.LOAD

    @override
    async def ask(self, session: Any) -> Heights:
        return Heights(heights=await session.heights(frozenset({self.what})))

    @override
    def excerpt(self, facts: Heights) -> str:
        return str(facts.heights)


class Height(Check):
    """Everything is at least so high."""

    kind: ClassVar[str] = "postgres"
    natural_id: ClassVar[str | None] = "name"
    name: str
    at_least: int = 1
    measured: bool = False

    @override
    def probes(self) -> tuple[Probe[Any], ...]:
        own = ReadHeights(frozenset({self.name}))
        return (own, Weigh(self.name)) if self.measured else (own,)

    @override
    def evaluate(self, answers: Answers) -> Iterator[Finding]:
        height = answers[ReadHeights(frozenset({self.name}))].heights[self.name]
        expected, observed = f">= {self.at_least}", str(height)
        if height >= self.at_least:
            yield holds(self.name, expected, observed, proof=Proof.PRESENT, message="high enough")
        else:
            yield breaks(self.name, expected, observed, message=f"{self.name} is too low")
        if self.measured:
            found = answers[Weigh(self.name)].heights[self.name]
            yield holds(self.name, "x", str(found), proof=Proof.MEASURED, message="measured")


@dataclass
class FakeSession:
    """Answers from a table; raises what the table holds instead of a number."""

    client: "FakeClient"
    journal: list[str] = field(default_factory=list)

    async def heights(self, subjects: frozenset[str]) -> dict[str, int]:
        self.journal.append(f"heights of {', '.join(sorted(subjects))}")
        self.client.asked.append(tuple(sorted(subjects)))
        self.client.running += 1
        self.client.most = max(self.client.most, self.client.running)
        try:
            await self.client.wait()
            for subject in sorted(subjects):
                found = self.client.table.get(subject, 0)
                if isinstance(found, Exception):
                    raise found
        finally:
            self.client.running -= 1
        return {s: v for s in subjects if isinstance(v := self.client.table.get(s, 0), int)}


async def _nothing() -> None:
    return None


@dataclass
class FakeClient:
    """A target that never leaves the process."""

    table: dict[str, int | Exception]
    wait: Callable[[], Any] = field(default=_nothing)
    down: ProbeError | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    running: int = 0
    most: int = 0
    closed: bool = False

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        if self.down is not None:
            raise self.down
        yield FakeSession(self)

    async def close(self) -> None:
        self.closed = True


@dataclass
class FakeClock:
    """A clock that moves a second whenever it is read."""

    ticks: int = 0

    def now(self) -> datetime:
        return NOON

    def monotonic_s(self) -> float:
        self.ticks += 1
        return float(self.ticks)


def requirement(name: str, **fields: Any) -> Requirement:
    """Return a requirement of the section `heights`."""
    check = Height.model_validate({"name": name, **fields})
    place = Location(file="perfcheck.yaml", line=1, column=1)
    return Requirement("heights", str(check.identity), check, place, "db")


def spec_of(
    *requirements: Requirement,
    profiles: dict[str, Profile] | None = None,
    items: tuple[Item, ...] = (),
    secrets: frozenset[str] = frozenset(),
    target: Target | None = None,
    profile: str | None = None,
) -> Spec:
    """Return a spec with one target `db`."""
    return Spec(
        name="shop",
        title=None,
        path="perfcheck.yaml",
        sha256="0" * 64,
        profile=profile,
        targets={"db": target or PostgresTarget(kind="postgres", dsn="x")},
        profiles=profiles or {},
        checklist=items,
        requirements=requirements,
        secrets=secrets,
    )


def profile(*allow: str, gate: Severity = "low") -> Profile:
    """Return a profile that allows these permissions."""
    return Profile.model_validate({"allow": list(allow), "gate": {"severity": gate}})


def plan_of(*requirements: Requirement, **fields: Any) -> Plan:
    """Return the plan of these requirements with every permission."""
    everything = {"all": profile("read", "execute", "write", "load")}
    return make_plan(spec_of(*requirements, profiles=everything, profile="all", **fields))


async def gathered(plan: Plan, client: Client) -> Gathered:
    """Ask the plan's questions of a client."""
    return await gather(
        plan, clock=FakeClock(), observer=Unwatched(), connect=lambda _settings: client
    )
