"""The editor's schema: it accepts what `lint` accepts, and marks what `lint` refuses."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from perfcheck.spec.schema import spec_schema
from perfcheck.spec.yaml12 import read_document

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    schema = spec_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def mistakes(validator: jsonschema.Draft7Validator, text: str) -> list[str]:
    content = read_document(text, "s").content
    return [".".join(map(str, error.absolute_path)) for error in validator.iter_errors(content)]


@pytest.mark.parametrize(
    "file", sorted((ROOT / "specs").glob("*/*.yaml")), ids=lambda file: file.name
)
def test_the_shipped_specs_are_accepted(file: Path, validator: jsonschema.Draft7Validator):
    assert mistakes(validator, file.read_text("utf-8")) == []


def test_every_scalar_may_be_a_reference(validator: jsonschema.Draft7Validator):
    text = """
    partitions: [{table: t, strategy: range, key: k, every: month, ahead: "${var:a}"}]
    materialized_views: [{name: v, refreshed_within: "${var:w}", concurrently: "${var:c}"}]
    compression: [{id: c, path: "${var:base}/x", level: "${var:l}"}]
    targets: {api: {kind: http, url: "${env:URL}", timeout: "${var:t}"}}
    """
    assert mistakes(validator, text) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("indexes: [{name: i, table: t, columns: [a], usng: gin}]", "indexes.0"),
        ("indexes: [{name: i, columns: [a]}]", "indexes.0"),
        (
            "materialized_views: [{name: v, refreshed_within: 7}]",
            "materialized_views.0.refreshed_within",
        ),
        ("targets: {api: {kind: http, url: ftp://x}}", "targets.api.url"),
        ("targets: {api: {kind: htp, url: http://x}}", "targets.api.kind"),
        ("targets: {db: {kind: postgres, dns: x}}", "targets.db"),
        ("indexs: []", ""),
        ("indexes: []", "indexes"),
    ],
)
def test_a_mistake_is_marked_at_its_place(
    text: str, place: str, validator: jsonschema.Draft7Validator
):
    assert place in mistakes(validator, text)


def test_every_default_obeys_its_own_schema():
    found = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "default" in node and isinstance(node["default"], str):
                found.append(list(jsonschema.Draft7Validator(node).iter_errors(node["default"])))
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(spec_schema())
    assert found
    assert not any(found)
