"""Put a pydantic model over a part of a document; each error goes to its place."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from perfcheck.checks.base import ID_PATTERN
from perfcheck.spec.references import Unset
from perfcheck.spec.yaml12 import Document, Route
from perfcheck.suggest import hint

M = TypeVar("M", bound=BaseModel)


def validated(model: type[M], document: Document, route: Route, value: object) -> M | None:
    """Return the model of a value, or None after noting every mistake in the document.

    Mistakes of values that stand for an unset environment variable are not noted.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if not isinstance(detail["input"], Unset):
                _blame(model, document, route, detail)
        return None


def _blame(model: type[BaseModel], document: Document, route: Route, detail: ErrorDetails) -> None:
    where: Route = (*route, *detail["loc"])
    unknown = detail["type"] == "extra_forbidden"
    label = ".".join(str(part) for part in where)
    message = _sentence(model, detail)
    document.blame(
        document.spot_of(where, key=unknown), f"{label}: {message}" if label else message
    )


_PATTERNS = {
    r"^/": "must start with /",
    r"^https?://": "must start with http:// or https://",
    ID_PATTERN: "may hold a-z, 0-9, '.', '_' and '-', and starts with a letter or a digit",
}
_FIXED = {
    "string_too_short": "is empty",
    "bool_type": "must be true or false",
    "missing": "is missing",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "dict_type": "must be a mapping",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
}


def _sentence(model: type[BaseModel], detail: ErrorDetails) -> str:
    match detail["type"]:
        case "extra_forbidden":
            known = _names(model) if len(detail["loc"]) == 1 else []
            return f"unknown key{hint(str(detail['loc'][-1]), known)}"
        case "value_error":
            return str(detail["ctx"]["error"])
        case "string_pattern_mismatch":
            pattern = detail["ctx"]["pattern"]
            return _PATTERNS.get(pattern, f"does not match {pattern}")
        case "too_short":
            return f"needs at least {detail['ctx']['min_length']} of them"
        case "literal_error":
            return f"must be {detail['ctx']['expected']}"
        case kind:
            said = detail["msg"].removeprefix("Input should be ")
            return _FIXED.get(kind, f"should be {said}" if said != detail["msg"] else said)


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
