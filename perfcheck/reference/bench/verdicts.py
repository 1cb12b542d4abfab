"""Judges what was measured against the guide's table; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from perfcheck.reference.bench.batch import Reads
from perfcheck.reference.bench.guide import BatchPromise, Promise
from perfcheck.reference.bench.intervals import Estimate, estimate
from perfcheck.reference.bench.statements import WITHOUT_INDEXES
from perfcheck.reference.bench.timing import Seen, Timed


class Verdict(StrEnum):
    """What a row came to, the best first."""

    REACHED = "reached"
    UNDECIDED = "undecided"  # the interval holds the guide's figure
    NOT_COMPARABLE = "not comparable"
    MISSED = "missed"
    SHOWN = "shown"  # no row of the guide


@dataclass(frozen=True)
class TimedRow:
    """A row about time; milliseconds as the client saw them, the round trip included."""

    promise: Promise
    before_label: str
    after_label: str
    before: Seen
    after: Seen
    rounds: int
    trip_ms: Estimate
    before_ms: Estimate
    after_ms: Estimate
    gain: Estimate  # of rounds; without the round trip
    verdict: Verdict
    why: str = ""

    @property
    def net_before_ms(self) -> float:
        """The slower side without the round trip."""
        return max(self.before_ms.value - self.trip_ms.value, 0)

    @property
    def net_after_ms(self) -> float:
        """The faster side without the round trip."""
        return max(self.after_ms.value - self.trip_ms.value, 0)


@dataclass(frozen=True)
class BatchRow:
    """The row about the number of statements."""

    promise: BatchPromise
    loop: Reads
    api: tuple[Reads, ...]
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True)
class Table:
    """The guide's table beside what was measured, and on what."""

    scale: float
    server: str
    relations: tuple[str, ...]
    conditions: tuple[str, ...]
    timed: tuple[TimedRow, ...]
    batch: BatchRow

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict of every row that the guide's table has."""
        timed = (row.verdict for row in self.timed if row.verdict is not Verdict.SHOWN)
        return (*timed, self.batch.verdict)

    @property
    def worst(self) -> Verdict:
        """The verdict of the table: a missed row outweighs one that could not be judged."""
        return max(self.verdicts, key=list(Verdict).index)


def judge_timed(timed: Timed) -> TimedRow:
    """Judge a row: the whole interval has to be on one side of the guide's gain.

    Where the guide states none, there is nothing to judge.
    """
    gain = estimate([each.gain for each in timed.rounds])
    promise = timed.comparison.promise
    why = _why_not_comparable(timed)
    return TimedRow(
        promise=promise,
        before_label=timed.comparison.before.label,
        after_label=timed.comparison.after.label,
        before=timed.before,
        after=timed.after,
        rounds=len(timed.rounds),
        trip_ms=estimate([each.trip_ms for each in timed.rounds]),
        before_ms=estimate([each.before_ms for each in timed.rounds]),
        after_ms=estimate([each.after_ms for each in timed.rounds]),
        gain=gain,
        verdict=_verdict(gain, promise.gain, why),
        why=why,
    )


def judge_batch(promise: BatchPromise, loop: Reads, api: Sequence[Reads]) -> BatchRow:
    """Judge the row: the loop costs what the guide started from, the API what it ended at."""
    why, verdict = "", Verdict.REACHED
    if loop.rows != promise.rows or loop.per_page != promise.before:
        why = (
            f"{loop.per_page:g} statements were counted for {loop.rows} rows;"
            f" the guide speaks of {promise.before} for {promise.rows}"
        )
        verdict = Verdict.NOT_COMPARABLE
    elif any(reads.rows == 0 for reads in api):
        why, verdict = "the API returned no row", Verdict.NOT_COMPARABLE
    elif any(reads.per_page != promise.after for reads in api):
        verdict = Verdict.MISSED
    return BatchRow(promise, loop, tuple(api), verdict, why)


def _verdict(gain: Estimate, promised: float | None, why_not: str) -> Verdict:
    if promised is None:
        return Verdict.SHOWN
    if why_not:
        return Verdict.NOT_COMPARABLE
    if gain.low >= promised:
        return Verdict.REACHED
    return Verdict.MISSED if gain.high < promised else Verdict.UNDECIDED


def _why_not_comparable(timed: Timed) -> str:
    before, after = timed.comparison.before, timed.comparison.after
    if timed.after.rows == 0 or timed.before.rows != timed.after.rows:
        return (
            f"{before.label} returned {timed.before.rows} rows,"
            f" {after.label} {timed.after.rows}: a larger --scale is needed"
        )
    if before.settings == WITHOUT_INDEXES and " using " in timed.before.plan:
        return f"the planner used an index all the same: {timed.before.plan}"
    return ""
