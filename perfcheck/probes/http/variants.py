"""The encodings of one entity, at the same instant."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from perfcheck.probes.base import Facts, Probe
from perfcheck.probes.http.reply import Reply, read_reply, show_reply
from perfcheck.probes.http.together import together

if TYPE_CHECKING:
    from perfcheck.targets.http import HttpSession

ROUNDS = 3


class VariantsFacts(Facts):
    """The last round: identity, then gzip and br together, then identity again."""

    before: Reply
    gzip: Reply
    br: Reply
    after: Reply
    rounds: int

    @property
    def is_stable(self) -> bool:
        """Whether the entity was the same before and after."""
        return self.before.plain == self.after.plain


@dataclass(frozen=True)
class Variants(Probe[VariantsFacts]):
    """What are the identity, gzip and Brotli bodies of a path?

    Asked again, up to three rounds, while the entity changes from one answer to the next.
    """

    name: ClassVar[str] = "http.variants"
    kind: ClassVar[str] = "http"
    facts: ClassVar[type[Facts]] = VariantsFacts

    path: str

    @override
    async def ask(self, session: "HttpSession") -> VariantsFacts:
        async def reply(coding: str) -> Reply:
            return await read_reply(await session.get(self.path, accept_encoding=coding))

        before = await reply("identity")
        rounds = 0
        while True:
            rounds += 1
            gzip, br = await together((reply("gzip"), reply("br")))
            after = await reply("identity")
            found = VariantsFacts(before=before, gzip=gzip, br=br, after=after, rounds=rounds)
            if found.is_stable or rounds == ROUNDS:
                return found
            before = after

    @override
    def excerpt(self, facts: VariantsFacts) -> str:
        shown = (show_reply(reply) for reply in (facts.before, facts.gzip, facts.br))
        return f"{self.path}: {', '.join(shown)}"
