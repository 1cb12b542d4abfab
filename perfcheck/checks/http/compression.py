"""Responses are compressed as declared."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from perfcheck.checks.base import Check
from perfcheck.checks.http._encoded import (
    judge_entity,
    judge_fallback,
    judge_media_type,
    judge_served,
    judge_smaller,
    judge_vary,
)
from perfcheck.checks.http._gzip_level import judge_level, unknown_level
from perfcheck.checks.http._negotiation import asked, judge_negotiation
from perfcheck.checks.http._paths import ApiPath
from perfcheck.checks.http._rows import each_part, refused
from perfcheck.checks.http._threshold import judge_threshold, sizes_elsewhere
from perfcheck.errors import ProbeError
from perfcheck.model import Finding
from perfcheck.probes.base import Answers, Probe
from perfcheck.probes.http.compression_threshold import CompressionThreshold
from perfcheck.probes.http.exchange import Exchange
from perfcheck.probes.http.gzip_level import GzipLevel
from perfcheck.probes.http.negotiation import Negotiation
from perfcheck.probes.http.reply import Reply
from perfcheck.probes.http.variants import Variants
from perfcheck.units import SizeBytes

_MAX_LEVEL = {"gzip": 9, "br": 11, "zstd": 22}


class Compression(Check):
    """A path is compressed for every client that accepts it, and for no client that does not.

    The decoded body is the identity body, caches are told by `Vary`, refused codings are not
    sent, and level, threshold, media types, size and fallback are as declared.

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
        found += [Exchange(path, self.encoding) for path in self.content_types.values()]
        return tuple(dict.fromkeys(found))

    @property
    def _negotiation(self) -> Negotiation:
        return Negotiation(subjects=asked(self.encoding), path=self.path)

    @override
    def evaluate(self, answers: Answers) -> Iterator[Finding]:
        for reply in (answers[Variants(self.path)].before, self._encoded(answers)):
            if reply.status != 200:
                yield refused(self.path, reply)
                return
        parts = (
            self._about_the_body,
            self._about_negotiation,
            self._about_level,
            self._about_threshold,
            self._about_content_types,
        )
        yield from each_part(f"GET {self.path}", parts, answers)

    def _encoded(self, answers: Answers) -> Reply:
        match self.encoding:
            case "gzip":
                return answers[Variants(self.path)].gzip
            case "br":
                return answers[Variants(self.path)].br
            case "zstd":
                return answers[Exchange(self.path, "zstd")].reply

    def _about_the_body(self, answers: Answers) -> Iterator[Finding]:
        variants, encoded = answers[Variants(self.path)], self._encoded(answers)
        yield judge_served(self.path, self.encoding, encoded, self.threshold or 0)
        if encoded.coding == self.encoding:
            yield judge_entity(self.path, variants, encoded)
        if self.vary:
            yield from judge_vary(self.path, self.encoding, variants.before, encoded)
        if self.smaller_than is not None:
            other = variants.gzip if self.smaller_than == "gzip" else variants.br
            yield judge_smaller(self.path, (self.encoding, encoded), (self.smaller_than, other))
        if self.fallback is not None:
            yield from judge_fallback(self.path, self.fallback, variants)

    def _about_negotiation(self, answers: Answers) -> Iterator[Finding]:
        yield from judge_negotiation(self.path, self.encoding, answers[self._negotiation])

    def _about_level(self, answers: Answers) -> Iterator[Finding]:
        if self.level is not None and self.encoding == "gzip":
            yield from judge_level(answers[GzipLevel(self.path)], self.level)
        elif self.level is not None:
            yield unknown_level(self.path, self.encoding, self.level)

    def _about_threshold(self, answers: Answers) -> Iterator[Finding]:
        if self.threshold is None:
            return
        probe = CompressionThreshold(self.path, self.encoding, self.threshold)
        others = sizes_elsewhere(self._other_replies(answers), self.encoding, self.threshold)
        samples = (*answers[probe].samples, *others)
        yield from judge_threshold(self.path, self.encoding, self.threshold, samples)

    def _other_replies(self, answers: Answers) -> dict[str, Reply]:
        found = {}
        for path in self.content_types.values():
            with suppress(ProbeError):  # said by the finding about its media type
                found[path] = answers[Exchange(path, self.encoding)].reply
        return found

    def _about_content_types(self, answers: Answers) -> Iterator[Finding]:
        for media_type, path in self.content_types.items():
            part = partial(self._about_content_type, media_type, path)
            yield from each_part(f"GET {path}", (part,), answers)

    def _about_content_type(
        self, media_type: str, path: str, answers: Answers
    ) -> Iterator[Finding]:
        reply = answers[Exchange(path, self.encoding)].reply
        threshold_bytes = self.threshold or 0
        yield judge_media_type(path, media_type.lower(), self.encoding, reply, threshold_bytes)
