"""With which level a path's gzip body was made."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from typing_extensions import override

from perfcheck.encodings.gzip_member import read_members
from perfcheck.encodings.gzip_replay import MAX_REPLAYED_BYTES, is_classic_zlib, replay
from perfcheck.probes.base import Facts, Probe
from perfcheck.probes.http.path import read_limit, with_limit
from perfcheck.probes.http.reply import Reply, read_reply, show_reply

if TYPE_CHECKING:
    from perfcheck.targets.http import HttpSession, Response

NotReplayed = Literal["not_gzip", "broken", "several_members", "too_large", "zlib_ng"]


class GzipLevelFacts(Facts):
    """The gzip answer, and the levels that make the same bytes of its plain body.

    `xfl` is the header's byte of that name (RFC 1952, 2.3.1). Without `not_replayed`, an empty
    `levels` means that no level of zlib makes these bytes.
    """

    path: str
    reply: Reply
    xfl: int | None = None
    levels: tuple[int, ...] = ()
    settings: str | None = None
    not_replayed: NotReplayed | None = None


@dataclass(frozen=True)
class GzipLevel(Probe[GzipLevelFacts]):
    """Which gzip levels make the bytes that a path answers?

    A body of more than 64 KiB is too slow to replay: fewer rows are asked, if the path has a
    `limit`.
    """

    name: ClassVar[str] = "http.gzip_level"
    kind: ClassVar[str] = "http"
    facts: ClassVar[type[Facts]] = GzipLevelFacts

    path: str

    @override
    async def ask(self, session: "HttpSession") -> GzipLevelFacts:
        path = self.path
        response = await session.get(path, accept_encoding="gzip")
        reply = await read_reply(response)
        size_bytes = reply.plain.size_bytes if reply.plain else 0
        limit = read_limit(path)
        if size_bytes > MAX_REPLAYED_BYTES and limit is not None:
            # A tenth less, for rows that differ in length.
            path = with_limit(path, max(1, int(limit * MAX_REPLAYED_BYTES / size_bytes * 0.9)))
            response = await session.get(path, accept_encoding="gzip")
            reply = await read_reply(response)
        return await asyncio.to_thread(_examine, path, reply, response)

    @override
    def excerpt(self, facts: GzipLevelFacts) -> str:
        if facts.not_replayed:
            return f"{facts.path}: {show_reply(facts.reply)}, not replayed: {facts.not_replayed}"
        levels = ", ".join(map(str, facts.levels)) or "none"
        return f"{facts.path}: {show_reply(facts.reply)}, same bytes at level {levels}"


def _examine(path: str, reply: Reply, response: "Response") -> GzipLevelFacts:
    if reply.broken:
        return GzipLevelFacts(path=path, reply=reply, not_replayed="broken")
    if reply.coding != "gzip" or reply.plain is None or not response.body:
        return GzipLevelFacts(path=path, reply=reply, not_replayed="not_gzip")
    members = read_members(response.body, max_plain_bytes=reply.plain.size_bytes)
    found = GzipLevelFacts(path=path, reply=reply, xfl=members[0].xfl)
    reason = _why_not(len(members), reply.plain.size_bytes)
    if reason is not None:
        return found.model_copy(update={"not_replayed": reason})
    match = replay(members[0])
    return found.model_copy(update={"levels": match.levels, "settings": match.settings})


def _why_not(members: int, size_bytes: int) -> NotReplayed | None:
    if members > 1:
        return "several_members"
    if size_bytes > MAX_REPLAYED_BYTES:
        return "too_large"
    return None if is_classic_zlib() else "zlib_ng"
