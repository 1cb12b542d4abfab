"""What a path answers to many values of Accept-Encoding."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from perfcheck.errors import ProbeError
from perfcheck.model import Model
from perfcheck.probes.base import BatchProbe, Facts
from perfcheck.probes.http.reply import Reply, read_reply, show_reply
from perfcheck.probes.http.together import together

if TYPE_CHECKING:
    from perfcheck.targets.http import HttpSession


class Negotiated(Model):
    """The answer to one Accept-Encoding; None stands for a request without the header."""

    accept_encoding: str | None
    reply: Reply


class NegotiationFacts(Facts):
    """The answers, ordered by what was asked; `identity` came first and, as `after`, last."""

    answers: tuple[Negotiated, ...]
    after: Reply

    def reply(self, accept_encoding: str | None) -> Reply:
        """Return the answer to an Accept-Encoding. Raises ProbeError if it was not asked."""
        for answer in self.answers:
            if answer.accept_encoding == accept_encoding:
                return answer.reply
        raise ProbeError("not_asked", f"Accept-Encoding '{accept_encoding}' was not asked")


@dataclass(frozen=True)
class Negotiation(BatchProbe[NegotiationFacts]):
    """Which encoding does a path choose? The subjects are values of Accept-Encoding, or None.

    The identity is asked before and after all others, so that a change of the body shows.
    """

    name: ClassVar[str] = "http.negotiation"
    kind: ClassVar[str] = "http"
    facts: ClassVar[type[Facts]] = NegotiationFacts

    path: str

    @override
    async def ask(self, session: "HttpSession") -> NegotiationFacts:
        async def negotiate(accept_encoding: str | None) -> Negotiated:
            response = await session.get(self.path, accept_encoding=accept_encoding)
            return Negotiated(accept_encoding=accept_encoding, reply=await read_reply(response))

        before = await negotiate("identity")
        others = await together(map(negotiate, self.subjects - {"identity"}))
        after = await negotiate("identity")
        answers = sorted((before, *others), key=_order)
        return NegotiationFacts(answers=tuple(answers), after=after.reply)

    @override
    def excerpt(self, facts: NegotiationFacts) -> str:
        own = (answer for answer in facts.answers if answer.accept_encoding in self.subjects)
        shown = (f"{_name(a.accept_encoding)} {show_reply(a.reply)}" for a in own)
        return f"{self.path}: {'; '.join(shown)}"


def _order(answer: Negotiated) -> tuple[bool, str]:
    return answer.accept_encoding is not None, answer.accept_encoding or ""


def _name(accept_encoding: str | None) -> str:
    return "no header" if accept_encoding is None else f"'{accept_encoding}'"
