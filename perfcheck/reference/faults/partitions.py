"""Faults of the monthly partitions: cut otherwise, not made in time, not dropped, not kept up."""

from collections.abc import Iterator
from dataclasses import dataclass

from perfcheck.data import bundled
from perfcheck.reference.faults.base import Fault


@dataclass(frozen=True)
class _Table:
    """A partitioned table as the service has it."""

    stem: str
    key: str
    retain: int = 12

    @property
    def name(self) -> str:
        return f"{self.stem}_partitioned"

    @property
    def requirement(self) -> str:
        return f"partitions/{self.name}"

    def fault(self, kind: str, shows: str, *steps: str) -> Fault:
        """Return a fault that the requirement of this table fails under."""
        name, sql = self._named(kind, steps)
        return Fault(name, f"{self.name}: {shows}", breaks=(self.requirement,), sql=sql)

    def doubt(self, kind: str, shows: str, *steps: str) -> Fault:
        """Return a fault that leaves the requirement of this table unverified."""
        name, sql = self._named(kind, steps)
        return Fault(name, f"{self.name}: {shows}", leaves_unverified=(self.requirement,), sql=sql)

    def _named(self, kind: str, steps: tuple[str, ...]) -> tuple[str, str]:
        months = bundled("sql", "faults", "months.sql").read_text(encoding="utf-8")
        sql = "\n-- step\n".join((months, *steps))
        return f"partitions-{self.stem.replace('_', '-')}-{kind}", sql

    def forget(self, first: int, last: int | None = None) -> str:
        """Write the SQL that drops the partitions of some months."""
        return f"select pg_temp.forget('{self.name}', {first}, {first if last is None else last});"

    def add(self, suffix: str, lower: str, upper: str, more: str = "") -> str:
        """Write the SQL that makes a partition; bounds in months, such as `1 + '1 day'`."""
        bounds = f"{_moment(lower)}, {_moment(upper)}"
        return f"select pg_temp.add('{self.name}', '_{suffix}', {bounds}, '{more}');"

    def insert(self, moment: str, copies: int = 1) -> str:
        """Write the SQL that inserts rows at a moment."""
        return f"select pg_temp.insert_at('{self.name}', '{self.key}', {moment}, {copies});"

    def cut(self, how: str, everything: str = "default") -> str:
        """Write the SQL that replaces the table by one that is cut otherwise."""
        return f"select pg_temp.cut_otherwise('{self.name}', '{how}', '{everything}');"


def _moment(text: str) -> str:
    step, _, more = text.partition(" ")
    return f"pg_temp.month({step}) {more}"


_EXECUTIONS = _Table("executions", "started_at")
_MATCHES = _Table("matches", "matched_at")
_UNMATCHED = _Table("unmatched", "created_at")
_AUDIT = _Table("audit_logs", "timestamp", retain=24)
_TABLES = (_EXECUTIONS, _MATCHES, _UNMATCHED, _AUDIT)


def _for_each_table() -> Iterator[Fault]:
    for table in _TABLES:
        yield table.fault("next-month-missing", "next month has no partition.", table.forget(1))
        yield table.fault(
            "rows-in-default",
            "a row came for which there was no month.",
            table.insert(_moment("5")),
        )
        yield table.fault(
            "default-missing", "it has no DEFAULT partition.", f"drop table {table.stem}_default"
        )
        yield table.fault(
            "past-retention",
            "a month is kept too long.",
            table.add("older", f"{-table.retain - 1}", f"{-table.retain}"),
        )
        yield table.fault(
            "history-lost", "the oldest kept month was dropped.", table.forget(-table.retain)
        )


def _periods() -> Iterator[Fault]:
    yield _EXECUTIONS.fault(
        "ahead-too-short", "one month ahead, not two.", _EXECUTIONS.forget(2, 3)
    )
    yield _UNMATCHED.fault("current-month-missing", "now is in no month.", _UNMATCHED.forget(0))
    yield _MATCHES.fault("gap", "a month in the middle is missing.", _MATCHES.forget(-6))
    yield _EXECUTIONS.fault(
        "leafless",
        "next month is a partitioned table without partitions.",
        _EXECUTIONS.forget(1) + _EXECUTIONS.add("next", "1", "2", "partition by hash (id)"),
    )
    yield _MATCHES.fault(
        "months-of-new-york",
        "the coming months begin and end in another time zone.",
        _MATCHES.forget(1, 3),
        *(_local_month(step) for step in (1, 2, 3)),
    )
    yield _AUDIT.fault(
        "hours-missing",
        "next month's partition begins five hours late.",
        _AUDIT.forget(1) + _AUDIT.add("late", "1 + interval '5 hours'", "2"),
    )
    yield _EXECUTIONS.fault(
        "quarters",
        "one partition holds three months.",
        _EXECUTIONS.forget(1, 3) + _EXECUTIONS.add("quarter", "1", "4"),
    )
    yield _UNMATCHED.fault(
        "half-months",
        "two partitions share a month.",
        _UNMATCHED.forget(1)
        + _UNMATCHED.add("first", "1", "1 + interval '14 days'")
        + _UNMATCHED.add("second", "1 + interval '14 days'", "2"),
    )
    yield _AUDIT.fault(
        "one-for-the-future",
        "one partition takes everything to come.",
        _AUDIT.forget(3) + _AUDIT.add("future", "3", "300"),
    )


def _local_month(step: int) -> str:
    bounds = (
        f"timezone('America/New_York', timezone('UTC', pg_temp.month({month})))"
        for month in (step, step + 1)
    )
    return f"select pg_temp.add('matches_partitioned', '_local_{step}', {', '.join(bounds)})"


def _scheme() -> Iterator[Fault]:
    yield _EXECUTIONS.fault("other-key", "cut by the end.", _EXECUTIONS.cut("range (finished_at)"))
    yield _MATCHES.fault("by-list", "cut by list.", _MATCHES.cut("list (currency)"))
    yield _UNMATCHED.fault(
        "by-hash",
        "cut by hash.",
        _UNMATCHED.cut("hash (id)", "for values with (modulus 1, remainder 0)"),
    )
    yield _AUDIT.fault("two-keys", "cut by two columns.", _AUDIT.cut('range ("timestamp", id)'))
    yield _MATCHES.fault(
        "not-partitioned",
        "it is a plain table.",
        "create table plain as table matches_partitioned; drop table matches_partitioned;",
        "alter table plain rename to matches_partitioned",
    )
    yield _UNMATCHED.fault("dropped", "it does not exist.", "drop table unmatched_partitioned")


def _upkeep() -> Iterator[Fault]:
    yield _AUDIT.fault(
        "never-vacuumed",
        "last month was loaded anew, and not vacuumed since.",
        bundled("sql", "faults", "month-loaded-anew.sql").read_text(encoding="utf-8"),
    )
    yield _AUDIT.doubt(
        "maintenance-forgotten",
        "since the statistics were reset, nothing tells when it was vacuumed.",
        "reset role; select pg_stat_reset_single_table_counters(relid)"
        " from pg_partition_tree('audit_logs_partitioned') where isleaf",
    )
    yield _AUDIT.fault(
        "pruning-off",
        "a setting of the database makes every statement read every month.",
        "reset role; do $$ begin execute format('alter database %I"
        " set enable_partition_pruning = off', current_database()); end $$",
    )
    yield _AUDIT.fault(
        "pruned-too-little",
        "a day lies in eight partitions.",
        f"{_AUDIT.forget(0)} {_AUDIT.add('now', '0', '1', 'partition by hash (id)')}",
        "do $$ begin for i in 0 .. 7 loop execute format('create table audit_logs_now_%1$s"
        " partition of audit_logs_now for values with (modulus 8, remainder %1$s)', i);"
        " end loop; end $$",
        "insert into audit_logs_partitioned (tenant_id, actor, action, entity)"
        " select gen_random_uuid(), 'api', 'update', 'job' from generate_series(1, 1000)",
        "vacuum (analyze) audit_logs_partitioned",
    )
    yield _EXECUTIONS.doubt(
        "default-unreadable",
        "rows may be in a DEFAULT partition that the checker may not read.",
        _EXECUTIONS.insert(_moment("5")),
        "alter table executions_default set (autovacuum_enabled = false);"
        " delete from executions_default; revoke select on executions_default from perfcheck",
    )


FAULTS = (*_for_each_table(), *_periods(), *_scheme(), *_upkeep())
