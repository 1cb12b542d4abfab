"""Partition schemes with known faults, asked and judged on a real server."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from perfcheck.checks.database.partitions import Partitions
from perfcheck.errors import ProbeError
from perfcheck.probes.database.partitions import PartitionsProbe
from perfcheck.probes.database.pruning import PruningProbe
from perfcheck.reference.service import Running
from perfcheck.sqltext.columns import TableName
from tests.probes.database.asking import ask, judge, not_holding

pytestmark = pytest.mark.live

ZONE = "America/New_York"
# make(table, type, months): monthly partitions of New York, from the current month on.
SETUP = """
create schema part_lab;
grant usage on schema part_lab to perfcheck;
alter default privileges in schema part_lab grant select on tables to perfcheck;
set search_path = part_lab;
set timezone = 'America/New_York';

create function make(parent text, variadic steps int[]) returns void language plpgsql as $$
declare
  m timestamp;
begin
  foreach m in array array(
    select date_trunc('month', now() at time zone 'America/New_York') + make_interval(months => s)
      from unnest(steps) s)
  loop
    execute format('create table %I partition of %I for values from (%L) to (%L)',
      parent || to_char(m, '_YYYY_MM'), parent, m::date, (m + interval '1 month')::date);
  end loop;
end $$;
create function month(step int) returns date language sql as $$
  select (date_trunc('month', now() at time zone 'America/New_York')
          + make_interval(months => step))::date $$;
create function scheme(parent text, type text, variadic steps int[]) returns void
  language plpgsql as $$
begin
  execute format('create table %I (at %s not null, kind text) partition by range (at)',
                 parent, type);
  perform make(parent, variadic steps);
  execute format('create table %I partition of %I default', parent || '_def', parent);
end $$;

select scheme('good', 'timestamptz', -3, -2, -1, 0, 1, 2);
select scheme('dates', 'date', -3, -2, -1, 0, 1, 2);
select scheme('stamps', 'timestamp', -3, -2, -1, 0, 1, 2);
select scheme('Odd.Name', 'timestamptz', -3, -2, -1, 0, 1, 2);
select scheme('gap', 'timestamptz', -3, -2, 0, 1, 2);
select scheme('short', 'timestamptz', -3, -2, -1, 0);
select scheme('old', 'timestamptz', -6, -3, -2, -1, 0, 1, 2);
select scheme('late', 'timestamptz', -1, 0, 1, 2);
select scheme('leafless', 'timestamptz', -3, -2, -1, 0, 1);
select scheme('utc', 'timestamptz', -3, -2, -1, 0, 1);
select scheme('stray', 'timestamptz', -3, -2, -1, 0, 1, 2);
select scheme('swept', 'timestamptz', -3, -2, -1, 0, 1, 2);
select scheme('secret', 'timestamptz', -3, -2, -1, 0, 1, 2);
select scheme('masked', 'timestamptz', -3, -2, -1, 0, 1, 2);
select scheme('nested', 'timestamptz', -3, -2, -1, 0, 1, 2);
select scheme('loaded', 'timestamptz', -3, -2, -1, 0, 1, 2);

create table leaving (at timestamptz not null) partition by range (at);
select make('leaving', -1, 0, 1);

do $$ begin
  execute format('create table leafless_2 partition of leafless for values from (%L) to (%L)'
                 ' partition by list (kind)', month(2), month(3));
  execute format('create table utc_2 partition of utc for values from (%L) to (%L)',
                 month(2), month(3) || ' 00:00:00+00');
end $$;
insert into stray values (month(3), 'a'), (month(7), 'b'), ('2001-01-01', 'c');
insert into swept values (month(3), 'a');
delete from swept;
insert into secret values (month(3), 'a');
revoke select on secret_def from perfcheck;
insert into masked values (month(3), 'a');
alter table masked_def enable row level security;
drop table nested_def;
create table nested_def partition of nested default partition by list (kind);
create table nested_def_a partition of nested_def for values in ('a');
insert into nested values (month(3), 'a');
insert into loaded select m, 'a' from generate_series(-3, 2) s, month(s) m;

create table by_list (kind text) partition by list (kind);
create table by_list_a partition of by_list for values in ('a');
create table numbers (n int) partition by range (n);
create table numbers_1 partition of numbers for values from (1) to (2);
create table plain (at timestamptz);
"""
DOTTED = """
create schema part_dot;
create schema "part_dot.b";
create table part_dot."b.c" (n int) partition by range (n);
create table part_dot.one partition of part_dot."b.c" for values from (1) to (2);
create table "part_dot.b".c (at date) partition by range (at);
create table "part_dot.b".one partition of "part_dot.b".c
  for values from ('2026-01-01') to ('2026-02-01');
"""
MONTHLY = {"key": "at", "every": "month", "ahead": 2, "retain": 3, "default": "empty"}


@pytest.fixture(scope="module")
def lab(reference_db: Running) -> Iterator[Running]:
    with psycopg.connect(reference_db.admin_dsn, autocommit=True) as admin:
        admin.execute("drop schema if exists part_lab cascade")
        admin.execute(SETUP)
        admin.execute("vacuum analyze part_lab.loaded")
        yield reference_db
        admin.execute("drop schema part_lab cascade")


def dsn(lab: Running) -> str:
    return lab.environment["PERFCHECK_DB_DSN"]


@pytest.mark.parametrize("table", ["good", "dates", "stamps", '"Odd.Name"', "swept"])
def test_a_complete_scheme_passes_for_each_type_of_key(lab: Running, table: str) -> None:
    check = Partitions.model_validate({"table": f"part_lab.{table}"} | MONTHLY)
    assert not_holding(judge(check, dsn(lab), zone=ZONE)) == []


@pytest.mark.parametrize(
    ("table", "verdict", "said"),
    [
        ("gap", "breaks", "no partition for"),
        ("short", "breaks", "0 of 2 months ahead ready"),
        ("old", "breaks", "still has part_lab.old_"),
        ("late", "breaks", "expected history back to"),
        ("leafless", "breaks", "leafless_2 has no partition of its own"),
        ("utc", "breaks", "cut otherwise: part_lab.utc_2"),
        ("stray", "breaks", "holds 3 rows, which block the partition of"),
        ("nested", "breaks", "nested_def (DEFAULT) holds 1 row"),
        ("secret", "undecided", "may hold rows: it is not readable"),
        ("masked", "undecided", "may hold rows: it is filtered by row-level security"),
        ("numbers", "undecided", "unsupported key type (integer)"),
        ("by_list", "breaks", "partitioned by list; expected partitioned by range"),
        ("plain", "breaks", "is an ordinary table"),
        ("nowhere", "breaks", "does not exist"),
    ],
)
def test_each_fault_is_found_and_named(lab: Running, table: str, verdict: str, said: str) -> None:
    declared = MONTHLY | {"key": "n"} if table == "numbers" else MONTHLY
    check = Partitions.model_validate({"table": f"part_lab.{table}"} | declared)
    found = not_holding(judge(check, dsn(lab), zone=ZONE))
    assert any(v == verdict and said in message for v, message in found), found
    if verdict == "undecided":
        assert all(v == "undecided" for v, _ in found if table != "numbers"), found


def test_a_utc_scheme_is_not_one_of_new_york(lab: Running) -> None:
    check = Partitions.model_validate({"table": "part_lab.good", "every": "month"})
    found = not_holding(judge(check, dsn(lab), zone="UTC"))
    assert any("expected each partition exactly one month in UTC" in text for _, text in found)


def test_the_next_blocked_month_is_named(lab: Running) -> None:
    with psycopg.connect(lab.admin_dsn) as admin:
        row = admin.execute("select to_char(part_lab.month(3), 'YYYY-MM')").fetchone()
    assert row is not None
    check = Partitions.model_validate({"table": "part_lab.stray"} | MONTHLY)
    old, found = not_holding(judge(check, dsn(lab), zone=ZONE))
    assert "stray_def (DEFAULT) holds rows of 2001-01-01" in old[1]
    assert found[1].endswith(f"which block the partition of {row[0]}; expected no row")


def test_a_lock_hides_only_what_it_must(lab: Running) -> None:
    with psycopg.connect(lab.admin_dsn) as locker:
        locker.execute("lock table part_lab.stray in access exclusive mode")
        names = frozenset(TableName("part_lab", name) for name in ("stray", "good"))
        facts, _ = ask(PartitionsProbe(names), dsn(lab), zone=ZONE)
        check = Partitions.model_validate({"table": "part_lab.stray"} | MONTHLY)
        found = not_holding(judge(check, dsn(lab), zone=ZONE))
        locker.rollback()
    stray = facts.table(TableName("part_lab", "stray"))
    assert stray.default_rows is not None
    assert stray.default_rows.hidden == "locked"
    assert all(p.span is not None for p in stray.partitions if not p.is_default)
    assert [(v, "(DEFAULT) may hold" in text) for v, text in found] == [("undecided", True)] * 2
    assert facts.table(TableName("part_lab", "good")).default_rows is None


def test_a_partition_whose_detachment_is_not_finished_takes_no_rows(lab: Running) -> None:
    check = Partitions.model_validate({"table": "part_lab.leaving", "every": "month", "ahead": 1})
    assert not_holding(judge(check, dsn(lab), zone=ZONE)) == []
    with psycopg.connect(lab.admin_dsn, autocommit=True) as admin:
        row = admin.execute("select to_char(part_lab.month(1), '_YYYY_MM')").fetchone()
        assert row is not None
        with psycopg.connect(lab.admin_dsn) as reader:
            reader.execute("select from part_lab.leaving")  # the second step waits for its end
            admin.execute("set statement_timeout = '200ms'")
            detach = sql.SQL(
                "alter table part_lab.leaving detach partition part_lab.{} concurrently"
            )
            with pytest.raises(psycopg.errors.QueryCanceled):
                admin.execute(detach.format(sql.Identifier(f"leaving{row[0]}")))
    found = not_holding(judge(check, dsn(lab), zone=ZONE))
    assert any("is being detached" in message for _, message in found), found


def test_maintenance_is_seen_where_it_was_done(lab: Running) -> None:
    done = Partitions.model_validate({"table": "part_lab.loaded", "maintained_within": "7d"})
    assert not_holding(judge(done, dsn(lab))) == []
    never = Partitions.model_validate({"table": "part_lab.nested", "maintained_within": "7d"})
    ((verdict, message),) = not_holding(judge(never, dsn(lab)))
    assert (verdict, "nested_def_a" in message) == ("breaks", True)


NOW_ON = "select count(*) from part_lab.loaded where at >= now() - interval '32 days'"


@pytest.mark.parametrize(
    ("statement", "limit", "expected"),
    [
        (NOW_ON, 5, []),
        (NOW_ON, 1, ["breaks"]),
        ("select count(*) from part_lab.loaded", 5, ["breaks"]),
        ("select count(*) from jobs", 5, ["undecided"]),
        (NOW_ON.replace("part_lab.loaded", "part_lab.nowhere"), 5, None),
    ],
)
def test_the_plan_shows_what_is_pruned(
    lab: Running, statement: str, limit: int, expected: list[str] | None
) -> None:
    prunes = {"sql": statement, "max_partitions": limit}
    check = Partitions.model_validate({"table": "part_lab.loaded", "prunes": prunes})
    if expected is None:
        with pytest.raises(ProbeError, match="does not exist"):
            judge(check, dsn(lab))
    else:
        assert [v for v, _ in not_holding(judge(check, dsn(lab)))] == expected


def test_a_plan_without_a_grant_is_undecided_with_the_grant(lab: Running) -> None:
    with pytest.raises(ProbeError) as denied:
        ask(PruningProbe(frozenset({"select * from part_lab.secret_def"})), dsn(lab))
    assert (denied.value.reason_code, "secret_def" in (denied.value.needs or "")) == (
        "privilege",
        True,
    )


def test_a_plan_of_a_locked_table_is_undecided_within_the_lock_timeout(lab: Running) -> None:
    with psycopg.connect(lab.admin_dsn) as locker:
        locker.execute("lock table part_lab.loaded in access exclusive mode")
        with pytest.raises(ProbeError) as locked:
            ask(PruningProbe(frozenset({NOW_ON})), dsn(lab))
        locker.rollback()
    assert locked.value.reason_code == "locked"


def test_what_the_gate_refuses_never_reaches_the_server(lab: Running) -> None:
    with pytest.raises(ProbeError, match="not sent"):
        ask(PruningProbe(frozenset({"select pg_sleep(1)"})), dsn(lab))


def test_round_trips_do_not_grow_with_the_number_of_tables(lab: Running) -> None:
    one = frozenset({TableName("part_lab", "stray")})
    names = ["stray", "secret", "nested", "swept", *(f"missing_{n}" for n in range(26))]
    thirty = frozenset(TableName("part_lab", name) for name in names)
    assert ask(PartitionsProbe(one), dsn(lab))[1] == 2
    facts, trips = ask(PartitionsProbe(thirty), dsn(lab))
    assert (trips, len(facts.tables)) == (2, 30)


def test_dotted_names_are_kept_apart(lab: Running) -> None:
    with psycopg.connect(lab.admin_dsn, autocommit=True) as admin:
        admin.execute(DOTTED)
        try:
            names = {TableName("part_dot", "b.c"), TableName("part_dot.b", "c")}
            facts, _ = ask(PartitionsProbe(frozenset(names)), dsn(lab))
        finally:
            admin.execute('drop schema part_dot cascade; drop schema "part_dot.b" cascade')
    one = facts.table(TableName("part_dot", "b.c"))
    two = facts.table(TableName("part_dot.b", "c"))
    assert [p.name for p in one.partitions] == [TableName("part_dot", "one")]
    assert [p.parent for p in one.partitions] == [one.name]
    assert [p.span is None for p in (*one.partitions, *two.partitions)] == [True, False]


def test_a_truncated_table_is_not_taken_for_one_that_was_never_analyzed(lab: Running) -> None:
    with psycopg.connect(lab.admin_dsn, autocommit=True) as admin:
        admin.execute("set search_path = part_lab")
        admin.execute("create table cut (n int) partition by range (n)")
        for name, low in (("cut_new", 1), ("cut_swept", 2)):
            admin.execute(
                sql.SQL("create table {} partition of cut for values from ({}) to ({})").format(
                    sql.Identifier(name), low, low + 1
                )
            )
        admin.execute("insert into cut values (1), (2)")
        admin.execute("analyze cut_swept")
        admin.execute("truncate cut_swept")
        facts, _ = ask(PartitionsProbe(frozenset({TableName("part_lab", "cut")})), dsn(lab))
        admin.execute("drop table cut")
    new, swept = facts.table(TableName("part_lab", "cut")).partitions
    assert (new.untouched, swept.untouched) == (True, False)
    assert swept.last_analyze is not None
    assert facts.server.statistics_since is not None
    assert facts.server.primary_since is not None


@pytest.mark.parametrize(
    ("table", "key", "retain"),
    [
        ("executions_partitioned", "started_at", 12),
        ("matches_partitioned", "matched_at", 12),
        ("unmatched_partitioned", "created_at", 12),
        ("audit_logs_partitioned", "timestamp", 24),
    ],
)
def test_the_reference_tables_are_partitioned_as_the_guide_says(
    reference_db: Running, table: str, key: str, retain: int
) -> None:
    statement = f"select count(*) from {table} where \"{key}\" >= now() - interval '1 day'"
    declared = {"table": table, "strategy": "range", "key": key, "retain": retain}
    more = {"maintained_within": "7d", "prunes": {"sql": statement, "max_partitions": 2}}
    check = Partitions.model_validate(MONTHLY | declared | more)
    assert not_holding(judge(check, dsn(reference_db))) == []


def test_a_role_without_any_right_learns_all_but_the_rows(lab: Running) -> None:
    with psycopg.connect(lab.admin_dsn, autocommit=True) as admin:
        admin.execute("drop role if exists part_nobody")
        admin.execute("create role part_nobody login password 'part_nobody'")
        database = admin.execute("select current_database()").fetchone()
        assert database is not None
        grant = sql.SQL("grant connect on database {} to part_nobody")
        admin.execute(grant.format(sql.Identifier(database[0])))
        try:
            check = Partitions.model_validate({"table": "part_lab.stray"} | MONTHLY)
            nobody = make_conninfo(dsn(lab), user="part_nobody", password="part_nobody")
            found = not_holding(judge(check, nobody, zone=ZONE))
        finally:
            admin.execute("drop owned by part_nobody; drop role part_nobody")
    assert [(v, "(DEFAULT) may hold" in text) for v, text in found] == [("undecided", True)] * 2
