"""What looks like a whole scheme of partitions, and refuses rows or keeps old ones."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from perfcheck.checks.database.partitions import Partitions
from perfcheck.reference.service import Running
from tests.probes.database.asking import judge, not_holding

pytestmark = pytest.mark.live

# scheme(parent, again, parts): months of UTC, each cut again in this way, with these parts.
SETUP = """
drop schema if exists trap_parts cascade;
create schema trap_parts;
grant usage on schema trap_parts to perfcheck;
alter default privileges in schema trap_parts grant select on tables to perfcheck;
set search_path = trap_parts;
set timezone = 'UTC';

create function scheme(parent text, again text, variadic parts text[]) returns void
  language plpgsql as $$
declare
  m date;
  part text;
  child text;
begin
  execute format('create table %I (at timestamptz not null, tenant int not null)'
                 ' partition by range (at)', parent);
  for m in select date_trunc('month', now()) + make_interval(months => s)
             from generate_series(-1, 2) s
  loop
    child := parent || to_char(m, '_YYYY_MM');
    execute format('create table %I partition of %I for values from (%L) to (%L) %s',
                   child, parent, m, (m + interval '1 month')::date, again);
    foreach part in array parts loop
      execute format('create table %I partition of %I %s',
                     child || '_' || md5(part), child, part);
    end loop;
  end loop;
end $$;

select scheme('one_of_four', 'partition by hash (tenant)',
  'for values with (modulus 4, remainder 0)');
select scheme('hashed', 'partition by hash (tenant)',
  'for values with (modulus 2, remainder 0)', 'for values with (modulus 4, remainder 1)',
  'for values with (modulus 4, remainder 3)');
select scheme('one_value', 'partition by list (tenant)', 'for values in (1)');
select scheme('listed', 'partition by list (tenant)', 'for values in (1)', 'default');
select scheme('holed', 'partition by range (tenant)',
  'for values from (1) to (10)', 'for values from (20) to (30)');
select scheme('plain', '', variadic '{}');
create table plain_def partition of plain default;
insert into plain values ('2003-04-05', 1);
insert into plain select now() + make_interval(months => s), 1 from generate_series(-1, 2) s;
"""
MONTHLY = {"key": "at", "every": "month", "ahead": 2}


@pytest.fixture(scope="module")
def lab(reference_db: Running) -> Iterator[Running]:
    with psycopg.connect(reference_db.admin_dsn, autocommit=True) as admin:
        admin.execute(SETUP)
        yield reference_db
        admin.execute("drop schema trap_parts cascade")


def dsn(lab: Running) -> str:
    return lab.environment["PERFCHECK_DB_DSN"]


def refuses(lab: Running, table: str, tenants: range) -> bool:
    """Return whether an INSERT into the coming month fails for any of these tenants."""
    statement = "insert into trap_parts.{} select now() + interval '1 month', unnest(%s::int[])"
    with psycopg.connect(lab.admin_dsn) as admin:
        try:
            admin.execute(sql.SQL(statement).format(sql.Identifier(table)), [list(tenants)])
        except psycopg.errors.CheckViolation:
            return True
        finally:
            admin.rollback()
    return False


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("one_of_four", "lacks remainders 1, 2, 3 of modulus 4"),
        ("one_value", "has no DEFAULT partition"),
        ("holed", "has no DEFAULT partition"),
        ("hashed", None),
        ("listed", None),
        ("plain", None),
    ],
)
def test_a_month_that_refuses_rows_is_no_pass(lab: Running, table: str, said: str | None) -> None:
    check = Partitions.model_validate({"table": f"trap_parts.{table}"} | MONTHLY)
    found = not_holding(judge(check, dsn(lab)))
    assert bool(found) == refuses(lab, table, range(50))
    assert all(verdict == "undecided" and (said or "") in text for verdict, text in found)


def test_old_rows_in_the_default_are_found_though_it_is_not_declared(lab: Running) -> None:
    declared = {"table": "trap_parts.plain", "every": "month", "retain": 1}
    ((verdict, message),) = not_holding(judge(Partitions.model_validate(declared), dsn(lab)))
    assert verdict == "breaks"
    assert "trap_parts.plain_def (DEFAULT) holds rows of 2003-04-05" in message


@pytest.mark.parametrize(
    ("whom", "expected"), [("role perfcheck", []), ("database {}", ["breaks"])]
)
def test_pruning_that_is_off_for_the_role_alone_is_no_fault_of_the_table(
    lab: Running, whom: str, expected: list[str]
) -> None:
    statement = "select count(*) from trap_parts.plain where at >= now()"
    prunes = {"sql": statement, "max_partitions": 4}
    check = Partitions.model_validate({"table": "trap_parts.plain", "prunes": prunes})
    with psycopg.connect(lab.admin_dsn, autocommit=True) as admin:
        name = sql.Identifier(admin.info.dbname).as_string(admin)
        target = whom.format(name)
        admin.execute(f"alter {target} set enable_partition_pruning = off".encode())
        try:
            found = not_holding(judge(check, dsn(lab)))
        finally:
            admin.execute(f"alter {target} reset enable_partition_pruning".encode())
    assert [verdict for verdict, _ in found] == expected
