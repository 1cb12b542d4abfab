"""The JSON Schema of a spec's files, for editors: from the models that read them."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from perfcheck.checks import check_of, sections
from perfcheck.checks.unchecked import RESERVED, Unchecked
from perfcheck.json_schema import draft07
from perfcheck.spec.model import Head
from perfcheck.spec.targets import TARGETS
from perfcheck.units import show_duration

if TYPE_CHECKING:
    from pydantic import BaseModel

_SCALARS = ("string", "integer", "number", "boolean")
_NARROWING = {"pattern", "enum", "const", "minimum", "maximum", "minLength", "type"}
_DURATION = TypeAdapter(timedelta)

_MODE: Final[Literal["validation"]] = "validation"


def spec_schema() -> dict[str, Any]:
    """Return the schema of a root file or an included one, in the draft-07 subset.

    Each section has the fields of its own check, so that an editor marks an unknown key
    at its place.
    """
    names = sorted({*sections(), *RESERVED})
    checks = {name: check_of(name) if name in sections() else Unchecked for name in names}
    models: list[type[BaseModel]] = [
        Head,
        *dict.fromkeys(checks.values()),
        *dict.fromkeys(TARGETS.values()),
    ]
    references, schema = models_json_schema([(model, _MODE) for model in models])
    definitions = schema["$defs"]
    head = definitions.pop("Head")
    properties: dict[str, Any] = {**head["properties"]}
    properties["targets"] = {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"enum": sorted(TARGETS)}},
            "allOf": [_if_kind(kind, references[TARGETS[kind], _MODE]) for kind in TARGETS],
        },
    }
    for name, check in checks.items():
        properties[name] = {
            "type": "array",
            "minItems": 1,
            "description": (check.__doc__ or "").split("\n", 1)[0],
            "items": references[check, _MODE],
        }
    return draft07(
        {
            "title": "A spec of perfcheck",
            "type": "object",
            "properties": with_references(properties),
            "additionalProperties": False,
            "$defs": with_references(definitions),
        }
    )


def _if_kind(kind: str, reference: dict[str, Any]) -> dict[str, Any]:
    """Return what a target of one kind may say, so that only its own mistakes are shown."""
    return {"if": {"properties": {"kind": {"const": kind}}}, "then": reference}


def with_references(node: Any) -> Any:  # noqa: ANN401 - any JSON Schema
    """Let every scalar also be a `${...}`, which is filled in before the models see it."""
    if isinstance(node, list):
        return [with_references(item) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("default"), str) and re.match(r"PT?\d", node["default"]):
        node = {**node, "default": show_duration(_DURATION.validate_python(node["default"]))}
    if node.get("type") in _SCALARS and set(node) & _NARROWING:
        about = {key: node[key] for key in ("title", "description", "default") if key in node}
        narrow = {key: value for key, value in node.items() if key not in about}
        return {**about, "anyOf": [narrow, {"type": "string", "pattern": r"\$\{"}]}
    return {key: with_references(value) for key, value in node.items()}
