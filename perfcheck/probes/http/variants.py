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
        before = await self._get(session, "identity")
        for _ in range(ROUNDS - 1):
            found = await self._round(session, before)
            if found.before.plain == found.after.plain:
                return found
            before = found.after
        return await self._round(session, before)

    async def _round(self, session: "HttpSession", before: Reply) -> VariantsFacts:
        gzip, br = await together((self._get(session, "gzip"), self._get(session, "br")))
        after = await self._get(session, "identity")
        return VariantsFacts(before=before, gzip=gzip, br=br, after=after)

    async def _get(self, session: "HttpSession", coding: str) -> Reply:
        return await read_reply(await session.get(self.path, accept_encoding=coding))

    @override
    def excerpt(self, facts: VariantsFacts) -> str:
        shown = (show_reply(reply) for reply in (facts.before, facts.gzip, facts.br))
        return f"{self.path}: {', '.join(shown)}"
