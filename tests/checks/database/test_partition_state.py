"""A partition that is cut again by another key takes all rows only if nothing is missing."""

from typing import Any

import pytest

from perfcheck.model import Verdict
from perfcheck.probes.database.partition_facts import Cut, Partition
from tests.checks.database.partition_cases import (
    BY_KIND,
    changed,
    child,
    default,
    facts_of,
    judge,
    outcome,
    periods,
)


def hashed(*bounds: tuple[int, int], **more: Any) -> list[Partition]:
    cut = Cut(strategy="hash", columns=("tenant",), types=("integer",))
    return [
        *changed(4, relkind="p", size_bytes=None, cut=cut),
        *(
            child(
                "t_2026-06",
                f"t_2026-06_{m}_{r}",
                bound=f"FOR VALUES WITH (modulus {m}, remainder {r})",
                **more,
            )
            for m, r in bounds
        ),
    ]


def listed(*children: Partition) -> list[Partition]:
    return [*changed(4, relkind="p", size_bytes=None, cut=BY_KIND), *children]


VALUES = child("t_2026-06", "t_2026-06_a", bound="FOR VALUES IN ('a')")
REST = child("t_2026-06", "t_2026-06_rest", bound="DEFAULT")
NO_LEAF = {"relkind": "p", "size_bytes": None, "cut": BY_KIND}
CUT_AGAIN: dict[str, tuple[list[Partition], str, str]] = {
    "one remainder of four": (
        hashed((4, 0)),
        "unverified",
        "t_2026-06 lacks remainders 1, 2, 3 of modulus 4",
    ),
    "one remainder missing": (
        hashed((2, 0), (4, 1)),
        "unverified",
        "t_2026-06 lacks remainder 3 of modulus 4",
    ),
    "all remainders of one modulus": (hashed((2, 0), (2, 1)), "pass", ""),
    "all remainders of several": (hashed((2, 0), (4, 1), (8, 3), (8, 7)), "pass", ""),
    "more remainders than are listed": (
        hashed((1 << 20, 5)),
        "unverified",
        "t_2026-06 lacks remainders",
    ),
    "no bound that is read": (
        [
            *hashed(),
            child("t_2026-06", "t_2026-06_x", bound="FOR VALUES WITH (modulus 0, remainder 0)"),
        ],
        "unverified",
        "t_2026-06 lacks remainders",
    ),
    "hash without any partition": (hashed(), "fail", "t_2026-06 has no partition of its own"),
    "hash on foreign tables": (hashed((1, 0), relkind="f"), "unverified", "only a foreign"),
    "list without DEFAULT": (
        listed(VALUES),
        "unverified",
        "t_2026-06 has no DEFAULT partition",
    ),
    "list with DEFAULT": (listed(VALUES, REST), "pass", ""),
    "a value without a leaf beside DEFAULT": (
        listed(VALUES.model_copy(update=NO_LEAF), REST),
        "unverified",
        "t_2026-06_a has no partition of its own",
    ),
    "nothing but a DEFAULT without a leaf": (
        listed(REST.model_copy(update=NO_LEAF)),
        "fail",
        "t_2026-06 has no partition of its own",
    ),
}


@pytest.mark.parametrize(
    ("partitions", "expected", "said"), CUT_AGAIN.values(), ids=CUT_AGAIN.keys()
)
def test_a_period_that_is_cut_again_by_another_key_must_be_whole(
    partitions: list[Partition], expected: str, said: str
) -> None:
    findings = judge(facts_of(partitions), table="t", every="month", ahead=2)
    assert outcome(findings) == expected, findings
    assert said in " | ".join(finding.message for finding in findings[1:])


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ([], "fail"),
        ([child("t_def", "t_def_a", bound="FOR VALUES IN ('a')")], "unverified"),
        ([child("t_def", "t_def_a", bound="DEFAULT")], "pass"),
        ([child("t_def", "t_def_a", bound="DEFAULT", relkind="f")], "unverified"),
    ],
)
def test_a_required_default_must_be_whole(below: list[Partition], expected: str) -> None:
    top = default(relkind="p", size_bytes=None, cut=BY_KIND)
    findings = judge(facts_of([*periods(), top, *below]), table="t", default="required")
    assert outcome(findings) == expected


def test_a_message_promises_a_partition_and_no_row() -> None:
    findings = judge(facts_of(periods()), table="t", every="month", ahead=2)
    assert findings[-1].message == "t has a partition for each month until 2026-08-01 (ahead: 2)"
    assert "accept" not in " ".join(f.message + f.expected for f in findings)


def test_partitions_that_are_no_tables_are_none() -> None:
    empty = facts_of(changed(0, **NO_LEAF)[:1])
    assert judge(empty, table="t")[0].verdict is Verdict.BREAKS
