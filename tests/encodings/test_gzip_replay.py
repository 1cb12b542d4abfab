"""The level of a gzip body, from its bytes."""

import hashlib
import json
import zlib
from collections.abc import Iterable

import pytest

from perfcheck.encodings.gzip_member import read_members
from perfcheck.encodings.gzip_replay import Replay, is_classic_zlib, replay

pytestmark = pytest.mark.skipif(not is_classic_zlib(), reason="this Python has zlib-ng")

LEVELS = range(1, 10)


def rows(n: int) -> bytes:
    """Return a JSON list like an API's."""
    found = [
        {
            "id": hashlib.sha256(bytes([k % 256])).hexdigest()[:32],
            "name": f"job-{k}",
            "n": k * k % 97,
        }
        for k in range(n)
    ]
    return json.dumps({"data": found}).encode()


def encoded(
    plain: bytes, level: int, settings: tuple[int, int] = (15, 8), flushes: Iterable[int] = ()
) -> bytes:
    encoder = zlib.compressobj(level, zlib.DEFLATED, -settings[0], settings[1])
    parts, at = [], 0
    for point in flushes:
        parts += [encoder.compress(plain[at:point]), encoder.flush(zlib.Z_SYNC_FLUSH)]
        at = point
    parts += [encoder.compress(plain[at:]), encoder.flush()]
    tail = zlib.crc32(plain).to_bytes(4, "little") + len(plain).to_bytes(4, "little")
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"".join(parts) + tail


def levels_of(body: bytes) -> tuple[int, ...]:
    return replayed(body).levels


def replayed(body: bytes) -> Replay:
    (member,) = read_members(body, max_plain_bytes=100_000)
    return replay(member)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("settings", [(15, 8), (15, 9), (13, 6)], ids=["zlib", "Apache", "nginx"])
def test_the_true_level_is_among_those_found(level: int, settings: tuple[int, int]):
    assert level in levels_of(encoded(rows(60), level, settings))


def test_level_six_of_four_kilobytes_is_told_from_all_others():
    assert levels_of(encoded(rows(60), 6)) == (6,)


@pytest.mark.parametrize("level", [level for level in LEVELS if level != 6])
def test_no_other_level_passes_for_six(level: int):
    assert 6 not in levels_of(encoded(rows(60), level))


def test_flushes_of_a_streaming_server_are_replayed():
    plain = rows(60)
    found = replayed(encoded(plain, 6, flushes=range(1000, len(plain), 1000)))
    assert found.levels == (6,)
    assert "flushes" in found.settings


def test_a_small_body_leaves_several_levels_open():
    assert len(levels_of(encoded(rows(2), 6))) > 1


def test_a_body_of_another_encoder_has_no_level():
    plain = rows(30)
    encoder = zlib.compressobj(6, zlib.DEFLATED, -15, 8, zlib.Z_HUFFMAN_ONLY)
    raw = encoder.compress(plain) + encoder.flush()
    tail = zlib.crc32(plain).to_bytes(4, "little") + len(plain).to_bytes(4, "little")
    assert levels_of(b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + raw + tail) == ()
