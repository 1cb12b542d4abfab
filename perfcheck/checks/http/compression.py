"""Responses are compressed as declared."""

from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from perfcheck.checks.base import Check
from perfcheck.checks.http._entity import judge_entity, judge_shrinkage, judge_smaller
from perfcheck.checks.http._gzip_level import judge_level, unknown_level
from perfcheck.checks.http._negotiation import asked, judge_negotiation
from perfcheck.checks.http._served import judge_fallback, judge_media_type, judge_served, judge_vary
from perfcheck.checks.http._threshold import judge_threshold
from perfcheck.checks.http._unanswered import each_part, refused
from perfcheck.model import Finding
from perfcheck.probes.base import Answers, Probe
from perfcheck.probes.http.compression_threshold import CompressionThreshold
from perfcheck.probes.http.exchange import Exchange
from perfcheck.probes.http.gzip_level import GzipLevel
from perfcheck.probes.http.negotiation import Negotiation
from perfcheck.probes.http.path import ApiPath
from perfcheck.probes.http.reply import Reply
from perfcheck.probes.http.variants import Variants
from perfcheck.units import SizeBytes

_MAX_LEVEL = {"gzip": 9, "br": 11, "zstd": 22}


class Compression(Check):
    """A path is compressed for every client that accepts it, and for no client that does not.

    The encoded body is smaller than the identity body and decodes to it, caches are told by
    `Vary`, refused codings are not sent, and level, threshold, media types, size and fallback
    are as declared.

    Source: RFC 9110, 8.4, 12.5.3 and 12.5.5; RFC 1952.
    """

    kind: ClassVar[str] = "http"
    asserts: ClassVar[frozenset[str]] = frozenset(
        {"encoding", "level", "threshold", "content_types", "smaller_than", "fallback"}
    )

    path: ApiPath = Field(description="A GET whose body is compressed: 4 to 64 KB are best.")
    encoding: Literal["gzip", "br", "zstd"] = Field(
        default="gzip", description="The coding that is served to clients that accept it."
    )
    level: int | None = Field(
        default=None, ge=1, le=22, description="The encoder's level; gzip's can be verified."
    )
    threshold: SizeBytes | None = Field(
        default=None,
        gt=0,
        description="The identity length from which on bodies are compressed, the length itself "
        "included. Needs a `limit` in the path's query, which is varied.",
    )
    content_types: dict[str, ApiPath] = Field(
        default={}, description="Media types that are compressed, and a path that answers each."
    )
    smaller_than: Literal["gzip", "br"] | None = Field(
        default=None, description="The server's own coding of the same body that is larger."
    )
    fallback: Literal["gzip", "identity"] | None = Field(
        default=None, description="What a client gets that does not accept `encoding`."
    )
    vary: bool = Field(
        default=True, description="Whether `Vary: Accept-Encoding` is on every variant."
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.level is not None and self.level > _MAX_LEVEL[self.encoding]:
            raise ValueError(f"{self.encoding} has no level {self.level}")
        if self.encoding in {self.smaller_than, self.fallback}:
            raise ValueError(f"{self.encoding} cannot be compared with itself, nor fall back on it")
        return self

    @override
    def probes(self) -> tuple[Probe[Any], ...]:
        found: list[Probe[Any]] = [Variants(self.path), self._negotiation]
        if self.encoding == "zstd":
            found.append(Exchange(self.path, "zstd"))
        if self.level is not None and self.encoding == "gzip":
            found.append(GzipLevel(self.path))
        if self.threshold is not None:
            found.append(CompressionThreshold(self.path, self.encoding, self.threshold))
        return tuple(dict.fromkeys((*found, *self._typed.values())))

    @property
    def _negotiation(self) -> Negotiation:
        return Negotiation(subjects=asked(self.encoding), path=self.path)

    @property
    def _typed(self) -> dict[str, Exchange]:
        return {name: Exchange(path, self.encoding) for name, path in self.content_types.items()}

    @override
    def evaluate(self, answers: Answers) -> Iterator[Finding]:
        for reply in (answers[Variants(self.path)].before, self._encoded(answers)):
            if reply.status != 200:
                yield refused(self.path, reply)
                return
        parts = (self._body, self._coding_and_vary, self._level, self._threshold)
        yield from each_part(f"GET {self.path}", parts, answers)
        for media_type, probe in self._typed.items():
            part = partial(judge_media_type, media_type.lower(), probe, self.threshold or 0)
            yield from each_part(f"GET {probe.path}", (part,), answers)

    def _encoded(self, answers: Answers) -> Reply:
        if self.encoding == "zstd":
            return answers[Exchange(self.path, "zstd")].reply
        variants = answers[Variants(self.path)]
        return variants.gzip if self.encoding == "gzip" else variants.br

    def _body(self, answers: Answers) -> Iterator[Finding]:
        variants, encoded = answers[Variants(self.path)], self._encoded(answers)
        threshold_bytes = self.threshold or 0
        yield judge_served(self.path, self.encoding, encoded, threshold_bytes)
        if encoded.coding == self.encoding:
            yield judge_entity(self.path, variants, encoded)
            if not encoded.broken:
                yield judge_shrinkage(self.path, variants, encoded)
        if self.smaller_than is not None:
            other = variants.gzip if self.smaller_than == "gzip" else variants.br
            yield judge_smaller(self.path, (self.encoding, encoded), (self.smaller_than, other))
        if self.fallback is not None:
            codings = (self.encoding, self.fallback)
            yield from judge_fallback(self.path, codings, variants, threshold_bytes)

    def _coding_and_vary(self, answers: Answers) -> Iterator[Finding]:
        negotiated, identity = answers[self._negotiation], answers[Variants(self.path)].before
        yield from judge_negotiation(self.path, self.encoding, negotiated)
        if self.vary:
            unasked = negotiated.reply(None)
            yield from judge_vary(self.path, identity, self._encoded(answers), unasked)

    def _level(self, answers: Answers) -> Iterator[Finding]:
        if self.level is not None and self.encoding == "gzip":
            yield judge_level(answers[GzipLevel(self.path)], self.level)
        elif self.level is not None:
            yield unknown_level(self.path, self.encoding, self.level)

    def _threshold(self, answers: Answers) -> Iterator[Finding]:
        if self.threshold is not None:
            probe = CompressionThreshold(self.path, self.encoding, self.threshold)
            yield from judge_threshold(probe, answers, self._typed.values())
