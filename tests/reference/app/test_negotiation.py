import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcheck.reference.app.negotiation import acceptable_codings

MATRIX = [
    (None, ()),
    ("", ()),
    ("identity", ()),
    ("bogus", ()),
    ("deflate", ()),
    ("zstd", ()),
    ("gzip", ("gzip",)),
    ("GZIP", ("gzip",)),
    ("x-gzip", ("gzip",)),
    ("br", ("br",)),
    ("gzip, br", ("br", "gzip")),
    ("gzip, deflate, br, zstd", ("br", "gzip")),
    ("gzip;q=0", ()),
    ("gzip;q=0.000", ()),
    ("gzip;Q=0", ()),
    ("gzip;q=0, *", ("br",)),
    ("br;q=0, gzip", ("gzip",)),
    ("gzip;q=0.1, br;q=1", ("br", "gzip")),
    ("gzip;q=1, br;q=0.1", ("gzip", "br")),
    ("gzip;q=0.5, br;q=0.5", ("br", "gzip")),
    ("*", ("br", "gzip")),
    ("*;q=0", ()),
    ("*;q=0, gzip", ("gzip",)),
    ("br;q=0, *;q=0.5", ("gzip",)),
    ("identity;q=0", ()),
    ("identity;q=1, gzip;q=0.5", ()),
    ("identity;q=0.5, gzip;q=1, br;q=0.1", ("gzip",)),
    ("identity, gzip", ("gzip",)),
    ("gzip ; q=1.0", ("gzip",)),
    ("\tgzip\t,  br;q=0", ("gzip",)),
    (",, gzip ,", ("gzip",)),
    ("gzip, gzip;q=0", ()),
    ("x-gzip;q=0, gzip", ()),
    ("gzip;q=1.5", ()),
    ("gzip;q=-1", ()),
    ("gzip;q=abc", ()),
    ("gzip;q=0.0001", ()),
    ("gzip;level=9", ()),
    ("gzip;q=1;q=0", ()),
    ("gz ip", ()),
]


@pytest.mark.parametrize(("accept_encoding", "codings"), MATRIX)
def test_codings_are_tried_in_the_order_of_the_clients_weights(
    accept_encoding: str | None, codings: tuple[str, ...]
) -> None:
    assert acceptable_codings(accept_encoding) == codings


@given(st.text())
def test_no_header_breaks_the_negotiation(accept_encoding: str) -> None:
    assert set(acceptable_codings(accept_encoding)) <= {"br", "gzip"}


@given(st.lists(st.sampled_from(["gzip", "br", "*", "identity", "gzip;q=0.3"])))
def test_a_refusal_holds_whatever_stands_beside_it(others: list[str]) -> None:
    assert "gzip" not in acceptable_codings(", ".join([*others, "gzip;q=0"]))
