import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcheck.reference.app.etag import matches, weak_tag, weakened

TAG = 'W/"x"'


@pytest.mark.parametrize(
    "if_none_match",
    [
        'W/"x"',
        '"x"',
        "*",
        " * ",
        '"a", "x"',
        '"x","a"',
        '"a" , W/"x" ,"b"',
        ', ,"x",',
        '"a,b", "x"',
    ],
)
def test_a_header_that_names_the_tag_matches(if_none_match: str) -> None:
    assert matches(if_none_match, TAG)


@pytest.mark.parametrize(
    "if_none_match",
    [
        "",
        "x",
        '"X"',
        'w/"x"',
        '"xx"',
        '"x',
        'x"',
        '"a"',
        '"a,"x"',
        '"x", garbage',
        '"x" "a"',
        'garbage, "x"',
        '"x", *',
        "W/x",
        'W/ "x"',
    ],
)
def test_a_header_that_does_not_is_no_match(if_none_match: str) -> None:
    assert not matches(if_none_match, TAG)


@given(st.text())
def test_no_header_breaks_the_comparison(if_none_match: str) -> None:
    assert matches(if_none_match, TAG) in {True, False}


@given(st.binary())
def test_a_tag_is_the_md5_of_the_body_and_weak(body: bytes) -> None:
    assert weak_tag(body) == f'W/"{hashlib.md5(body).hexdigest()}"'  # noqa: S324 - as specified
    assert matches(weak_tag(body), weak_tag(body))


def test_a_strong_tag_is_weakened_and_a_weak_one_left() -> None:
    assert weakened('"x"') == weakened('W/"x"') == 'W/"x"'
