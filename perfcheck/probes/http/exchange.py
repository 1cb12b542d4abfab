"""One GET with one Accept-Encoding."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from perfcheck.probes.base import Facts, Probe
from perfcheck.probes.http.reply import Reply, read_reply, show_reply

if TYPE_CHECKING:
    from perfcheck.targets.http import HttpSession


class ExchangeFacts(Facts):
    """The answer to one GET."""

    reply: Reply


@dataclass(frozen=True)
class Exchange(Probe[ExchangeFacts]):
    """What does a path answer to this Accept-Encoding? None sends no such header."""

    name: ClassVar[str] = "http.exchange"
    kind: ClassVar[str] = "http"
    facts: ClassVar[type[Facts]] = ExchangeFacts

    path: str
    accept_encoding: str | None

    @override
    async def ask(self, session: "HttpSession") -> ExchangeFacts:
        response = await session.get(self.path, accept_encoding=self.accept_encoding)
        return ExchangeFacts(reply=await read_reply(response))

    @override
    def excerpt(self, facts: ExchangeFacts) -> str:
        vary = facts.reply.header("vary") or "none"
        media = facts.reply.media_type or "no media type"
        return f"{self.path}: {show_reply(facts.reply)}, {media}, Vary {vary}"
