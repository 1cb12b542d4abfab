"""Break the compression on purpose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from starlette.datastructures import Headers
from starlette.middleware import Middleware

from perfcheck.reference.app.compression import (
    MINIMUM_SIZE_BYTES,
    CompressionMiddleware,
    Encoder,
    encode_brotli,
    encode_gzip,
    is_compressible,
)
from perfcheck.reference.app.negotiation import Coding, acceptable_codings

_PREFERENCE: tuple[Coding, ...] = ("br", "gzip")


@dataclass(frozen=True)
class CompressionSwitches:
    """How responses are compressed; the defaults are right."""

    codings: Sequence[Coding] = _PREFERENCE
    gzip_level: int = 6
    gzip_damage: Literal["none", "truncated", "doubled", "altered"] = "none"
    brotli_quality: int = 5
    minimum_size_bytes: int = MINIMUM_SIZE_BYTES
    uncompressed_types: Sequence[str] = ()
    unrefusable: Sequence[Coding] = ()
    """Codings that are sent to every client that names them, refused or not."""
    gzip_needs_brotli: bool = False


def compression_layer(switches: CompressionSwitches) -> Middleware:
    """Return the compression as the switches want it."""
    gzip = _DAMAGES[switches.gzip_damage](partial(encode_gzip, level=switches.gzip_level))
    brotli = partial(encode_brotli, quality=switches.brotli_quality)
    encoders: Mapping[Coding, Encoder] = {"br": brotli, "gzip": gzip}
    return Middleware(
        CompressionMiddleware,
        minimum_size_bytes=switches.minimum_size_bytes,
        encoders={coding: encoders[coding] for coding in switches.codings},
        choose=partial(_choose, switches),
        compresses=partial(_compresses, tuple(switches.uncompressed_types)),
    )


def _choose(switches: CompressionSwitches, accept_encoding: str | None) -> tuple[Coding, ...]:
    chosen = acceptable_codings(accept_encoding)
    forced = {coding for coding in switches.unrefusable if coding in (accept_encoding or "")}
    if not forced <= set(chosen):
        return tuple(coding for coding in _PREFERENCE if coding in forced.union(chosen))
    return () if switches.gzip_needs_brotli and "br" not in chosen else chosen


def _compresses(excluded: tuple[str, ...], headers: Headers) -> bool:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return is_compressible(headers) and media_type not in excluded


def _truncated(encode: Encoder) -> Encoder:
    # Without the trailer of CRC and length, and the last bytes of the stream.
    return lambda body: encode(body)[:-16]


def _doubled(encode: Encoder) -> Encoder:
    return lambda body: encode(encode(body))


def _altered(encode: Encoder) -> Encoder:
    return lambda body: encode(body + b"\n")


_DAMAGES: Mapping[str, Callable[[Encoder], Encoder]] = {
    "none": lambda encode: encode,
    "truncated": _truncated,
    "doubled": _doubled,
    "altered": _altered,
}
