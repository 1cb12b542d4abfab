"""Take a gzip body apart: header, deflate stream, trailer (RFC 1952)."""

import zlib
from dataclasses import dataclass, field

_HEADER_BYTES = 10
_TRAILER_BYTES = 8
_MAX_MEMBERS = 1024  # each costs a copy of the rest
_MAGIC = b"\x1f\x8b\x08"


class BrokenBodyError(ValueError):
    """The bytes are not what their Content-Encoding says."""


class TooLargeError(ValueError):
    """The body decodes to more than the bound."""


@dataclass(frozen=True)
class Member:
    """One gzip member. `xfl` is the header's byte of that name (RFC 1952, 2.3.1)."""

    xfl: int
    deflate: bytes = field(repr=False)
    plain: bytes = field(repr=False)


def read_members(body: bytes, *, max_plain_bytes: int) -> tuple[Member, ...]:
    """Return the members of a gzip body, at least one.

    Raises BrokenBodyError where it is truncated, its CRC or length is wrong, or bytes follow
    the last member; TooLargeError where it decodes to more than `max_plain_bytes`, or has
    more than 1024 members.
    """
    members: list[Member] = []
    rest, left_bytes = body, max_plain_bytes
    while rest or not members:
        if members and not rest.startswith(_MAGIC[:2]):
            raise BrokenBodyError(f"{len(rest)} bytes follow the gzip member")
        if len(members) == _MAX_MEMBERS:
            raise TooLargeError(f"the body has more than {_MAX_MEMBERS} gzip members")
        member, rest = _read_member(rest, left_bytes)
        left_bytes -= len(member.plain)
        members.append(member)
    return tuple(members)


def _read_member(body: bytes, max_plain_bytes: int) -> tuple[Member, bytes]:
    start = _deflate_start(body)
    inflate = zlib.decompressobj(-15)
    try:
        plain = inflate.decompress(body[start:], max_plain_bytes + 1)
    except zlib.error as error:
        raise BrokenBodyError("the deflate stream is corrupt") from error
    if len(plain) > max_plain_bytes:
        raise TooLargeError(f"the body decodes to more than {max_plain_bytes} bytes")
    rest = inflate.unused_data
    if not inflate.eof or len(rest) < _TRAILER_BYTES:
        raise BrokenBodyError("the gzip member is truncated")
    if int.from_bytes(rest[:4], "little") != zlib.crc32(plain):
        raise BrokenBodyError("the CRC of the gzip member is wrong")
    if int.from_bytes(rest[4:8], "little") != len(plain) & 0xFFFFFFFF:
        raise BrokenBodyError("the length in the gzip trailer is wrong")
    deflate = body[start : len(body) - len(rest)]
    return Member(body[8], deflate, plain), rest[_TRAILER_BYTES:]


def _deflate_start(body: bytes) -> int:
    if not body.startswith(_MAGIC) or len(body) < _HEADER_BYTES:
        raise BrokenBodyError("the body does not begin as gzip does")
    flags, at = body[3], _HEADER_BYTES
    if flags & 4:  # extra field
        at += 2 + int.from_bytes(body[at : at + 2], "little")
    for bit in (8, 16):  # file name, comment
        if flags & bit:
            end = body.find(b"\0", at)
            if end < 0:
                raise BrokenBodyError("the gzip header is truncated")
            at = end + 1
    return at + (2 if flags & 2 else 0)  # header CRC
