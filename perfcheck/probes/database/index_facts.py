"""What is known about the tables of index requirements, and their indexes."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from perfcheck.model import Model
from perfcheck.probes.base import Facts
from perfcheck.probes.database.server import ServerMoment, by_its_name
from perfcheck.sqltext.columns import TableName


class LiveKey(Model):
    """One key of a live index; `column` and `expression` are both None behind a lock.

    `opclass_default` is about the type of the key: another class of the same family and
    input type is as good; None where the type of an expression is unknown, and decides.
    """

    column: str | None
    expression: str | None
    descending: bool
    nulls_first: bool
    opclass: str
    opclass_default: bool | None
    collation: str | None


class LiveIndex(Model):
    """An index as the catalogs have it.

    `immediate` is false for a DEFERRABLE constraint, which refuses no duplicate at once.
    `building` is None where this role cannot see what others build; `missing_leaves` are
    the leaf partitions without a valid index attached to this one.
    """

    name: str
    method: str
    keys: tuple[LiveKey, ...]
    include: tuple[str, ...]
    unique: bool
    immediate: bool
    partial: bool
    predicate: str | None
    valid: bool
    ready: bool
    live: bool
    locked: bool
    building: bool | None
    missing_leaves: tuple[TableName, ...]


class LiveColumn(Model):
    """A column; `extension_type` says that its type is a base type outside of pg_catalog."""

    name: str
    collation: str | None
    extension_type: bool


class Storage(Model):
    """A relation that holds rows, and the last time it was analyzed, in whatever way.

    The time is also that of an ANALYZE of some columns: which, the server does not record.
    """

    name: TableName
    analyzed_at: datetime | None
    changed_rows: int = Field(description="Since the recorded analyze.")
    untouched: bool = Field(description="Neither vacuumed nor analyzed since it was created.")
    size_bytes: int | None = Field(
        description="Main fork; None: locked, or no ordinary heap table."
    )
    hidden_columns: tuple[str, ...] = Field(
        default=(), description="Whether they have statistics, this role may not see."
    )
    bare_columns: tuple[str, ...] = Field(
        default=(), description="Without statistics, though others of the relation have some."
    )


class Form(Model):
    """How the server prints an expression, or why it was not asked to."""

    text: str
    form: str | None
    unreadable: str | None


Implied = Literal["proven", "not proven", "contradictory", "unknown"]


class Implication(Model):
    """Whether the planner can show that rows of `premise` are rows of `conclusion`.

    Sound, not complete: "not proven" is no proof of the opposite. "contradictory": the
    premise can hold for no row. "unknown": the prover failed its own test here.
    """

    premise: str
    conclusion: str
    answer: Implied


class LiveTable(Model):
    """A named table, or one that inherits from it; `relkind` is None if there is none.

    `heirs` are the ordinary tables that inherit from it, of every level; no partitions.
    `building` is true if an index that the catalogs do not show yet is being built, None
    if this role cannot see that.
    """

    name: TableName
    relkind: str | None
    locked: bool
    building: bool | None
    heirs: tuple[TableName, ...] = ()
    columns: tuple[LiveColumn, ...] = ()
    storage: tuple[Storage, ...] = ()
    indexes: tuple[LiveIndex, ...] = ()
    forms: tuple[Form, ...] = ()
    implications: tuple[Implication, ...] = ()

    def form(self, text: str | None) -> Form | None:
        """Return the canonical form of a text that was compared."""
        return next((form for form in self.forms if form.text == text), None)

    def implies(self, premise: str, conclusion: str) -> Implied:
        """Return what the prover said; "unknown" where it was not asked."""
        pair = (premise, conclusion)
        answers = (i.answer for i in self.implications if (i.premise, i.conclusion) == pair)
        return next(answers, "unknown")


class IndexFacts(Facts):
    """All named tables, and those that inherit from them, at one moment."""

    server: ServerMoment
    tables: tuple[LiveTable, ...]

    def table(self, name: TableName) -> LiveTable:
        """Return a table. Raises ProbeError if the answer says nothing about it."""
        return by_its_name(name, self.tables)
