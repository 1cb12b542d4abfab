"""The JSON report says everything, can be read back, and obeys its published schema."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perfcheck.errors import UsageError
from perfcheck.model import Outcome, Report
from perfcheck.report.json import parse, render, schema

PUBLISHED = Path(__file__).parents[2] / "perfcheck" / "report" / "report.schema.json"


def test_the_report_is_written_as_reviewed(
    report: Report, golden: Callable[[str, str], None]
) -> None:
    golden("report.json", render(report))


@given(texts=st.lists(st.text(), min_size=1, max_size=20))
@example(texts=["\x7f\x9b31m\x1b[2J"])
def test_what_was_written_is_read_back_unchanged(
    with_texts: Callable[[list[str]], Report], texts: list[str]
) -> None:
    report = with_texts(texts)
    written = render(report)
    assert parse(written) == report
    assert written.isascii()
    assert written.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a report of perfcheck"),
        ("{", "not a report of perfcheck"),
        ("[]", "not a report of perfcheck"),
        ("{}", "schema: Field required"),
        ('{"schema": 1}', "schema: Input should be a valid string"),
        ('{"schema": "perfcheck-report/2"}', "'perfcheck-report/2'; this perfcheck reads"),
        ('{"schema": "perfcheck-report/1"}', "tool: Field required"),
        ("[" * 100_000, "not a report of perfcheck"),
    ],
)
def test_what_is_not_a_report_is_refused_with_one_line(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_report_with_an_unknown_key_is_refused_with_its_place(report: Report) -> None:
    changed = json.loads(render(report))
    changed["results"][2]["outcome"] = "passed"
    with pytest.raises(UsageError, match=r"results\.2\.outcome: "):
        parse(json.dumps(changed))


def test_the_published_schema_is_the_generated_one() -> None:
    text = json.dumps(schema(), indent=2) + "\n"
    if os.environ.get("PERFCHECK_UPDATE_GOLDEN"):
        PUBLISHED.write_text(text, encoding="utf-8")
    assert PUBLISHED.read_text(encoding="utf-8") == text


def test_the_published_schema_is_draft_07() -> None:
    published = schema()
    jsonschema.Draft7Validator.check_schema(published)
    assert published["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert "$defs" not in json.dumps(schema())
    assert "prefixItems" not in json.dumps(schema())


@pytest.mark.parametrize("outcome", Outcome)
def test_a_report_of_each_outcome_obeys_the_schema(
    outcome: Outcome, make_result: Callable[..., object], make_report: Callable[..., Report]
) -> None:
    written = json.loads(render(make_report(make_result("indexes/a", outcome))))
    jsonschema.Draft7Validator(schema()).validate(written)
    assert written["summary"][outcome] == 1


def test_the_whole_report_obeys_the_schema(report: Report) -> None:
    jsonschema.Draft7Validator(schema()).validate(json.loads(render(report)))


@pytest.mark.parametrize("key", ["schema", "results", "exit_code", "summary"])
def test_the_schema_asks_for_every_key(report: Report, key: str) -> None:
    written = json.loads(render(report))
    del written[key]
    mistakes = jsonschema.Draft7Validator(schema()).iter_errors(written)
    assert [mistake.message for mistake in mistakes] == [f"'{key}' is a required property"]


def test_the_schema_knows_the_outcomes(report: Report) -> None:
    written = json.loads(render(report))
    written["results"][0]["outcome"] = "passed"
    assert not jsonschema.Draft7Validator(schema()).is_valid(written)
