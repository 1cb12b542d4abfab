"""One assertion seen under several circumstances, made into findings."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from perfcheck.checks.base import breaks, holds, unanswered, undecided
from perfcheck.errors import ProbeError
from perfcheck.model import Finding, Proof
from perfcheck.probes.base import Answers
from perfcheck.probes.http.reply import Reply

Part = Callable[[Answers], Iterator[Finding]]


@dataclass(frozen=True)
class Row:
    """What one circumstance showed: True holds, False breaks, None is undecided."""

    where: str
    verdict: bool | None
    observed: str
    needs: str = "an answer to this request"


def fold(
    subject: str, expected: str, rows: Iterable[Row], *, joint: str = "under", note: str = ""
) -> Iterator[Finding]:
    """Yield one finding for all rows that hold, and one for each other observation.

    `joint` stands between the subject and the circumstances; `note` ends what holds.
    """
    groups: dict[tuple[bool | None, str], list[Row]] = {}
    for row in rows:
        same = "" if row.verdict else row.observed
        groups.setdefault((row.verdict, same), []).append(row)
    for (verdict, _), group in groups.items():
        name = f"{subject} {joint} {_listed(row.where for row in group)}"
        observed = _listed((row.observed for row in group), "; ")
        message = f"{name}: {observed}; expected {expected}"
        if verdict is False:
            yield breaks(name, expected, observed, message=message)
        elif verdict is None:
            needs = group[0].needs
            yield undecided(name, expected, observed, needs=needs, message=message)
        else:
            message = f"{name}: {observed}{note}"
            yield holds(name, expected, observed, proof=Proof.EFFECTIVE, message=message)


def _listed(words: Iterable[str], comma: str = ", ") -> str:
    return comma.join(dict.fromkeys(words))


def each_part(subject: str, parts: Iterable[Part], answers: Answers) -> Iterator[Finding]:
    """Yield the findings of all parts; a probe without facts costs only the part that reads it."""
    for part in parts:
        try:
            yield from part(answers)
        except ProbeError as error:
            yield unanswered(subject, error)


def needs_for(status: int) -> str:
    """Return what would make a path answer 200."""
    match status:
        case 401 | 403:
            return "credentials in the target's headers that may read the path"
        case 404 | 410:
            return "a path that exists"
        case 429:
            return "a rate limit that allows these requests"
        case _ if status >= 500:
            return "a service that answers without an error"
        case _:
            return "a path that answers 200"


def refused(path: str, reply: Reply) -> Finding:
    """Return the finding of a path that did not answer 200, so that nothing can be told."""
    return undecided(
        f"GET {path}",
        "200",
        f"{reply.status}",
        needs=needs_for(reply.status),
        message=f"GET {path} answered {reply.status}; 200 is needed to look at the answer",
    )
