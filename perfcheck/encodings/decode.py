"""Decode a body by its Content-Encoding, within a bound on what it grows to."""

from collections.abc import Callable, Mapping

import brotli  # type: ignore[import-untyped]  # the package brings no types

from perfcheck.encodings.gzip_member import BrokenBodyError, TooLargeError, read_members

MAX_PLAIN_BYTES = 32 * 1024 * 1024


class NoDecoderError(ValueError):
    """The coding is none that can be decoded here."""


def decode(coding: str, body: bytes, *, max_plain_bytes: int = MAX_PLAIN_BYTES) -> bytes:
    """Return the plain body of `gzip` or `br`.

    Raises NoDecoderError for another coding, BrokenBodyError for a body that is not whole,
    TooLargeError for one that grows beyond the bound.
    """
    decoder = _DECODERS.get(coding)
    if decoder is None:
        raise NoDecoderError(f"there is no decoder for {coding}")
    return decoder(body, max_plain_bytes)


def _gunzip(body: bytes, max_plain_bytes: int) -> bytes:
    return b"".join(m.plain for m in read_members(body, max_plain_bytes=max_plain_bytes))


def _unbrotli(body: bytes, max_plain_bytes: int) -> bytes:
    decoder = brotli.Decompressor()
    try:
        plain: bytes = decoder.process(body, output_buffer_limit=max_plain_bytes + 1)
    except brotli.error as error:
        raise BrokenBodyError("the Brotli stream is corrupt, or bytes follow it") from error
    if len(plain) > max_plain_bytes or not decoder.can_accept_more_data():
        raise TooLargeError(f"the body decodes to more than {max_plain_bytes} bytes")
    if not decoder.is_finished():
        raise BrokenBodyError("the Brotli stream is truncated")
    return plain


_DECODERS: Mapping[str, Callable[[bytes, int], bytes]] = {"gzip": _gunzip, "br": _unbrotli}
