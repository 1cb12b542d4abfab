"""Section `indexes`: the indexes that a guide's queries live from."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import override

from perfcheck.checks.base import Check
from perfcheck.checks.database._analyzed import Limit, judge_analyzed
from perfcheck.checks.database._index_finding import TABLES
from perfcheck.checks.database._index_fit import Match, Need
from perfcheck.checks.database._index_heirs import find_in_family
from perfcheck.model import Finding
from perfcheck.probes.base import Answers
from perfcheck.probes.database.indexes import IndexesProbe, IndexNeed
from perfcheck.sqltext.columns import ColumnText, NameText, TableText
from perfcheck.sqltext.expression import ExpressionText
from perfcheck.units import Duration

Method = Literal["btree", "hash", "gin", "gist", "spgist", "brin"]


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class Indexes(Check):
    """Each declared index is valid on every partition or heir, and is what was declared.

    Order, direction, operator class, collation, included columns and predicate count as
    the server has them. Unless `match` is stricter, another valid index that serves the
    same queries is as good; the finding names it, and the rule.

    Source: PostgreSQL manual, "Multicolumn Indexes", "Indexes and ORDER BY", "Partial
    Indexes", "Index-Only Scans and Covering Indexes".
    """

    kind: ClassVar[str] = "postgres"
    natural_id: ClassVar[str | None] = "name"

    name: NameText | None = Field(default=None, description="The index; binding for match: exact.")
    table: TableText = Field(description="jobs or sales.jobs; without a schema, of public.")
    columns: Annotated[
        tuple[ColumnText, ...], BeforeValidator(_listed), Field(min_length=1, max_length=32)
    ] = Field(description="The key columns in order, each as in CREATE INDEX: created_at DESC.")
    where: ExpressionText | None = Field(
        default=None, description="The predicate of a partial index; all rows, if absent."
    )
    using: Method = Field(default="btree", description="The access method.")
    include: Annotated[tuple[NameText, ...], BeforeValidator(_listed)] = Field(
        default=(), description="Columns carried along without being keys."
    )
    unique: bool = Field(default=False, description="Whether it must forbid duplicates, at once.")
    match: Match = Field(
        default="satisfies",
        description="exact: this structure and name. equivalent: this structure, any name."
        " satisfies: any valid index that serves the same need.",
    )
    analyzed_within: Duration | None = Field(
        default=None,
        description="How long ago the last recorded ANALYZE of the table may be at most. Which"
        " columns it was of, PostgreSQL does not record; a declared column without statistics"
        " is seen where the role may SELECT it.",
    )

    @model_validator(mode="after")
    def _is_an_index_that_can_exist(self) -> Self:
        if self.using != "btree":
            if self.unique:
                raise ValueError(f"a {self.using} index cannot be unique")
            if any(column.ordering_written for column in self.columns):
                raise ValueError(f"a {self.using} index has no direction: drop ASC, DESC, NULLS")
        if self.include and self.using in ("hash", "gin", "brin"):
            raise ValueError(f"a {self.using} index cannot include columns")
        return self

    @override
    def probes(self) -> tuple[IndexesProbe]:
        expressions = tuple(c.expression for c in self.columns if c.expression is not None)
        where = self.where.text if self.where else None
        need = IndexNeed(self.table, where, expressions)
        return (IndexesProbe(frozenset({need})),)

    @override
    def evaluate(self, answers: Answers) -> Iterator[Finding]:
        facts = answers[self.probes()[0]]
        table = facts.table(self.table)
        need = self._need
        yield find_in_family(need, table, [facts.table(heir) for heir in table.heirs])
        if self.analyzed_within is not None and table.relkind in TABLES:
            limit = Limit(self.analyzed_within, need.mentions)
            yield judge_analyzed(table, facts.server, limit)

    @property
    def _need(self) -> Need:
        return Need(
            name=self.name,
            method=self.using,
            columns=self.columns,
            include=self.include,
            where=self.where,
            unique=self.unique,
            match=self.match,
        )
