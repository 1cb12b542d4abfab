"""The JSON Schema of a spec's files, for editors: from the models that read them."""

from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic.json_schema import models_json_schema

from perfcheck.checks import check_of, sections
from perfcheck.checks.unchecked import RESERVED, Unchecked
from perfcheck.json_schema import draft07
from perfcheck.spec.model import Head
from perfcheck.spec.targets import TARGETS

if TYPE_CHECKING:
    from pydantic import BaseModel

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
            "oneOf": [_of_kind(references[TARGETS[kind], _MODE], kind) for kind in TARGETS],
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
            "properties": properties,
            "additionalProperties": False,
            "$defs": definitions,
        }
    )


def _of_kind(reference: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the schema of one kind of target, so that exactly one alternative fits."""
    return {"allOf": [reference, {"properties": {"kind": {"const": kind}}}]}
