"""How a path answers conditional GETs with the tag that it gave."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, ClassVar, Literal

from typing_extensions import override

from perfcheck.errors import ProbeError
from perfcheck.model import Model
from perfcheck.probes.base import Facts, Probe
from perfcheck.probes.http.entity_tag import EntityTag
from perfcheck.probes.http.reply import Reply, keep, read_reply, show_reply
from perfcheck.probes.http.together import together

if TYPE_CHECKING:
    from perfcheck.targets.http import HttpSession

Condition = Literal["own", "weak", "list", "star", "other", "older"]
"""Which If-None-Match was sent: the tag itself, the tag as weak if it is strong and the other
way round, a list with the tag in it, `*`, a tag of nothing, and that with an If-Modified-Since
that would be true."""

ROUNDS = 3
_NO_TAG = '"perfcheck-is-no-tag"'


class ConditionalReply(Model):
    """The answer to a conditional GET; bytes behind it were counted where it was asked alone."""

    condition: Condition
    if_none_match: str
    reply: Reply
    excess_bytes: int | None = None


class RevalidationFacts(Facts):
    """A plain GET before and after the conditional ones; none of these without a valid tag."""

    accept_encoding: str
    first: Reply
    conditionals: tuple[ConditionalReply, ...]
    last: Reply

    @property
    def is_refuted(self) -> bool:
        """Whether two bodies had one strong tag, which stands for one (RFC 9110, 8.8.1)."""
        before, after = (EntityTag.parse(r.header("etag")) for r in (self.first, self.last))
        is_same = before is not None and not before.is_weak and before == after
        statuses = {self.first.status, self.last.status}
        return is_same and statuses == {200} and self.first.body != self.last.body

    def to(self, condition: Condition) -> ConditionalReply:
        """Return the answer to a condition. Raises ProbeError if it was not asked."""
        for conditional in self.conditionals:
            if conditional.condition == condition:
                return conditional
        raise ProbeError("not_asked", f"the condition '{condition}' was not asked")


@dataclass(frozen=True)
class Revalidation(Probe[RevalidationFacts]):
    """Is a tag of a path stable, and does the path answer 304 to it?

    What does not depend on the encoding (`*`, a tag of nothing, and precedence) is asked of
    the identity alone. Asked again, up to three rounds, while the body changes meanwhile
    and its tag does not say that it is the same.
    """

    name: ClassVar[str] = "http.revalidation"
    kind: ClassVar[str] = "http"
    facts: ClassVar[type[Facts]] = RevalidationFacts

    path: str
    accept_encoding: str
    with_conditions: bool = True

    @override
    async def ask(self, session: "HttpSession") -> RevalidationFacts:
        for _ in range(ROUNDS - 1):
            found = await self._round(session)
            if found.first.body == found.last.body or found.is_refuted:
                return found
        return await self._round(session)

    async def _round(self, session: "HttpSession") -> RevalidationFacts:
        first = await self._get(session)
        tag = EntityTag.parse(first.header("etag"))
        conditionals: list[ConditionalReply] = []
        if self.with_conditions and first.status == 200 and tag is not None:
            conditionals = await self._revalidate(session, tag, first)
        return RevalidationFacts(
            accept_encoding=self.accept_encoding,
            first=first,
            conditionals=tuple(conditionals),
            last=await self._get(session),
        )

    async def _revalidate(
        self, session: "HttpSession", tag: EntityTag, first: Reply
    ) -> list[ConditionalReply]:
        own = await self._ask_alone(session, tag)
        # Bytes behind a 304 would be taken for the next answer on a connection that is kept.
        more = (("Connection", "close"),) if own.excess_bytes else ()

        async def ask(
            condition: Condition, headers: tuple[tuple[str, str], ...]
        ) -> ConditionalReply:
            response = await session.get(
                self.path, accept_encoding=self.accept_encoding, headers=headers + more
            )
            return ConditionalReply(
                condition=condition, if_none_match=headers[0][1], reply=await read_reply(response)
            )

        rest = (ask(name, headers) for name, headers in self._conditions(tag, first))
        return [own, *await together(rest)]

    def _conditions(
        self, tag: EntityTag, first: Reply
    ) -> Iterator[tuple[Condition, tuple[tuple[str, str], ...]]]:
        yield "weak", (("If-None-Match", str(tag.flipped())),)
        yield "list", (("If-None-Match", f'"perfcheck-a", {tag}, "perfcheck-b"'),)
        if self.accept_encoding == "identity":
            now = format_datetime(datetime.now(UTC), usegmt=True)
            since = first.header("last-modified") or now
            yield "star", (("If-None-Match", "*"),)
            yield "other", (("If-None-Match", _NO_TAG),)
            yield "older", (("If-None-Match", _NO_TAG), ("If-Modified-Since", since))

    async def _ask_alone(self, session: "HttpSession", tag: EntityTag) -> ConditionalReply:
        lone = await session.get_alone(
            self.path,
            accept_encoding=self.accept_encoding,
            headers=(("If-None-Match", str(tag)),),
        )
        return ConditionalReply(
            condition="own",
            if_none_match=str(tag),
            reply=keep(lone.status, lone.headers, lone.body),
            excess_bytes=lone.excess_bytes,
        )

    async def _get(self, session: "HttpSession") -> Reply:
        return await read_reply(await session.get(self.path, accept_encoding=self.accept_encoding))

    @override
    def excerpt(self, facts: RevalidationFacts) -> str:
        tag = facts.first.header("etag") or "none"
        asked = (f"{c.condition} {c.reply.status}" for c in facts.conditionals)
        return f"{self.path}: {show_reply(facts.first)}, ETag {tag}; {', '.join(asked)}"
