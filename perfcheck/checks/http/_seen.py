"""What was seen of an assertion, and the findings that are made of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Self, assert_never

from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.model import Finding, Proof, Verdict


@dataclass(frozen=True)
class Seen:
    """One observation and its verdict; `needs` is what would decide an undecided one."""

    verdict: Verdict
    observed: str
    needs: str = ""
    proof: Proof = Proof.EFFECTIVE

    @classmethod
    def holds(cls, observed: str, *, proof: Proof = Proof.EFFECTIVE) -> Self:
        """Return what satisfies the assertion."""
        return cls(Verdict.HOLDS, observed, proof=proof)

    @classmethod
    def breaks(cls, observed: str) -> Self:
        """Return what contradicts the assertion."""
        return cls(Verdict.BREAKS, observed)

    @classmethod
    def undecided(cls, observed: str, needs: str) -> Self:
        """Return what says nothing about the assertion."""
        return cls(Verdict.UNDECIDED, observed, needs)

    def finding(self, subject: str, expected: str, *, note: str = "") -> Finding:
        """Return the finding about a subject; `note` ends the sentence of one that holds."""
        seen = f"{subject}: {self.observed}"
        message = f"{seen}; expected {expected}"
        match self.verdict:
            case Verdict.HOLDS:
                message = seen + note
                return holds(subject, expected, self.observed, proof=self.proof, message=message)
            case Verdict.BREAKS:
                return breaks(subject, expected, self.observed, message=message)
            case Verdict.UNDECIDED:
                return undecided(
                    subject, expected, self.observed, needs=self.needs, message=message
                )
            case _:
                assert_never(self.verdict)


@dataclass(frozen=True)
class Row:
    """What was seen under one of several circumstances."""

    where: str
    seen: Seen


def fold(
    subject: str, expected: str, rows: Iterable[Row], *, joint: str = "under", note: str = ""
) -> Iterator[Finding]:
    """Yield one finding for all rows that hold, and one for each other observation.

    `joint` stands between the subject and the circumstances; `note` ends what holds.
    """
    groups: dict[tuple[Verdict, str], list[Row]] = {}
    for row in rows:
        same = "" if row.seen.verdict is Verdict.HOLDS else row.seen.observed
        groups.setdefault((row.seen.verdict, same), []).append(row)
    for group in groups.values():
        name = f"{subject} {joint} {_listed((row.where for row in group), ', ')}"
        observed = _listed((row.seen.observed for row in group), "; ")
        yield replace(group[0].seen, observed=observed).finding(name, expected, note=note)


def _listed(words: Iterable[str], comma: str) -> str:
    return comma.join(dict.fromkeys(words))
