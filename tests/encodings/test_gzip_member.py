"""Reading gzip members, whole and broken."""

import gzip
import zlib

import pytest

from perfcheck.encodings.gzip_member import BrokenBodyError, TooLargeError, read_members

PLAIN = b"a line of text that repeats\n" * 40
WHOLE = gzip.compress(PLAIN, 6, mtime=0)
NAMED = WHOLE[:3] + b"\x1c" + WHOLE[4:10] + b"\2\0xy" + b"name\0" + b"note\0" + WHOLE[10:]

BROKEN = {
    "empty": (b"", "does not begin"),
    "not gzip": (PLAIN, "does not begin"),
    "truncated": (WHOLE[:-20], "truncated"),
    "without its trailer": (WHOLE[:-5], "truncated"),
    "a wrong CRC": (WHOLE[:-8] + bytes(4) + WHOLE[-4:], "CRC"),
    "a wrong length": (WHOLE[:-4] + bytes(4), "length"),
    "two bytes too many": (WHOLE + b"\r\n", "2 bytes follow"),
    "a corrupt stream": (WHOLE[:10] + b"\xff" * 20, "corrupt"),
    "a header cut off": (WHOLE[:3] + b"\x08" + WHOLE[4:10] + b"name", "header"),
}


def test_a_member_gives_its_body_and_the_hints_of_its_header():
    (member,) = read_members(gzip.compress(PLAIN, 9, mtime=0), max_plain_bytes=10_000)
    assert member.plain == PLAIN
    assert member.xfl == 2
    assert zlib.decompress(member.deflate, -15) == PLAIN


def test_extra_field_name_and_comment_are_passed_over():
    (member,) = read_members(NAMED, max_plain_bytes=10_000)
    assert member.plain == PLAIN


def test_several_members_are_all_read():
    assert [m.plain for m in read_members(WHOLE + WHOLE, max_plain_bytes=10_000)] == [PLAIN] * 2


@pytest.mark.parametrize(("body", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_body_says_what_is_wrong(body: bytes, reason: str):
    with pytest.raises(BrokenBodyError, match=reason):
        read_members(body, max_plain_bytes=10_000)


def test_a_bomb_is_not_unpacked():
    bomb = gzip.compress(bytes(10_000_000))
    with pytest.raises(TooLargeError, match="more than 1000 bytes"):
        read_members(bomb, max_plain_bytes=1000)


def test_members_share_one_bound():
    with pytest.raises(TooLargeError):
        read_members(WHOLE * 3, max_plain_bytes=2 * len(PLAIN))


def test_endless_empty_members_are_refused():
    with pytest.raises(TooLargeError, match="1024 gzip members"):
        read_members(gzip.compress(b"") * 2000, max_plain_bytes=1000)
