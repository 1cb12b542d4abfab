"""The shapes in the OpenAPI document: JSON Schema 2020-12, by name."""

from collections.abc import Mapping

Schema = Mapping[str, object]


def _object(properties: Mapping[str, Schema], *, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(item: str) -> Schema:
    return {"type": "array", "items": _reference(item)}


_ID: Schema = {"type": "string", "format": "uuid"}
_TEXT: Schema = {"type": "string"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_TIME_OR_NONE: Schema = {"type": ["string", "null"], "format": "date-time"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_OBJECT: Schema = {"type": "object"}
_STORED: Schema = {"type": "string", "pattern": "^[^\\u0000]*$"}  # PostgreSQL's text has no NUL
_STATE: Schema = {"type": "string", "enum": ["ok", "unavailable"]}
_RUN = {
    "status": _TEXT,
    "started_at": _TIME,
    "finished_at": _TIME_OR_NONE,
    "matched_count": _COUNT,
    "unmatched_count": _COUNT,
}
_LISTED_JOB = {"id": _ID, "name": _TEXT, "status": _TEXT, "created_at": _TIME}

SCHEMAS: Mapping[str, Schema] = {
    "Object": _OBJECT,
    "Text": _TEXT,
    "Error": _object({"error": _object({"code": _TEXT, "message": _TEXT})}),
    "NewJob": _object(
        {"name": {**_STORED, "minLength": 1, "maxLength": 200}, "rules": _OBJECT},
        optional=("rules",),
    ),
    "Job": _object({**_LISTED_JOB, "rules": _OBJECT, "updated_at": _TIME}),
    "ListedJob": _object(
        {
            **_LISTED_JOB,
            "latest_execution": {"oneOf": [_reference("LatestExecution"), {"type": "null"}]},
        },
        optional=("latest_execution",),
    ),
    "JobPage": _object({"data": _list("ListedJob"), "next_cursor": {"type": ["string", "null"]}}),
    "LatestExecution": _object({"id": _ID, **_RUN}),
    "Execution": _object(
        {
            "id": _ID,
            "job_id": _ID,
            **_RUN,
            "summary": _object({"match_rate": {"type": "number", "minimum": 0, "maximum": 1}}),
        }
    ),
    "JobSummary": _object(
        {
            "job_id": _ID,
            "name": _TEXT,
            "status": _TEXT,
            **dict.fromkeys(("executions", "completed", "failed", "matched", "unmatched"), _COUNT),
            "last_finished_at": _TIME_OR_NONE,
        }
    ),
    "Currency": _object({"code": _TEXT, "name": _TEXT, "minor_units": _COUNT}),
    "Currencies": _object({"data": _list("Currency")}),
    "Health": _object(
        {
            "status": _STATE,
            "database": _STATE,
            "cache": {"type": "string", "enum": ["redis", "memory"]},
        }
    ),
}

QUERY: Mapping[str, Schema] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
    "cursor": {
        "type": "string",
        "pattern": "^[A-Za-z0-9_-]+$",
        "description": "next_cursor of the page before; nothing else is accepted.",
    },
    "status": {"type": "string", "pattern": "^[a-z_]{1,32}$"},
    "include": {"type": "string", "enum": ["latest_execution"]},
}

PATH: Mapping[str, Schema] = {"job_id": _ID}

HEADERS: Mapping[str, Schema] = {
    "Age": {"type": "integer", "minimum": 0, "description": "Seconds since it was made."},
    "ETag": {"type": "string", "description": "Weak; for If-None-Match."},
    "Location": {"type": "string", "format": "uri-reference"},
    "X-Cache": {"type": "string", "enum": ["HIT", "MISS"]},
}
