"""Choose content codings from an Accept-Encoding header (RFC 9110, 12.5.3)."""

import re
from collections.abc import Callable
from typing import Literal

Coding = Literal["br", "gzip"]
Choice = Callable[[str | None], tuple[Coding, ...]]

# The order is the server's own preference among codings of equal weight.
_SUPPORTED: tuple[Coding, ...] = ("br", "gzip")
_ALIASES = {"x-gzip": "gzip"}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_WEIGHT = re.compile(r"[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def acceptable_codings(accept_encoding: str | None) -> tuple[Coding, ...]:
    """Return the codings to try in order; identity is what remains.

    Without the header any coding would be allowed, but identity is what such clients expect.
    A coding that the client likes less than an identity it named is left out.
    """
    if accept_encoding is None:
        return ()
    weights = _parse(accept_encoding)
    named_identity = weights.get("identity", 0.0)
    offers = [(_weight_of(coding, weights), coding) for coding in _SUPPORTED]
    usable = [offer for offer in offers if offer[0] > 0 and offer[0] >= named_identity]
    # The sort is stable: equal weights keep the server's preference.
    return tuple(coding for _, coding in sorted(usable, key=lambda offer: -offer[0]))


def _weight_of(coding: Coding, weights: dict[str, float]) -> float:
    return weights.get(coding, weights.get("*", 0.0))


def _parse(accept_encoding: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for element in accept_encoding.split(","):
        name, *parameters = (part.strip(" \t") for part in element.split(";"))
        if not _TOKEN.fullmatch(name):
            continue
        coding = _ALIASES.get(name.lower(), name.lower())
        # A coding named twice takes its lowest weight: a refusal always holds.
        weights[coding] = min(_parse_weight(parameters), weights.get(coding, 1.0))
    return weights


def _parse_weight(parameters: list[str]) -> float:
    if not parameters:
        return 1.0
    match = _WEIGHT.fullmatch(parameters[0]) if len(parameters) == 1 else None
    # A weight that cannot be read is no permission to encode.
    return float(match.group(1)) if match else 0.0
