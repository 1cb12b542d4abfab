"""The section `materialized_views`: pre-computed results that are there and not too old."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator
from typing_extensions import override

from perfcheck.checks.base import Check, breaks, holds, undecided
from perfcheck.checks.database._relation import grant_select, kind_of
from perfcheck.model import Finding, Proof
from perfcheck.probes.base import Answers, Probe
from perfcheck.probes.database.materialized_views import (
    MaterializedView,
    MaterializedViewsProbe,
    ViewFacts,
)
from perfcheck.sqltext.columns import TableName, TableText
from perfcheck.units import Duration, show_age, show_duration


class MaterializedViews(Check):
    """The materialized view exists, can be read, and was refreshed recently enough.

    The last refresh lies between the commits that wrote a row of the view and that last
    wrote its catalog row. It is recent if the earlier of them is, and too old if the later
    of them is; between them nothing is decided.

    Source: PostgreSQL manual, REFRESH MATERIALIZED VIEW; pg_xact_commit_timestamp.
    """

    kind: ClassVar[str] = "postgres"
    natural_id: ClassVar[str | None] = "name"

    name: TableText = Field(description="The materialized view; without a schema it is public.")
    refreshed_within: Duration | None = Field(
        default=None, description="The greatest age of the last refresh, when it was committed."
    )
    concurrently: bool | None = Field(
        default=None,
        description="true: a unique index allows REFRESH ... CONCURRENTLY, which blocks no reader.",
    )

    @model_validator(mode="after")
    def _asserts_concurrently_or_nothing(self) -> Self:
        if self.concurrently is False:
            raise ValueError("concurrently: false asserts nothing: leave it out")
        return self

    @override
    def probes(self) -> tuple[Probe[Any], ...]:
        return (self._probe,)

    @override
    def evaluate(self, answers: Answers) -> Iterator[Finding]:
        facts = answers[self._probe]
        view, subject = facts.view(self.name), str(self.name)
        yield _populated(view, subject)
        if view.relkind != "m":
            return
        if self.concurrently:
            yield _concurrently(view, subject)
        if self.refreshed_within is not None:
            yield judge_freshness(self.refreshed_within, facts, view, subject)

    @property
    def _probe(self) -> MaterializedViewsProbe:
        return MaterializedViewsProbe(frozenset[TableName]({self.name}))


def judge_freshness(
    limit: timedelta, facts: ViewFacts, view: MaterializedView, subject: str
) -> Finding:
    """Return whether the last refresh is recent, too old, or of an unknown age."""
    expected = f"refreshed within {show_duration(limit)}"
    if not view.populated:
        return breaks(
            subject, expected, "not populated", message=f"{subject} holds no data; {expected} asked"
        )
    greatest, least = (
        _since(facts.read_at, view.not_before),
        _since(facts.server.asked_at, view.not_after),
    )
    if greatest is not None and timedelta(0) <= greatest <= limit:
        seen = f"at most {show_age(greatest)} old"
        return holds(
            subject,
            expected,
            seen,
            proof=Proof.EFFECTIVE,
            message=f"{subject} is {seen}; {show_duration(limit)} is allowed",
        )
    if least is not None and least > limit:
        seen = f"at least {show_age(least)} old"
        return breaks(
            subject,
            expected,
            seen,
            message=f"{subject} is {seen}; {show_duration(limit)} is allowed",
        )
    why, needs = _missing_evidence(facts, view)
    return undecided(
        subject,
        expected,
        why,
        needs=needs,
        message=f"{subject} was refreshed at an unknown time ({why}); expected {expected}",
    )


def _missing_evidence(facts: ViewFacts, view: MaterializedView) -> tuple[str, str]:
    """Return what hides the age, and the setting or grant that would show it."""
    grant = grant_select(view.name, facts.server.role)
    greatest, least = (
        _since(facts.read_at, view.not_before),
        _since(facts.server.asked_at, view.not_after),
    )
    obstacles = (
        (
            not facts.tracked,
            "commit times are not tracked",
            "track_commit_timestamp = on (a restart), then one refresh",
        ),
        (
            view.locked,
            "it is locked",
            f"the lock on {view.name} released: a refresh may be running",
        ),
        (not view.readable, "its rows cannot be read", grant),
        (view.rows_read == 0, "it is empty", "a row in it, which shows who wrote it"),
        (
            greatest is None,
            "its commit is no longer known",
            "one refresh while track_commit_timestamp is on",
        ),
        (
            greatest is not None and greatest < timedelta(0),
            "its rows are of the future",
            "a server's clock that was not set back",
        ),
    )
    for present, why, needs in obstacles:
        if present:
            return why, needs
    return (
        f"between {_shown(least)} and {_shown(greatest)} ago",
        "a column now() AS refreshed_at: it makes each refresh, also CONCURRENTLY, write each row",
    )


def _since(now: datetime | None, moment: datetime | None) -> timedelta | None:
    return None if now is None or moment is None else now - moment


def _shown(age: timedelta | None) -> str:
    return "an unknown time" if age is None else show_age(age)


def _populated(view: MaterializedView, subject: str) -> Finding:
    expected = "a populated materialized view"
    if view.relkind != "m":
        seen = "does not exist" if view.relkind is None else f"is {kind_of(view.relkind)}"
        return breaks(subject, expected, seen, message=f"{subject} {seen}; expected {expected}")
    if not view.populated:
        return breaks(
            subject,
            expected,
            "not populated",
            message=f"{subject} is not populated, so every query on it fails; refresh it",
        )
    return holds(
        subject, expected, "populated", proof=Proof.PRESENT, message=f"{subject} is populated"
    )


def _concurrently(view: MaterializedView, subject: str) -> Finding:
    expected = "a valid unique index on plain columns of all rows"
    if not view.unique_indexes:
        return breaks(
            subject,
            expected,
            "none",
            message=f"{subject} cannot be refreshed concurrently: it has no {expected[2:]}",
        )
    return holds(
        subject,
        expected,
        view.unique_indexes[0],
        proof=Proof.PRESENT,
        message=f"{subject} can be refreshed concurrently by {view.unique_indexes[0]}",
    )
