"""Read a declared fragment of SQL: exactly one scalar expression over one table."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postgast import nodes

MAX_CHARACTERS = 8_000

_REFUSED = {
    "SubLink": "holds a sub-select",
    "ParamRef": "holds a parameter",
    "A_Star": "holds a *",
    "GroupingFunc": "holds a grouping function",
}


@dataclass(frozen=True)
class Expression:
    """One scalar expression, and what it names.

    `schemas` are those written before the name of a function, type, operator or
    collation, without pg_catalog; `collations` those that a COLLATE inside it names.
    """

    text: str
    columns: frozenset[str]
    schemas: frozenset[str] = frozenset()
    collations: frozenset[str] = frozenset()


def read_expression(text: str) -> Expression:
    """Return what an expression names. Raises ValueError for anything else.

    A sound answer means that the text may be put in brackets, with the closing one on a
    line of its own, into a larger statement: it cannot end the statement, add a second
    expression or a FROM, or swallow what follows.
    """
    from perfcheck.sqltext.gate import RefusedError, admit
    from perfcheck.sqltext.parse import UnreadableError, read

    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"an expression of {len(text)} characters; {MAX_CHARACTERS} are allowed")
    try:
        # Bare, an unbalanced bracket is an error: `a) and (b` would pass in brackets alone.
        admit(f"select {text}\n")
        tree = read(f"select ({text}\n)")
    except (RefusedError, UnreadableError) as error:
        raise ValueError(f"'{text}' cannot be read as an expression: {error}") from None
    problem = _more_than_one_expression(tree) or _refused_inside(tree)
    if problem:
        raise ValueError(f"'{text}' is not one plain expression: it {problem}")
    return _named_in(tree, text)


def _read_declared(value: object) -> Expression:
    if isinstance(value, Expression):
        return value
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"'{value}' is not an expression: write status = 'active'")
    return read_expression(value.strip())


ExpressionText = Annotated[
    Expression,
    BeforeValidator(_read_declared),
    PlainSerializer(lambda expression: expression.text, return_type=str),
    WithJsonSchema({"type": "string", "minLength": 1, "examples": ["status = 'active'"]}),
]


def _more_than_one_expression(tree: "nodes.ParseResult") -> str | None:
    from postgast import nodes

    if len(tree.stmts) != 1 or not isinstance(tree.stmts[0].stmt, nodes.SelectStmt):
        return "ends the statement and begins another"
    select = tree.stmts[0].stmt
    clauses = (
        "from_clause where_clause group_clause having_clause window_clause sort_clause limit_count"
        " limit_offset locking_clause into_clause with_clause values_lists distinct_clause larg"
    )
    if any(getattr(select, clause) for clause in clauses.split()):
        return "adds a clause to the statement"
    if len(select.target_list) != 1 or isinstance(select.target_list[0].val, nodes.RowExpr):
        return "holds several expressions"
    return "names its result" if select.target_list[0].name else None


def _refused_inside(tree: "nodes.ParseResult") -> str | None:
    from postgast import nodes, walk_typed

    selects = 0
    for _, node in walk_typed(tree):
        if type(node).__name__ in _REFUSED:
            return _REFUSED[type(node).__name__]
        selects += isinstance(node, nodes.SelectStmt)  # json_array(select 1) has no SubLink
        if selects > 1:
            return "holds a sub-select"
        if isinstance(node, nodes.FuncCall) and (node.over is not None or node.agg_star):
            return "holds an aggregate or a window function"
        if isinstance(node, nodes.ColumnRef) and len(node.fields) > 1:
            return "names a column together with its table: write the column alone"
    return None


def _named_in(tree: "nodes.ParseResult", text: str) -> Expression:
    from postgast import nodes, walk_typed

    columns: set[str] = set()
    schemas: set[str] = set()
    collations: set[str] = set()
    for _, node in walk_typed(tree):
        if isinstance(node, nodes.ColumnRef):
            columns.update(_strings(node.fields))
        if isinstance(node, nodes.CollateClause):
            collations.add(".".join(_strings(node.collname)))
        for field in ("funcname", "names", "collname", "name"):
            parts = getattr(node, field, None)
            if isinstance(parts, (list, tuple)) and len(parts) > 1:
                schemas.update(_strings(parts[:1]))
    schemas.discard("pg_catalog")
    return Expression(text, frozenset(columns), frozenset(schemas), frozenset(collations))


def _strings(parts: "Sequence[nodes.AstNode]") -> list[str]:
    from postgast import nodes

    return [part.sval for part in parts if isinstance(part, nodes.String)]
