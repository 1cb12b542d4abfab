"""From which length of body on a path is compressed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from perfcheck.model import Model
from perfcheck.probes.base import Facts, Probe
from perfcheck.probes.http.path import read_limit, with_limit
from perfcheck.probes.http.reply import read_reply

if TYPE_CHECKING:
    from perfcheck.targets.http import HttpSession

MAX_SAMPLES = 10


class SizeSample(Model):
    """One answer of a certain size. `plain_bytes` is the length of its identity body."""

    path: str
    status: int
    plain_bytes: int | None
    coding: str


class ThresholdFacts(Facts):
    """The samples in the order in which they were asked."""

    samples: tuple[SizeSample, ...]


@dataclass(frozen=True)
class CompressionThreshold(Probe[ThresholdFacts]):
    """Which answers around a size are compressed?

    Where the path has a `limit`, smaller ones are searched for the two that lie closest to
    `threshold_bytes`, below and above: at most 10 answers, and twice as many requests where
    the encoding cannot be decoded here.
    """

    name: ClassVar[str] = "http.compression_threshold"
    kind: ClassVar[str] = "http"
    facts: ClassVar[type[Facts]] = ThresholdFacts

    path: str
    encoding: str
    threshold_bytes: int

    @override
    async def ask(self, session: "HttpSession") -> ThresholdFacts:
        widest = await self._sample(session, self.path)
        limit = read_limit(self.path)
        if limit is None or limit == 1:
            return ThresholdFacts(samples=(widest,))
        narrowest = await self._sample(session, with_limit(self.path, 1))
        samples = [widest, narrowest]
        low, high = (1, narrowest.plain_bytes), (limit, widest.plain_bytes)
        while len(samples) < MAX_SAMPLES and is_between(low, high, self.threshold_bytes):
            # Halving in turn bounds the search where sizes do not grow with the limit.
            guess = interpolate(low, high, self.threshold_bytes) if len(samples) % 2 == 0 else 0
            middle = guess or (low[0] + high[0]) // 2
            sample = await self._sample(session, with_limit(self.path, middle))
            samples.append(sample)
            if (sample.plain_bytes or 0) < self.threshold_bytes:
                low = (middle, sample.plain_bytes)
            else:
                high = (middle, sample.plain_bytes)
        return ThresholdFacts(samples=tuple(samples))

    async def _sample(self, session: "HttpSession", path: str) -> SizeSample:
        reply = await read_reply(await session.get(path, accept_encoding=self.encoding))
        plain = reply.plain
        if plain is None and reply.unread:
            identity = await read_reply(await session.get(path, accept_encoding="identity"))
            plain = identity.plain if identity.coding == "identity" else None
        size_bytes = plain.size_bytes if plain and reply.status == 200 else None
        return SizeSample(
            path=path, status=reply.status, plain_bytes=size_bytes, coding=reply.coding
        )

    @override
    def excerpt(self, facts: ThresholdFacts) -> str:
        known = sorted(
            (s.plain_bytes, s.coding) for s in facts.samples if s.plain_bytes is not None
        )
        return f"{self.path}: {', '.join(f'{size} B {coding}' for size, coding in known)}"


Known = tuple[int, int | None]
"""A limit and the size in bytes that it gave."""


def is_between(low: Known, high: Known, size_bytes: int) -> bool:
    """Say whether the size lies between two known ones, with limits left to try."""
    if low[1] is None or high[1] is None or high[0] - low[0] < 2:
        return False
    return low[1] < size_bytes <= high[1]


def interpolate(low: Known, high: Known, size_bytes: int) -> int:
    """Return the limit strictly between two that should give the size, if rows are alike."""
    low_bytes, high_bytes = low[1] or 0, high[1] or 0
    share = (size_bytes - low_bytes) / (high_bytes - low_bytes)
    guess = low[0] + int(share * (high[0] - low[0]))
    return min(max(guess, low[0] + 1), high[0] - 1)
