"""YAML 1.2 scalars, places, and everything that a file may not hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcheck.spec.yaml12 import MAX_DEPTH, read_document, read_scalar


def lines_of(text: str) -> list[str]:
    found = sorted(read_document(text, "s").mistakes)
    return [f"{line}:{column}: {message}" for (line, column), message in found]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("off", "off"),
        ("yes", "yes"),
        ("5:30", "5:30"),
        ("010", 10),
        ("0o17", 15),
        ("0xff", 255),
        ("1e3", 1000.0),
        ("1_000", "1_000"),
        ("'010'", "010"),
        ("2026-01-31", "2026-01-31"),
        ("true", True),
        ("~", None),
        ("9.10", 9.1),
        ("1.2.3", "1.2.3"),
    ],
)
def test_a_scalar_is_what_it_looks_like(written: str, value: object):
    assert read_document(f"a: {written}\n", "s").content == {"a": value}
    assert type(read_document(f"a: {written}\n", "s").content["a"]) is type(value)


def test_every_key_and_value_has_its_place():
    document = read_document("\ufeffa: 1\r\nb:\r\n  - {c: x}\r\n".removeprefix("\ufeff"), "s")
    assert document.keys["b",] == (2, 1)
    assert document.values["b", 0, "c"] == (3, 9)


def test_an_aliased_value_points_to_its_anchor():
    document = read_document("base: &b {a: 1, c: 3}\nx: &x {<<: *b, a: 2}\ny: *x\nz: [*x]\n", "s")
    assert document.content["y"] == {"a": 2, "c": 3}
    assert document.mistakes == []
    assert document.values["y", "c"] == (1, 20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1:1: the file is empty"]),
        ("a: [1\n", ["2:1: not YAML: did not find expected ',' or ']'"]),
        ("a: 1\nb: 2\na: 3\n", ["3:1: duplicate key 'a', first at 1:1"]),
        ("1: x\n", ["1:1: a key must be text: quote it"]),
        ("true: x\n", ["1:1: a key must be text: quote it"]),
        ("? [a]\n: y\n", ["1:3: a key must be text: quote it"]),
        ("a: !!timestamp 2026-01-01\n", ["1:4: the tag !!timestamp is not allowed"]),
        ("a: &a [*a]\n", ["1:4: too large or too deep: aliases that multiply?"]),
        ("a: &a {<<: *a, b: 1}\n", []),
        ("a: {<<: 3}\n", ["1:9: `<<` takes mappings only"]),
        ("a: \x07\n", ["1:4: not YAML: a control character"]),
        ("[" * 500, [f"1:{MAX_DEPTH + 1}: nested more than {MAX_DEPTH} deep"]),
    ],
)
def test_what_a_file_may_not_hold_is_named_with_its_place(text: str, expected: list[str]):
    assert lines_of(text) == expected


def test_nesting_that_would_end_the_process_is_refused():
    (line,) = lines_of("[" * 100_000)
    assert "nest" in line


def test_a_second_document_is_refused():
    assert lines_of("a: 1\n---\nb: 2\n")[0].startswith("2:1: not YAML: but found another")


def test_a_python_tag_builds_nothing():
    assert lines_of("a: !!python/name:os.system x\n") == [
        "1:4: the tag !!python/name:os.system is not allowed"
    ]


@pytest.mark.parametrize("join", ["[*a{0}, *a{0}]", "{{<<: [*a{0}, *a{0}], k{0}: [*a{0}, *a{0}]}}"])
def test_aliases_that_multiply_are_refused(join: str):
    first = "[x, x]" if join.startswith("[") else "{x: 1}"
    text = f"a0: &a0 {first}\n"
    text += "".join(f"a{i}: &a{i} {join.format(i - 1)}\n" for i in range(1, 40))
    assert "aliases that multiply" in lines_of(text)[0]


def test_merges_of_merges_do_not_multiply():
    text = "a0: &a0 {x: 1}\n"
    text += "".join(f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 40))
    assert lines_of(text) == []


@given(st.text())
def test_any_text_gives_a_document_or_mistakes(text: str):
    document = read_document(text, "s")
    assert document.mistakes or document.values


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("off", "off"), ("[1", "[1"), ("a: 1", "a: 1")]
)
def test_one_scalar_is_read_alone(text: str, value: object):
    assert read_scalar(text) == value
