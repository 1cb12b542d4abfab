import pytest

from perfcheck.errors import UsageError
from perfcheck.reference.faults.base import Fault
from perfcheck.selftest.choose import Part, choose, to_prove

FAULTS = {
    name: Fault(name, "It is broken.", (requirement,), sql="select 1")
    for name, requirement in [
        ("a", "indexes/x"),
        ("b", "indexes/y"),
        ("c", "etags/z"),
        ("d", "latency/w"),
        ("e", "latency/v"),
    ]
}
SECTIONS = {"indexes", "etags", "latency"}


def names(only: tuple[str, ...] = (), part: Part | None = None) -> list[str]:
    return [fault.name for fault in choose(FAULTS, SECTIONS, only, part)]


def test_without_a_choice_all_faults_are_shown():
    assert names() == list(FAULTS)


def test_a_section_chooses_its_faults_and_a_name_its_own():
    assert names(("indexes",)) == ["a", "b"]
    assert names(("indexes", "d")) == ["a", "b", "d"]


@pytest.mark.parametrize("parts", [1, 2, 3, 10])
def test_the_parts_together_are_all_faults_once(parts: int):
    shown = [name for k in range(parts) for name in names(part=Part(k + 1, parts))]
    assert sorted(shown) == list(FAULTS)


def test_an_unknown_name_is_a_mistake_with_a_suggestion():
    with pytest.raises(UsageError, match="did you mean 'indexes'"):
        names(("indxes",))


@pytest.mark.parametrize("text", ["0/10", "11/10", "1/0", "1", "a/b", "1/2/3", "-1/2", ""])
def test_a_part_that_does_not_exist_is_a_mistake(text: str):
    with pytest.raises(UsageError, match="write K/N"):
        Part.parse(text)


def test_only_whole_sections_must_be_proven():
    requirements = ("indexes/x", "etags/z")
    assert to_prove(requirements, (), None) == requirements
    assert to_prove(requirements, ("indexes",), None) == ("indexes/x",)
    assert to_prove(requirements, ("a",), None) == ()
    assert to_prove(requirements, (), Part(1, 2)) == ()
