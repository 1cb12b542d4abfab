"""Facts of a correct server for the section compression, with single answers replaced."""

from typing import Any

from perfcheck.checks.http._negotiation import asked
from perfcheck.checks.http.compression import Compression
from perfcheck.probes.base import Facts, Failure, Probe
from perfcheck.probes.http.compression_threshold import (
    CompressionThreshold,
    SizeSample,
    ThresholdFacts,
)
from perfcheck.probes.http.exchange import Exchange, ExchangeFacts
from perfcheck.probes.http.gzip_level import GzipLevel, GzipLevelFacts
from perfcheck.probes.http.negotiation import Negotiated, Negotiation, NegotiationFacts
from perfcheck.probes.http.reply import Reply
from perfcheck.probes.http.variants import Variants, VariantsFacts
from tests.checks.http.answers import answered

PATH = "/jobs?limit=100"
ALL = ("before", "gzip", "br", "after")


def check(**fields: Any) -> Compression:
    return Compression.model_validate({"id": "x", "path": PATH, "encoding": "gzip", **fields})


def variants(**replaced: Any) -> VariantsFacts:
    usual: dict[str, Any] = {
        "before": answered(),
        "gzip": answered("gzip"),
        "br": answered("br"),
        "after": answered(),
    }
    return VariantsFacts(**{**usual, **replaced})


def negotiation(
    encoding: str, *, after: Reply | None = None, **replaced: Reply
) -> NegotiationFacts:
    def reply(accept: str | None) -> Reply:
        if (accept if accept is not None else "no header") in replaced:
            return replaced[accept if accept is not None else "no header"]
        names = [] if accept is None else accept.lower().split(", ")
        return answered("gzip" if "gzip" in names else "br" if "br" in names else "identity")

    return NegotiationFacts(
        answers=tuple(
            Negotiated(accept_encoding=accept, reply=reply(accept))
            for accept in sorted(asked(encoding), key=str)
        ),
        after=after or answered(),
    )


def facts(
    entry: Compression, *found: Facts | Failure, to: Probe[Any] | None = None
) -> dict[Probe[Any], Facts | Failure]:
    """Return facts of a correct server; those given replace what they are an instance of."""
    correct: dict[type[Probe[Any]], Facts] = {
        Variants: variants(),
        Negotiation: negotiation(entry.encoding),
        GzipLevel: level((6,)),
        CompressionThreshold: sizes((900, "identity"), (1100, "gzip")),
        Exchange: ExchangeFacts(reply=answered("gzip")),
    }
    usual: dict[Probe[Any], Facts | Failure] = {}
    for probe in entry.probes():
        own = (replacement for replacement in found if isinstance(replacement, probe.facts))
        usual[probe] = next(own, correct[type(probe)])
    return usual if to is None else {**usual, to: found[0]}


def level(levels: tuple[int, ...], **replaced: Any) -> GzipLevelFacts:
    usual: dict[str, Any] = {
        "path": PATH,
        "reply": answered("gzip"),
        "xfl": 0,
        "levels": levels,
        "settings": "zlib",
    }
    return GzipLevelFacts(**{**usual, **replaced})


def sizes(*seen: tuple[int, str]) -> ThresholdFacts:
    return ThresholdFacts(
        samples=tuple(
            SizeSample(path=PATH, status=200, plain_bytes=size, coding=coding)
            for size, coding in seen
        )
    )


def both(body: bytes) -> dict[str, Reply]:
    """Return the identity answers, before and after."""
    return dict.fromkeys(("before", "after"), answered(body=body))
