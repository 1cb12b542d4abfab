from typing import Any

import pytest
from pydantic import ValidationError

from perfcheck.checks.database.indexes import Indexes

WRONG = [
    ({"columns": ["a, b"]}, "not one index column"),
    ({"columns": []}, "at least 1"),
    ({"where": "a = "}, "cannot be read as an expression"),
    ({"where": "a = (select 1)"}, "sub-select"),
    ({"table": "a b"}, "not a table"),
    ({"name": "a b"}, "not a name"),
    ({"using": "gin", "columns": ["a desc"]}, "a gin index has no direction"),
    ({"using": "brin", "unique": True}, "a brin index cannot be unique"),
    ({"using": "gin", "include": ["b"]}, "a gin index cannot include columns"),
    ({"name": None}, "has no id"),
]


@pytest.mark.parametrize(("fields", "why"), WRONG)
def test_a_wrong_requirement_is_refused_in_plain_words(fields: dict[str, Any], why: str) -> None:
    spec = {"name": "idx_jobs", "table": "jobs", "columns": ["a"]}
    with pytest.raises(ValidationError, match=why):
        Indexes.model_validate({**spec, **fields})


def test_a_requirement_survives_its_own_json() -> None:
    check = Indexes.model_validate(
        {
            "name": "idx_jobs",
            "table": 'sales."Jobs"',
            "columns": ["lower(email) desc"],
            "where": "status = 'a'",
            "analyzed_within": "7d",
        }
    )
    assert Indexes.model_validate_json(check.model_dump_json()) == check
