"""What looks like an index that serves, or like an analyzed table, and is none."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from perfcheck.checks.database.indexes import Indexes
from perfcheck.model import Finding
from perfcheck.probes.database.indexes import IndexesProbe, IndexNeed
from perfcheck.reference.service import Running
from perfcheck.sqltext.columns import TableName
from tests.probes.database.asking import ask, judge

pytestmark = pytest.mark.live

LAB = """
drop schema if exists trap_lab cascade;
create schema trap_lab;
set search_path = trap_lab;
create domain short as varchar(9);
create domain shorter as short;
create type mood as enum ('calm', 'tense');

create table bp (t text, v varchar, w varchar, m varchar);
create index bp_t on bp (t bpchar_ops);
create index bp_v on bp (v bpchar_ops);
create index bp_w on bp (w varchar_ops);
create index bp_m on bp (m);
create index bp_u on bp (upper(t) bpchar_ops);
create index bp_l on bp (lower(t));
create table typed (v varchar, d shorter, c char(3), a int[], o oidvector, e mood, r int4range,
  m int4multirange, p regclass, i cidr, n name, b bit varying(3), tags text[], body text, doc jsonb,
  net inet);
create index typed_v on typed (v);
create index typed_d on typed (d);
create index typed_c on typed (c);
create index typed_a on typed (a);
create index typed_o on typed (o);
create index typed_e on typed (e);
create index typed_r on typed (r);
create index typed_m on typed (m);
create index typed_p on typed (p);
create index typed_i on typed (i);
create index typed_n on typed (n);
create index typed_b on typed (b);
create index typed_name on typed ((tags[1]::name));
create index typed_tags on typed using gin (tags);
create index typed_body on typed using gin (to_tsvector('english', body));
create index typed_range on typed using gist (r);
create index typed_brin on typed using brin (i, v);
create index typed_net on typed using brin (network(net) inet_inclusion_ops);
create index typed_hash on typed using hash (v);

create table late (id int not null, at int,
  constraint late_id unique (id) deferrable initially immediate);

create table bare (k int, j int);
create table bare_1 () inherits (bare);
create table bare_2 () inherits (bare_1);
create index bare_k on bare (k);
insert into bare_1 select 1;
create table full_ (k int, j int, name text);
create table full_1 (extra int) inherits (full_);
create table full_2 () inherits (full_1);
create index on full_ (k);
create index on full_1 (k);
create index on full_2 (k) where k > 3;
create unique index on full_1 (j);
create unique index on full_2 (j);
insert into full_1 select 1, 2;
analyze full_, full_1, full_2;

create table some_columns (id int, name text);
insert into some_columns values (1, 'a');
create index on some_columns (id);
create index on some_columns (name);
analyze some_columns (name);
create role trap_nobody login password 'nothing-secret';
grant connect on database {database} to trap_nobody;
"""
DROP = "drop schema trap_lab cascade; drop owned by trap_nobody; drop role trap_nobody"


@pytest.fixture(scope="module")
def admin_dsn(reference_db: Running) -> Iterator[str]:
    with psycopg.connect(reference_db.admin_dsn, autocommit=True) as admin:
        admin.execute(LAB.replace("{database}", f'"{admin.info.dbname}"').encode())
        yield reference_db.admin_dsn
        admin.execute(DROP)


@pytest.fixture
def nobody_dsn(admin_dsn: str) -> str:
    return make_conninfo(admin_dsn, user="trap_nobody", password="nothing-secret")


def entry(table: str, columns: str, **fields: object) -> Indexes:
    text = {"id": "entry", "table": f"trap_lab.{table}", "columns": columns.split(" | ")}
    return Indexes.model_validate({**text, **fields})


def found(dsn: str, table: str, columns: str, **fields: object) -> Finding:
    return judge(entry(table, columns, **fields), dsn)[0]


@pytest.mark.parametrize("columns", ["t", "v", "lower(t) desc | t", "upper(t)"])
def test_the_default_operator_class_of_another_type_does_not_serve(
    admin_dsn: str, columns: str
) -> None:
    finding = found(admin_dsn, "bp", columns)
    assert finding.verdict == "breaks", finding.message


@pytest.mark.parametrize("columns", ["t bpchar_ops", "w", "m", "lower(t)"])
def test_an_operator_class_that_is_meant_or_is_the_same_serves(
    admin_dsn: str, columns: str
) -> None:
    finding = found(admin_dsn, "bp", columns)
    assert finding.verdict == "holds", finding.message


@pytest.mark.parametrize("column", [*"vdcaoermpinb", "(tags[1]::name)"])
def test_each_type_takes_its_own_default(admin_dsn: str, column: str) -> None:
    finding = found(admin_dsn, "typed", column)
    assert finding.verdict == "holds", finding.message


@pytest.mark.parametrize(
    ("columns", "using"),
    [
        ("tags", "gin"),
        ("to_tsvector('english', body)", "gin"),
        ("r", "gist"),
        ("v | i", "brin"),
        ("v", "hash"),
    ],
)
def test_each_method_takes_its_own_default(admin_dsn: str, columns: str, using: str) -> None:
    finding = found(admin_dsn, "typed", columns, using=using)
    assert finding.verdict == "holds", finding.message


def test_the_catalogs_agree_with_what_the_server_chooses(admin_dsn: str) -> None:
    """Every index of this database that names no operator class has the default ones."""
    with psycopg.connect(admin_dsn) as admin:
        rows = admin.execute(
            "select distinct n.nspname::text, c.relname::text from pg_index i"
            " join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname in ('pg_catalog', 'public')"
        ).fetchall()
    needs = frozenset(IndexNeed(TableName(*row)) for row in rows)
    facts, _ = ask(IndexesProbe(needs), admin_dsn)
    named = {
        f"{index.name}.{key.column}: {key.opclass}"
        for table in facts.tables
        for index in table.indexes
        for key in index.keys
        if key.opclass_default is not True
    }
    assert len(facts.tables) > 60
    assert {line for line in named if not line.endswith("_pattern_ops")} == set()


def test_a_deferrable_constraint_does_not_prove_uniqueness(admin_dsn: str) -> None:
    unique = found(admin_dsn, "late", "id", unique=True)
    assert unique.verdict == "breaks"
    assert "DEFERRABLE" in unique.message
    assert found(admin_dsn, "late", "id").verdict == "holds"


def test_an_index_on_the_empty_parent_alone_does_not_serve_its_heirs(admin_dsn: str) -> None:
    finding = found(admin_dsn, "bare", "k", name="bare_k")
    assert finding.verdict == "breaks"
    assert "trap_lab.bare_1, trap_lab.bare_2" in finding.message


def test_each_heir_needs_an_index_of_its_own_that_serves(admin_dsn: str) -> None:
    whole = found(admin_dsn, "full_", "k", where="k > 5")
    assert whole.verdict == "holds", whole.message
    assert "3 tables" in whole.message
    finding = found(admin_dsn, "full_", "k")
    assert finding.verdict == "breaks"
    assert "trap_lab.full_2" in finding.message
    assert "full_1" not in finding.message


def test_an_empty_parent_needs_no_index_and_uniqueness_ends_at_each_heir(admin_dsn: str) -> None:
    assert found(admin_dsn, "full_", "j").verdict == "holds"
    unique = found(admin_dsn, "full_", "j", unique=True)
    assert (unique.verdict, bool(unique.needs)) == ("undecided", True)


def test_the_rows_of_heirs_are_to_be_analyzed(admin_dsn: str) -> None:
    check = entry("full_", "j", analyzed_within="1h")
    assert judge(check, admin_dsn)[1].verdict == "holds"
    (facts, _) = ask(check.probes()[0], admin_dsn)
    storage = facts.table(TableName("trap_lab", "full_")).storage
    assert [s.name.name for s in storage] == ["full_", "full_1", "full_2"]
    late = judge(entry("bare", "k", analyzed_within="1h"), admin_dsn)[1]
    assert late.verdict == "breaks"
    assert "trap_lab.bare_1" in late.message


def test_round_trips_do_not_grow_with_the_heirs(admin_dsn: str) -> None:
    assert ask(entry("full_", "lower(name)", where="k > 1").probes()[0], admin_dsn)[1] == 5


def test_an_analyze_of_other_columns_is_not_one_of_the_declared(
    admin_dsn: str, nobody_dsn: str
) -> None:
    other = judge(entry("some_columns", "id", analyzed_within="1h"), admin_dsn)[1]
    assert other.verdict == "breaks"
    assert "id has no statistics" in other.message
    same = judge(entry("some_columns", "name", analyzed_within="1h"), admin_dsn)[1]
    assert same.verdict == "holds"
    hidden = judge(entry("some_columns", "id", analyzed_within="1h"), nobody_dsn)[1]
    assert hidden.verdict == "holds"
    assert "whether of id is hidden from the role trap_nobody" in hidden.message
