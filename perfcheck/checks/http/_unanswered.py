"""What is said where there is no answer to judge."""

from collections.abc import Callable, Iterable, Iterator

from perfcheck.checks.base import unanswered
from perfcheck.checks.http._seen import Seen
from perfcheck.errors import ProbeError
from perfcheck.model import Finding
from perfcheck.probes.base import Answers
from perfcheck.probes.http.reply import Reply

Part = Callable[[Answers], Iterator[Finding]]


def each_part(subject: str, parts: Iterable[Part], answers: Answers) -> Iterator[Finding]:
    """Yield the findings of all parts; a probe without facts costs only the part that reads it."""
    for part in parts:
        try:
            yield from part(answers)
        except ProbeError as error:
            yield unanswered(subject, error)


def refused(path: str, reply: Reply) -> Finding:
    """Return the finding of a path that did not answer 200, so that nothing can be told."""
    return seen_refused(reply).finding(f"GET {path}", "200, to look at the answer")


def seen_refused(reply: Reply) -> Seen:
    """Return what an answer shows whose status says nothing about the assertion."""
    return Seen.undecided(f"answered {reply.status}", _needs_for(reply.status))


def _needs_for(status: int) -> str:
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
