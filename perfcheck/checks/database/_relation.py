"""How findings name relations."""

from collections.abc import Sequence

from perfcheck.sqltext.columns import TableName, quoted

_LISTED = 5
_KINDS = {
    "r": "an ordinary table",
    "p": "a partitioned table",
    "v": "a view",
    "m": "a materialized view",
    "f": "a foreign table",
    "i": "an index",
    "I": "a partitioned index",
    "S": "a sequence",
    "c": "a composite type",
    "t": "a TOAST table",
}


def kind_of(relkind: str) -> str:
    """Name a kind of pg_class, with its article."""
    return _KINDS.get(relkind, f"a relation of kind {relkind}")


def grant_select(relation: TableName, role: str) -> str:
    """Write the grant by which a role may read a relation."""
    return (
        f"GRANT SELECT ON {relation.sql} TO {quoted(role)}"
        f" (and USAGE on schema {quoted(relation.schema)})"
    )


def some(names: Sequence[str]) -> str:
    """List the first of many names, and how many more there are."""
    rest = len(names) - _LISTED
    listed = ", ".join(names[:_LISTED])
    return f"{listed} and {rest} more" if rest > 0 else listed
