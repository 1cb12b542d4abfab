"""Read the names and index columns that a spec writes, by the server's own grammar."""

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from typing_extensions import override

from perfcheck.sqltext.expression import read_expression

if TYPE_CHECKING:
    from postgast import nodes

MAX_CHARACTERS = 1_000
_TABLE_HINT = 'a table: write jobs, sales.jobs or sales."Jobs"'


def quoted(name: str) -> str:
    """Write a name of the catalog as SQL, always in quotes: it may be a reserved word."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, order=True)
class TableName:
    """A relation, by the names that the catalog has; printed without `public`, as people do."""

    schema: str
    name: str

    @override
    def __str__(self) -> str:
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """The name as SQL, whatever the search_path."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"


@dataclass(frozen=True)
class IndexColumn:
    """One key column of an index: a column by its name, or an expression.

    Names are as the catalog has them: folded to lower case unless quoted. `nulls_first`
    is what holds, written or not: NULLS FIRST goes with DESC unless told otherwise.
    """

    text: str
    name: str | None
    expression: str | None = None
    mentions: frozenset[str] = frozenset()
    inner_collations: frozenset[str] = frozenset()
    collation: str | None = None
    opclass: str | None = None
    descending: bool = False
    nulls_first: bool = False
    ordering_written: bool = False

    @override
    def __str__(self) -> str:
        return self.text


def read_column(value: object) -> IndexColumn:
    """Read `created_at DESC NULLS LAST`, `lower(email)`, `name COLLATE "C"`.

    Raises ValueError where the server's grammar reads no index column, or more than one.
    """
    if isinstance(value, IndexColumn):
        return value
    text = _text(value, 'an index column: write created_at DESC, lower(email) or name COLLATE "C"')
    element = _only_element(text)
    if element.opclassopts:
        raise ValueError(f"'{text}' has parameters of an operator class, which are not compared")
    collation, target = _dotted(element.collation), element.expr
    while type(target).__name__ == "CollateClause":
        collation, target = collation or _dotted(target.collname), target.arg
    name, expression = element.name or _column_alone(target), None
    if name is None:
        expression = read_expression(_expression_text(text))
    descending = element.ordering == 3  # SORTBY_DESC
    return IndexColumn(
        text=text,
        name=name,
        expression=expression.text if expression else None,
        mentions=expression.columns if expression else frozenset({name or ""}),
        inner_collations=expression.collations if expression else frozenset(),
        collation=collation,
        opclass=_dotted(element.opclass),
        descending=descending,
        nulls_first=element.nulls_ordering == 2 or (descending and element.nulls_ordering == 1),
        ordering_written=element.ordering > 1 or element.nulls_ordering > 1,
    )


def read_name(value: object) -> str:
    """Read the name of a column or an index: folded to lower case unless quoted."""
    hint = 'a name: write idx_jobs_status, or "Idx" to keep upper case'
    text = _text(value, hint)
    try:
        element = _only_element(text)
    except ValueError:
        raise ValueError(f"'{text}' is not {hint}") from None
    more = element.opclass or element.collation
    if not element.name or more or element.ordering > 1 or element.nulls_ordering > 1:
        raise ValueError(f"'{text}' is not {hint}")
    return str(element.name)


def read_table(value: object) -> TableName:
    """Read `jobs` or `sales.jobs`; without a schema it is `public`. Raises ValueError."""
    if isinstance(value, TableName):
        return value
    return _table(_text(value, _TABLE_HINT))


@functools.lru_cache(maxsize=1024)  # a spec repeats its tables
def _table(text: str) -> TableName:
    from postgast import nodes

    from perfcheck.sqltext.parse import UnreadableError, read

    try:
        tree = read(f"table {text}\n")
    except UnreadableError:
        raise ValueError(f"'{text}' is not {_TABLE_HINT}") from None
    sources = getattr(tree.stmts[0].stmt, "from_clause", [])
    source = sources[0] if len(tree.stmts) == 1 and len(sources) == 1 else None
    plain = "(" not in text and "*" not in text and not text.lower().startswith("only ")
    if not isinstance(source, nodes.RangeVar) or source.catalogname or not plain:
        raise ValueError(f"'{text}' is not {_TABLE_HINT}")
    return TableName(source.schemaname or "public", source.relname)


def _text(value: object, hint: str) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        raise ValueError(f"'{value}' is not {hint}")
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"{len(text)} characters are too long for {hint}")
    return text


@functools.lru_cache(maxsize=1024)  # a spec repeats its columns
def _only_element(text: str) -> "nodes.IndexElem":
    from postgast import nodes

    from perfcheck.sqltext.parse import UnreadableError, read

    try:
        tree = read(f"create index on t ({text}\n)")
    except UnreadableError as error:
        raise ValueError(f"'{text}' cannot be read as an index column: {error}") from None
    statement = tree.stmts[0].stmt
    if len(tree.stmts) != 1 or not isinstance(statement, nodes.IndexStmt):
        raise ValueError(f"'{text}' is not one index column")
    more = ("where_clause", "index_including_params", "options", "table_space")
    if len(statement.index_params) != 1 or any(getattr(statement, field) for field in more):
        raise ValueError(f"'{text}' is not one index column: give each its own entry")
    return statement.index_params[0]


def _column_alone(node: "nodes.AstNode | None") -> str | None:
    """Return the name in `(email)`, which the server takes for a plain column."""
    fields: list[nodes.AstNode] = getattr(node, "fields", [])
    return getattr(fields[0], "sval", None) if len(fields) == 1 else None


def _expression_text(text: str) -> str:
    """Return a column's text up to the bracket that closes its expression.

    The grammar wants an expression in brackets or a function call, so that what follows
    its first group of brackets is its collation, operator class and direction.
    """
    from postgast import scan

    depth = 0
    for token in scan(text).tokens:  # a bracket's token is its character
        depth += (token.token == ord("(")) - (token.token == ord(")"))
        if depth == 0 and token.token == ord(")"):
            return text.encode()[: token.end].decode()
    raise ValueError(f"'{text}' is not an expression in brackets")


def _dotted(parts: "list[nodes.String]") -> str | None:
    return ".".join(part.sval for part in parts) or None


def _schema(*examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "examples": list(examples)})


ColumnText = Annotated[
    IndexColumn,
    BeforeValidator(read_column),
    PlainSerializer(str, return_type=str),
    _schema("tenant_id", "created_at DESC", "lower(email)", 'name COLLATE "C"'),
]
TableText = Annotated[
    TableName,
    BeforeValidator(read_table),
    PlainSerializer(lambda table: table.sql, return_type=str),
    _schema("jobs", "sales.jobs"),
]
NameText = Annotated[
    str,
    BeforeValidator(read_name),
    PlainSerializer(quoted, return_type=str),
    _schema("idx_jobs_tenant_created_at"),
]
