"""Decide from its syntax tree whether a declared statement may be sent, and its class.

One of four layers; the others are the extended protocol, READ ONLY with ROLLBACK, and a
role that may do little. What the catalog hides (views, user functions, casts) no parser
sees; that is why running a declared statement needs a permission of its own.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from postgast import nodes, walk_typed

from perfcheck.sqltext.parse import UnreadableError, read

# Functions that a READ ONLY transaction lets through although they change, stop, wait for or
# reveal something outside of it. lo_ names are spelled out: t.lo_price is a column.
_DENIED = re.compile(
    "|".join(
        (
            r"pg_stat_(reset\w*|statements_reset|force_next_flush|clear_snapshot|file)",
            r"pg_(clear|restore|create|drop|copy|sync|logical|replication|backup|wal_replay)_\w*",
            r"pg_(read|ls|file|hba_file|ident_file|show_all_file|rotate_logfile)\w*",
            r"pg_(sleep|(try_)?advisory|log_|safe_snapshot|isolation_test)\w*",
            r"pg_(terminate|cancel)_backend|pg_(start|stop)_backup|pg_reload_conf|pg_promote",
            r"pg_notify|pg_switch_wal|pg_current_logfile|pg_export_snapshot|pg_nextoid",
            r"pg_import_system_collations|pg_extension_config_dump|pg_stop_making_pinned_objects",
            r"pg_prewarm|pg_truncate_visibility_map|pg_buffercache_evict\w*|heap_force_\w*",
            r"(brin|gin)_(summarize|desummarize|clean)\w*|binary_upgrade_\w*|dblink\w*",
            r"set_config|setseed|nextval|setval|txid_current|pg_current_xact_id",
            r"lo_(close|creat|create|export|from_bytea|get|import|lseek|lseek64|open|put)",
            r"lo_(tell|tell64|truncate|truncate64|unlink)|loread|lowrite",
            r"ts_stat|ts_rewrite|(query|table|schema|database|cursor)_to_xml\w*",
        )
    )
)

AGGREGATES = frozenset(
    re.findall(
        r"\w+",
        """
        any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop
        covar_samp every json_agg json_object_agg jsonb_agg jsonb_object_agg max min mode
        percentile_cont percentile_disc range_agg range_intersect_agg stddev stddev_pop
        stddev_samp string_agg sum var_pop var_samp variance xmlagg
        """,
    )
)


class StatementClass(StrEnum):
    """The class of a SELECT, by the most expensive thing that it does."""

    SIMPLE = "simple_select"
    JOIN = "join"
    AGGREGATION = "aggregation"
    COMPLEX = "complex"


class RefusedError(ValueError):
    """The statement may not be sent; the message says what in it is refused."""


@dataclass(frozen=True, slots=True)
class Select:
    """What is known about a statement that may be sent."""

    statement_class: StatementClass
    has_offset: bool


def admit(text: str, *, aggregates: Collection[str] = AGGREGATES) -> Select:
    """Return what kind of SELECT a text is.

    Args:
        text: one statement, as it would be sent with standard_conforming_strings = on.
        aggregates: the names that count as aggregate functions.

    Raises:
        RefusedError: it is anything else than exactly one SELECT that neither writes nor
            locks nor calls a function with effects outside of its transaction.
    """
    try:
        tree = read(text)
    except UnreadableError as error:
        raise RefusedError(f"cannot be read as SQL: {error}") from error
    if len(tree.stmts) != 1:
        raise RefusedError(f"holds {len(tree.stmts)} statements; exactly one is sent")
    statement = tree.stmts[0].stmt
    if not isinstance(statement, nodes.SelectStmt):
        raise RefusedError(f"is not a SELECT ({type(statement).__name__})")
    seen = _Seen(aggregates)
    for _, node in walk_typed(tree):  # every node, so no handler can forget to descend
        seen.add(node)
    if seen.refused:
        raise RefusedError(f"may not hold: {', '.join(sorted(seen.refused))}")
    return Select(seen.statement_class, has_offset="offset" in seen.traits)


_NESTED = (
    (nodes.CommonTableExpr, "cte"),
    (nodes.SubLink, "subquery"),
    (nodes.RangeSubselect, "subquery"),
    (nodes.JsonArrayQueryConstructor, "subquery"),
)


@dataclass
class _Seen:
    """Everything the gate and the classifier need, in one walk of the whole tree."""

    aggregates: Collection[str]
    relations: int = 0
    refused: set[str] = field(default_factory=set)
    traits: set[str] = field(default_factory=set)

    @property
    def statement_class(self) -> StatementClass:
        if self.traits & {"window", "cte", "subquery", "setop"} or self.relations >= 4:
            return StatementClass.COMPLEX
        if "aggregate" in self.traits:
            return StatementClass.AGGREGATION
        return StatementClass.JOIN if self.relations >= 2 else StatementClass.SIMPLE

    def add(self, node: Any) -> None:  # noqa: ANN401 - any of some 250 untyped node classes
        match node:
            case nodes.RangeVar():
                self.relations += 1
            case nodes.FuncCall():
                self._call(node)
            case nodes.ColumnRef():  # x.f may be f(x): select x.pg_sleep from abs(9.0) x
                self._deny(_names(node.fields[1:]))
            case nodes.A_Indirection():  # (9.0).pg_sleep
                self._deny(_names(node.indirection))
            case nodes.SelectStmt():
                self._select(node)
            case nodes.InsertStmt() | nodes.UpdateStmt() | nodes.DeleteStmt() | nodes.MergeStmt():
                self.refused.add("a writing WITH")
            case _:
                self.traits.update(trait for kind, trait in _NESTED if isinstance(node, kind))

    def _call(self, node: Any) -> None:  # noqa: ANN401 - nodes are untyped
        name = node.funcname[-1].sval
        self._deny((name,))
        if node.over is not None:
            self.traits.add("window")
        elif name in self.aggregates:
            self.traits.add("aggregate")

    def _select(self, node: Any) -> None:  # noqa: ANN401 - nodes are untyped
        refused = {"INTO": node.into_clause is not None, "a row lock": bool(node.locking_clause)}
        self.refused.update(name for name, present in refused.items() if present)
        traits = {
            "aggregate": bool(node.group_clause),
            "setop": node.larg is not None,
            "offset": node.limit_offset is not None,
        }
        self.traits.update(name for name, present in traits.items() if present)

    def _deny(self, names: Iterable[str]) -> None:
        self.refused.update(f"{name}()" for name in names if _DENIED.fullmatch(name))


def _names(parts: Iterable[Any]) -> list[str]:
    return [part.sval for part in parts if isinstance(part, nodes.String)]
