"""Pydantic's JSON Schema as draft-07, which editors read."""

from typing import Any

_DRAFT = "http://json-schema.org/draft-07/schema#"


def draft07(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with `definitions` for `$defs`, and nothing newer than draft-07.

    A `$ref` hides its neighbours in draft-07: it goes into an `allOf`. Raises ValueError for
    `prefixItems`, which draft-07 does not know.
    """
    return {"$schema": _DRAFT, **_walk(schema)}


def _walk(node: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, list):
        return [_walk(item) for item in node]
    if isinstance(node, str):
        return node.replace("#/$defs/", "#/definitions/")
    if not isinstance(node, dict):
        return node
    if "prefixItems" in node:
        raise ValueError("prefixItems has no draft-07 form: use a list of one kind")
    said = {("definitions" if key == "$defs" else key): _walk(v) for key, v in node.items()}
    if "$ref" in said and len(said) > 1:
        return {"allOf": [{"$ref": said.pop("$ref")}], **said}
    return said
