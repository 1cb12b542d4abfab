"""Find the level of a deflate stream: encode the plain body again and compare the bytes.

The length of a gzip body does not tell its level; its bytes do, where the server uses zlib.
The settings tried are those of servers: zlib's defaults, Apache's memory level 9, the smaller
windows that nginx takes for a known short body, and the flush points of streaming encoders.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from perfcheck.encodings.gzip_member import Member

MAX_REPLAYED_BYTES = 64 * 1024  # without a match, 25 settings x 9 levels take half a second here
LEVELS = range(1, 10)
_FLUSH_MARK = b"\0\0\xff\xff"
_USUAL = ((15, 8), (15, 9))
_RARE = (
    *((bits, bits - 7) for bits in range(14, 8, -1)),
    *((15, memory) for memory in range(7, 0, -1)),
    *((bits, memory) for bits in range(14, 8, -1) for memory in (9, 8)),
)


@dataclass(frozen=True)
class Replay:
    """The levels whose output is byte for byte the member's; none: not made by this zlib."""

    levels: tuple[int, ...]
    settings: str


def is_classic_zlib() -> bool:
    """Say whether this Python encodes with zlib itself, not with zlib-ng in its place."""
    return "zlib-ng" not in zlib.ZLIB_RUNTIME_VERSION


def replay(member: Member) -> Replay:
    """Encode the member's plain body with all levels and the settings that servers use.

    Several levels are returned where they make the same bytes of this body. Takes up to a
    second for 64 KiB of which nothing matches. Source: RFC 1951; nginx's and Apache's sources.
    """
    for points, mode in _flush_ways(member):
        usual: set[int] = set()
        for bits, memory in _USUAL:
            usual |= _same_levels(member, (bits, memory), points, mode)
        if usual:
            return Replay(tuple(sorted(usual)), _describe("15, memory level 8 or 9", points))
        for bits, memory in _RARE:
            found = _same_levels(member, (bits, memory), points, mode)
            if found:
                name = f"{bits}, memory level {memory}"
                return Replay(tuple(sorted(found)), _describe(name, points))
    return Replay((), "none of the settings that servers use")


def _describe(name: str, points: tuple[int, ...]) -> str:
    flushed = f", {len(points)} flushes" if points else ""
    return f"zlib, window bits {name}{flushed}"


def _flush_ways(member: Member) -> Iterator[tuple[tuple[int, ...], int]]:
    points = _flush_points(member)
    if points:
        yield points, zlib.Z_SYNC_FLUSH
        yield points, zlib.Z_FULL_FLUSH
    else:
        yield (), zlib.Z_SYNC_FLUSH


def _flush_points(member: Member) -> tuple[int, ...]:
    """Return how much plain text lies before each flush.

    A mark that stands in the stream by chance only costs the match: the bytes are compared.
    """
    inflate = zlib.decompressobj(-15)
    points: list[int] = []
    plain_bytes, at = 0, 0
    while (mark := member.deflate.find(_FLUSH_MARK, at)) >= 0:
        end = mark + len(_FLUSH_MARK)
        plain_bytes += len(inflate.decompress(member.deflate[at:end]))
        if end < len(member.deflate):
            points.append(plain_bytes)
        at = end
    return tuple(points)


def _same_levels(
    member: Member, settings: tuple[int, int], points: tuple[int, ...], mode: int
) -> set[int]:
    def deflated(level: int) -> bytes:
        encoder = zlib.compressobj(level, zlib.DEFLATED, -settings[0], settings[1])
        parts, at = [], 0
        for point in points:
            parts += [encoder.compress(member.plain[at:point]), encoder.flush(mode)]
            at = point
        return b"".join((*parts, encoder.compress(member.plain[at:]), encoder.flush()))

    return {level for level in LEVELS if deflated(level) == member.deflate}
