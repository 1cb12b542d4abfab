"""perfcheck schema: JSON Schemas of what perfcheck reads and writes."""

import json
from enum import StrEnum

import typer

from perfcheck.cli._guard import guarded


class Subject(StrEnum):
    """What has a schema."""

    SPEC = "spec"
    REPORT = "report"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema")(guarded(schema))


def schema(
    subject: Subject = typer.Argument(Subject.SPEC, help="The spec's files, or the report."),
) -> int:
    """Print a JSON Schema: of the spec, for editors, or of the report."""
    if subject is Subject.SPEC:
        from perfcheck.spec.schema import spec_schema

        typer.echo(json.dumps(spec_schema(), indent=2))
    else:
        from perfcheck.report.json import schema as report_schema

        typer.echo(json.dumps(report_schema(), indent=2))
    return 0
