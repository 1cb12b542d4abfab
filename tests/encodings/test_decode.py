"""Decoding bodies within a bound."""

import gzip

import brotli  # type: ignore[import-untyped]  # the package brings no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcheck.encodings.decode import NoDecoderError, decode
from perfcheck.encodings.gzip_member import BrokenBodyError, TooLargeError

ENCODE = {"gzip": gzip.compress, "br": brotli.compress}


@given(st.binary(max_size=4000), st.sampled_from(sorted(ENCODE)))
def test_every_body_comes_back(plain: bytes, coding: str):
    assert decode(coding, ENCODE[coding](plain)) == plain


@pytest.mark.parametrize("coding", sorted(ENCODE))
def test_a_bomb_is_not_unpacked(coding: str):
    with pytest.raises(TooLargeError):
        decode(coding, ENCODE[coding](bytes(5_000_000)), max_plain_bytes=1_000_000)


@pytest.mark.parametrize("coding", sorted(ENCODE))
def test_a_body_of_just_the_bound_is_decoded(coding: str):
    assert len(decode(coding, ENCODE[coding](bytes(1000)), max_plain_bytes=1000)) == 1000


@pytest.mark.parametrize("body", [b"no brotli at all", brotli.compress(bytes(99)) + b"x"])
def test_a_corrupt_brotli_body_is_broken(body: bytes):
    with pytest.raises(BrokenBodyError, match="corrupt"):
        decode("br", body)


def test_a_truncated_brotli_body_is_broken():
    with pytest.raises(BrokenBodyError, match="truncated"):
        decode("br", brotli.compress(b"some text " * 50)[:-2])


def test_a_coding_without_a_decoder_is_not_guessed():
    with pytest.raises(NoDecoderError, match="zstd"):
        decode("zstd", b"\x28\xb5\x2f\xfd")
