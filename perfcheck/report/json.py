"""The report as JSON: `perfcheck-report/1`, the format that the others are made from."""

import json
from typing import Any, Final

from pydantic import BaseModel, Field, ValidationError

from perfcheck.errors import UsageError
from perfcheck.json_schema import draft07
from perfcheck.model import Report

SCHEMA: Final = "perfcheck-report/1"


class _Envelope(BaseModel):
    """What every version of the format has."""

    format: str = Field(alias="schema")


def render(report: Report) -> str:
    """Write the report as indented ASCII, keys in the order of the model."""
    return json.dumps(report.model_dump(mode="json"), indent=2, allow_nan=False) + "\n"


def parse(text: str) -> Report:
    """Read a report that `render` wrote.

    Raises:
        UsageError: The text is no JSON, another schema, or not as the schema asks.
    """
    try:
        found = _Envelope.model_validate_json(text).format
    except ValidationError as error:
        raise UsageError(f"not a report of perfcheck: {_first_mistake(error)}") from error
    if found != SCHEMA:
        raise UsageError(f"the report's schema is '{found}'; this perfcheck reads '{SCHEMA}'")
    try:
        return Report.model_validate_json(text)
    except ValidationError as error:
        raise UsageError(f"not a valid {SCHEMA}: {_first_mistake(error)}") from error


def _first_mistake(error: ValidationError) -> str:
    mistake = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, mistake["loc"]))
    return f"{place}: {mistake['msg']}" if place else mistake["msg"]


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of the reports that `render` writes: all keys are there."""
    found = draft07(Report.model_json_schema(mode="serialization"))
    for part in (found, *found["definitions"].values()):
        if part.get("type") == "object":
            part["required"] = list(part["properties"])
    return found
