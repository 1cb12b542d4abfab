"""Judge whether one live index serves what an index requirement asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from typing_extensions import override

from perfcheck.checks.database._relation import some
from perfcheck.probes.database.index_facts import LiveIndex, LiveKey, LiveTable
from perfcheck.sqltext.columns import IndexColumn
from perfcheck.sqltext.expression import Expression

Match = Literal["exact", "equivalent", "satisfies"]

_DEFAULT_COLLATION = "pg_catalog.default"
# Their keys have no order among each other: any of them alone finds rows equally well.
_UNORDERED_KEYS = frozenset({"gin", "brin"})


@dataclass(frozen=True)
class Need:
    """What a requirement asks of an index."""

    name: str | None
    method: str
    columns: tuple[IndexColumn, ...]
    include: tuple[str, ...]
    where: Expression | None
    unique: bool
    match: Match

    @property
    def strict(self) -> bool:
        """Whether the structure must be the declared one, not just serve the same need."""
        return self.match != "satisfies"

    @property
    def subject(self) -> str:
        """What a finding calls it: the declared name, or else the structure."""
        return self.name or str(self)

    @property
    def mentions(self) -> frozenset[str]:
        """The columns of the table that it names, in whatever place."""
        used = frozenset(self.include).union(*(column.mentions for column in self.columns))
        return used | (self.where.columns if self.where else frozenset())

    @override
    def __str__(self) -> str:
        include = f" include ({', '.join(self.include)})" if self.include else ""
        where = f" where {self.where.text}" if self.where else ""
        columns = ", ".join(map(str, self.columns))
        return f"{'unique ' if self.unique else ''}{self.method} ({columns}){include}{where}"


@dataclass(frozen=True)
class Remark:
    """One thing about a live index: a rule that let it serve (True), or what is wrong.

    `serves` is None where it cannot be told; `needs` says what would tell.
    """

    serves: bool | None
    text: str
    needs: str = ""


@dataclass(frozen=True)
class Fit:
    """A live index against a need. `remarks` are in the order of the questions."""

    index: LiveIndex
    remarks: tuple[Remark, ...]

    @property
    def serves(self) -> bool | None:
        """False if anything is wrong; None if nothing is, but something cannot be told."""
        answers = {remark.serves for remark in self.remarks}
        return False if False in answers else None if None in answers else True

    def said(self, answer: bool | None) -> tuple[Remark, ...]:
        """Return the remarks that gave this answer."""
        return tuple(remark for remark in self.remarks if remark.serves is answer)

    def nearness(self, need: Need) -> tuple[int, int, int]:
        """Return how near it comes: columns in their place, in any place, right answers."""
        if need.method != self.index.method:
            return (0, 0, 0)
        declared, live = need.columns, self.index.keys
        placed = [d.name == k.column is not None for d, k in zip(declared, live, strict=False)]
        shared = {d.name for d in declared} & {k.column for k in live} - {None}
        return (sum(placed), len(shared), len(self.said(True)))


def judge_index(need: Need, table: LiveTable, index: LiveIndex) -> Fit:
    """Return how an index fits. Structure is read from the catalogs, never from DDL text."""
    if need.method != index.method:
        return Fit(index, (Remark(False, f"is {index.method}, not {need.method}"),))
    remarks = [*_keys(need, table, index)]
    if all(remark.serves is not False for remark in remarks):
        remarks += [
            *_name(need, index),
            *_include(need, index),
            *_unique(need, index),
            *_predicate(need, table, index),
            *_state(table, index),
        ]
    return Fit(index, tuple(remarks))


def show_index(index: LiveIndex) -> str:
    """Write an index as a requirement would, from its catalog facts."""
    include = f" include ({', '.join(index.include)})" if index.include else ""
    where = f" where {index.predicate or '(not read)'}" if index.partial else ""
    keys = ", ".join(map(_show_key, index.keys))
    unique = "unique " if index.immediate else "unique (deferrable) "
    return f"{unique if index.unique else ''}{index.method} ({keys}){include}{where}"


def _show_key(key: LiveKey) -> str:
    words = [key.column or key.expression or "(an expression)"]
    if not key.opclass_default:
        words.append(_bare(key.opclass))
    if key.collation not in (None, _DEFAULT_COLLATION):
        words.append(f'collate "{_bare(key.collation or "")}"')
    if key.descending:
        words.append("DESC")
    if key.nulls_first != key.descending:
        words.append("NULLS FIRST" if key.nulls_first else "NULLS LAST")
    return " ".join(words)


def _bare(dotted: str) -> str:
    return dotted.split(".", 1)[-1]


def _is_named(declared: str, live: str | None) -> bool:
    return live is not None and declared in (live, _bare(live))


def _keys(need: Need, table: LiveTable, index: LiveIndex) -> Iterator[Remark]:
    declared, live = need.columns, index.keys
    if need.method in _UNORDERED_KEYS and not need.strict:
        for column in declared:
            yield min(
                (_best_key(column, key, table) for key in live),
                key=lambda remark: (True, None, False).index(remark.serves),
            )
        return
    if len(live) < len(declared) or (need.strict and len(live) > len(declared)):
        how = "fewer" if len(live) < len(declared) else "more"
        yield Remark(
            False, f"has {how} key columns than declared: {len(live)}, not {len(declared)}"
        )
        return
    for column, key in zip(declared, live, strict=False):
        remark = _best_key(column, key, table)
        yield remark
        if remark.serves is False:
            return
    if need.method == "btree":
        yield from _direction(need, index)
    if len(live) > len(declared):
        yield Remark(True, "it begins with the declared key columns")


def _best_key(column: IndexColumn, key: LiveKey, table: LiveTable) -> Remark:
    remark = _same_column(column, key, table)
    if remark.serves is False:
        return remark
    if column.opclass is None and key.opclass_default is not True:
        return _other_opclass(column, key)
    if column.opclass is not None and not _is_named(column.opclass, key.opclass):
        text = f"has the operator class {_bare(key.opclass)}, not {column.opclass}, on {column}"
        return Remark(False, text)
    return remark if _collated(column, key, table) else _other_collation(column, key)


def _other_opclass(column: IndexColumn, key: LiveKey) -> Remark:
    text = f"has the operator class {_bare(key.opclass)} on {column}"
    if key.opclass_default is None:
        needs = f"the operator class in the declared column: {column} {_bare(key.opclass)}"
        return Remark(None, f"{text}, perhaps not the default of its type", needs)
    return Remark(False, f"{text}, which is not the default of its type")


def _collated(column: IndexColumn, key: LiveKey, table: LiveTable) -> bool:
    if column.collation is not None:
        return _is_named(column.collation, key.collation)
    if column.expression is None or key.collation is None:
        own = {c.collation for c in table.columns if c.name == column.name}
        return key.collation in own | {None}
    # An expression takes the collation that is written in it, or else that of its inputs.
    used = {c.collation for c in table.columns if c.name in column.mentions}
    derived = (used - {None, _DEFAULT_COLLATION}) or {_DEFAULT_COLLATION}
    return any(_is_named(name or "", key.collation) for name in column.inner_collations or derived)


def _other_collation(column: IndexColumn, key: LiveKey) -> Remark:
    text = f"has the collation {_bare(key.collation or 'none')} on {column}"
    if column.inner_collations and column.collation is None:
        return Remark(None, text, f"the collation of the key itself: ({column}) collate ...")
    return Remark(False, text)


def _same_column(column: IndexColumn, key: LiveKey, table: LiveTable) -> Remark:
    different = Remark(False, f"has {_show_key(key)} where {column} is declared")
    if column.name is not None:
        return Remark(True, "") if key.column == column.name else different
    if key.column is not None:
        return different
    same = _same_text(column.expression or "", column.mentions, key.expression, table)
    return different if same.serves is False else same


def _direction(need: Need, index: LiveIndex) -> Iterator[Remark]:
    declared = [(column.descending, column.nulls_first) for column in need.columns]
    live = [(key.descending, key.nulls_first) for key in index.keys[: len(declared)]]
    flipped = [(not descending, not nulls_first) for descending, nulls_first in live]
    if declared == live:
        return
    if declared == flipped and not need.strict:
        yield Remark(True, "its direction is the declared one, read backwards")
        return
    keys = ", ".join(map(_show_key, index.keys[: len(declared)]))
    yield Remark(False, f"is sorted by ({keys})")


def _name(need: Need, index: LiveIndex) -> Iterator[Remark]:
    if need.match == "exact" and need.name not in (None, index.name):
        yield Remark(False, f"is named {index.name}, not {need.name}")


def _include(need: Need, index: LiveIndex) -> Iterator[Remark]:
    if need.strict and set(need.include) != set(index.include):
        live = ", ".join(index.include) or "nothing"
        yield Remark(False, f"includes {live}")
        return
    keys = {key.column for key in index.keys}
    missing = [name for name in need.include if name not in keys | set(index.include)]
    if missing:
        yield Remark(False, f"does not include {', '.join(missing)}")
    elif set(need.include) < set(index.include):
        yield Remark(True, "it includes more columns than declared")
    elif not set(need.include) <= set(index.include):
        yield Remark(True, "columns to include are among its keys")


def _unique(need: Need, index: LiveIndex) -> Iterator[Remark]:
    if need.unique and not index.unique:
        yield Remark(False, "is not unique")
    elif need.unique and not index.immediate:
        text = "belongs to a DEFERRABLE constraint: duplicates are refused late, and no plan"
        yield Remark(False, f"{text} relies on it")
    elif need.unique and len(index.keys) != len(need.columns):
        yield Remark(False, "is unique over more columns than declared")
    elif index.unique and not need.unique:
        if need.strict:
            yield Remark(False, "is unique, which is not declared")
        else:
            yield Remark(True, "it is unique, which serves as well")


def _predicate(need: Need, table: LiveTable, index: LiveIndex) -> Iterator[Remark]:
    if not index.partial and need.where is None:
        return
    if not index.partial:
        if need.strict and need.where is not None:
            yield Remark(False, f"has no predicate; {need.where.text} is declared")
        else:
            yield Remark(True, "it covers all rows")
        return
    if need.where is None:
        yield Remark(False, f"covers only the rows where {index.predicate or 'a predicate holds'}")
        return
    same = _same_text(need.where.text, need.where.columns, index.predicate, table)
    differs = same.serves is False and index.predicate is not None
    yield _implied(need, table, index.predicate or "") if differs else same


def _implied(need: Need, table: LiveTable, live: str) -> Remark:
    where = need.where.text if need.where else ""
    answers = {table.implies(where, live)} | (
        {table.implies(live, where)} if need.strict else set()
    )
    if answers == {"proven"}:
        rule = "means the same as" if need.strict else "covers"
        return Remark(True, f"its predicate {live} {rule} {where}")
    if "contradictory" in answers:
        needs = "a declared and a live predicate that some row can satisfy"
        text = f"cannot be compared: no row can satisfy {where}, or none can satisfy {live}"
        return Remark(None, text, needs)
    if "unknown" in answers:
        needs = "a server whose planner answers the prover's own examples as expected"
        return Remark(None, f"has the predicate {live}, which was not compared with {where}", needs)
    relation = "equal to" if need.strict else "as wide as"
    return Remark(False, f"has the predicate {live}, which is not shown to be {relation} {where}")


def _same_text(
    declared: str, mentions: frozenset[str], live: str | None, table: LiveTable
) -> Remark:
    """Say whether two expressions are the same to the server, in its own printing."""
    if live is None:
        return Remark(None, "has an expression behind a lock", "the lock released")
    forms = (table.form(declared), table.form(live))
    for form in forms:
        reason = form.unreadable if form else "it was not compared"
        if form is None or form.form is None:
            return Remark(
                None, f"holds an expression that cannot be read: {reason}", _grant(reason)
            )
    if forms[0] == forms[1] or (forms[0] and forms[1] and forms[0].form == forms[1].form):
        return Remark(True, "")
    foreign = sorted(c.name for c in table.columns if c.extension_type and c.name in mentions)
    if foreign:
        # Unqualified operators of an extension are not found, since search_path is empty.
        needs = f"the operators on {', '.join(foreign)} written with schema: a operator(public.=) b"
        return Remark(None, f"compares {live} with {declared} by other operators", needs)
    return Remark(False, f"has {live} where {declared} is declared")


def _grant(reason: str | None) -> str:
    if reason and reason.startswith("no USAGE on schema"):
        return f"grant usage on schema {reason.removeprefix('no USAGE on schema ')}"
    return "an expression that the server's grammar can read"


def _state(table: LiveTable, index: LiveIndex) -> Iterator[Remark]:
    if index.locked:
        yield Remark(None, "is locked", "the ACCESS EXCLUSIVE lock on it released")
    if index.building:
        yield Remark(None, "is being built", "the end of its build")
        return
    if table.relkind == "p":
        if index.missing_leaves:
            leaves = some([str(leaf) for leaf in index.missing_leaves])
            yield Remark(False, f"lacks a valid index on {leaves}")
            return
        if table.storage:
            return  # the parent's own flag can stay false although every leaf has its index
    if not (index.valid and index.ready and index.live):
        if index.building is None:
            needs = "pg_read_all_stats, to see whether it is being built"
            yield Remark(None, "is not valid, or not yet", needs)
        else:
            yield Remark(False, "is not valid: its build failed, and no query uses it")
