import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from perfcheck.checks.database.indexes import Indexes
from perfcheck.errors import ProbeError
from perfcheck.model import Finding
from perfcheck.probes.base import Answer, Answers
from perfcheck.probes.database.index_facts import IndexFacts
from perfcheck.probes.database.indexes import IndexesProbe, IndexNeed
from perfcheck.reference.service import Running
from perfcheck.spec.targets import PostgresTarget
from perfcheck.sqltext.columns import TableName
from perfcheck.targets.postgres import PostgresClient

pytestmark = pytest.mark.live

LAB = """
drop schema if exists ix_lab cascade;
create schema ix_lab;
create table ix_lab.jobs (
  id int primary key, tenant_id int, created_at timestamptz, status varchar(20), name text,
  code text collate "C", deleted boolean, k int, n numeric, doc jsonb, tags text[]);
insert into ix_lab.jobs (id) values (1);
insert into ix_lab.jobs (id, tenant_id) values (3, 7), (4, 7);
create index turned on ix_lab.jobs (created_at, tenant_id);
create index ascending on ix_lab.jobs (tenant_id, created_at);
create index nulls_last on ix_lab.jobs (status, created_at desc nulls last);
create index part on ix_lab.jobs (k) where status in ('new', 'ack');
create index two on ix_lab.jobs (n) where k > 5 and not deleted;
create index carrying on ix_lab.jobs (id, tenant_id) include (name);
create index path_gin on ix_lab.jobs using gin (doc jsonb_path_ops);
create index tag_gin on ix_lab.jobs using gin (tags);
create index lowered on ix_lab.jobs (lower(status), tenant_id desc, n);
create index pattern on ix_lab.jobs (name text_pattern_ops);
create index other_collation on ix_lab.jobs (status collate "C", k);
create index own_collation on ix_lab.jobs (lower(code));
create unique index pair on ix_lab.jobs (name, code);
create index "Odd.Name" on ix_lab.jobs (id, k desc);
create table ix_lab.events (id int, at date, x int) partition by range (at);
create table ix_lab.events_1 partition of ix_lab.events
  for values from ('2026-01-01') to ('2026-02-01');
create table ix_lab.events_2 partition of ix_lab.events
  for values from ('2026-02-01') to ('2026-03-01') partition by range (at);
create table ix_lab.events_2a partition of ix_lab.events_2
  for values from ('2026-02-01') to ('2026-03-01');
create index everywhere on ix_lab.events (id);
create index half on only ix_lab.events (x);
create index events_1_x on ix_lab.events_1 (x);
alter index ix_lab.half attach partition ix_lab.events_1_x;
create function ix_lab.twice(int) returns int language sql immutable as 'select $1 * 2';
create table ix_lab.called (k int, n int);
create index called_twice on ix_lab.called (ix_lab.twice(k));
create index called_n on ix_lab.called (n);
create view ix_lab.only_a_view as select 1 as id;
drop role if exists ix_nobody;
create role ix_nobody login password 'nothing-secret';
"""


@pytest.fixture(scope="module")
def admin_dsn(reference_db: Running) -> Iterator[str]:
    with psycopg.connect(reference_db.admin_dsn, autocommit=True) as admin:
        admin.execute(LAB)
        with pytest.raises(psycopg.errors.UniqueViolation):
            admin.execute("create unique index concurrently broken on ix_lab.jobs (tenant_id)")
        name = admin.info.dbname
        admin.execute(f'grant connect on database "{name}" to ix_nobody')
        yield reference_db.admin_dsn
        admin.execute(f'revoke connect on database "{name}" from ix_nobody')
        admin.execute("drop schema ix_lab cascade; drop role ix_nobody")


@pytest.fixture
def nobody_dsn(admin_dsn: str) -> str:
    return make_conninfo(admin_dsn, user="ix_nobody", password="nothing-secret")


def entry(columns: str, **fields: object) -> Indexes:
    text = {"id": "entry", "table": "ix_lab.jobs", "columns": columns.split(" | ")}
    return Indexes.model_validate({**text, **fields})


async def _asked(dsn: str, probe: IndexesProbe) -> tuple[IndexFacts, list[str]]:
    client = PostgresClient(PostgresTarget(kind="postgres", dsn=dsn))
    try:
        async with client.session() as session:
            return await probe.ask(session), session.journal
    finally:
        await client.close()


def ask(dsn: str, probe: IndexesProbe) -> tuple[IndexFacts, list[str]]:
    return asyncio.run(_asked(dsn, probe))


def findings(dsn: str, check: Indexes) -> list[Finding]:
    (probe,) = check.probes()
    facts, _ = ask(dsn, probe)
    answer = Answer(facts, asked=(), taken_at=datetime.now(UTC), duration_ms=0)
    return list(check.evaluate(Answers({probe: answer})))


SERVED = [
    ("created_at | tenant_id", {}, "turned"),
    ("created_at desc | tenant_id desc", {}, "turned"),
    ("tenant_id", {}, "ascending"),
    ("status | created_at desc nulls last", {"match": "exact"}, "nulls_last"),
    ("status desc | created_at nulls first", {}, "nulls_last"),
    ("k", {"where": "status = 'new'"}, "part"),
    ("k", {"where": "status = any (array['new','ack'])", "match": "equivalent"}, "part"),
    ("k", {"where": "status = 'ack' or status = 'new'", "match": "equivalent"}, "part"),
    ("n", {"where": "not deleted and k > 5", "match": "equivalent"}, "two"),
    ("n", {"where": "k > 7 and not deleted"}, "two"),
    ("n", {"where": "k % 2 = 1 and k > 5 and not deleted -- odd"}, "two"),
    ("id | tenant_id", {"include": ["name"], "match": "exact"}, "carrying"),
    ("id", {"include": ["tenant_id", "name"]}, "carrying"),
    ("id", {"where": "k > 0", "include": ["name"]}, "carrying"),
    ("doc jsonb_path_ops", {"using": "gin", "match": "exact"}, "path_gin"),
    ("tags", {"using": "gin", "match": "exact"}, "tag_gin"),
    ("LOWER((status)::text)", {}, "lowered"),
    ("lower(status) desc | tenant_id", {}, "lowered"),
    ("name text_pattern_ops", {}, "pattern"),
    ('status collate "C"', {}, "other_collation"),
    ("lower(code)", {"match": "equivalent"}, "own_collation"),
    ('lower(code) collate "C"', {"match": "equivalent"}, "own_collation"),
    ("name | code", {"unique": True}, "pair"),
    ("name", {}, "pair"),
    ("id | k desc", {"name": '"Odd.Name"', "match": "exact"}, "Odd.Name"),
]
NOT_SERVED = [
    ("tenant_id | created_at desc", {}, "is sorted by (tenant_id, created_at)"),
    ("created_at desc | tenant_id desc", {"match": "equivalent"}, "is sorted by"),
    ("status | created_at desc", {}, "created_at DESC NULLS LAST"),
    ("k", {}, "covers only the rows where"),
    ("k", {"where": "status = 'old'"}, "not shown to be as wide as"),
    ("n", {"where": "k > 3 and not deleted"}, "not shown to be as wide as"),
    ("n", {"where": "k > 7 and not deleted", "match": "equivalent"}, "not shown to be equal"),
    ("id | tenant_id | name", {}, "fewer key columns"),
    ("id | tenant_id", {"match": "exact"}, "includes name"),
    ("id", {"include": ["status"]}, "does not include status"),
    ("doc", {"using": "gin"}, "operator class jsonb_path_ops"),
    ("tags", {"using": "gist"}, "none of the indexes"),
    ("upper(status)", {}, "none of the indexes"),
    ("status | k", {}, "collation C"),
    ('lower(code) collate "POSIX"', {}, "none of the indexes"),
    ('name collate "C" | code', {}, "the collation default on name"),
    ("name", {"unique": True}, "unique over more columns"),
    ("name | code", {"match": "exact"}, "is unique, which is not declared"),
    ("id | k desc", {"name": "elsewhere", "match": "exact"}, "is named Odd.Name"),
    ("tenant_id", {"name": "broken", "unique": True}, "broken on ix_lab.jobs is not valid"),
    ("nope", {}, "has no column nope"),
    ("k", {"where": "nope = 1"}, "has no column nope"),
]


@pytest.mark.parametrize(("columns", "fields", "by"), SERVED, ids=str)
def test_a_live_index_serves(
    admin_dsn: str, columns: str, fields: dict[str, object], by: str
) -> None:
    (finding,) = findings(admin_dsn, entry(columns, **fields))
    assert finding.verdict == "holds", finding.message
    assert finding.observed.startswith(f"{by} ")


@pytest.mark.parametrize(("columns", "fields", "why"), NOT_SERVED, ids=str)
def test_no_live_index_serves(
    admin_dsn: str, columns: str, fields: dict[str, object], why: str
) -> None:
    (finding,) = findings(admin_dsn, entry(columns, **fields))
    assert finding.verdict == "breaks", finding.message
    assert why in finding.message


@pytest.mark.parametrize(
    ("table", "why"),
    [("ix_lab.nope", "does not exist"), ("ix_lab.only_a_view", "is a view")],
)
def test_what_is_no_table_has_no_index(admin_dsn: str, table: str, why: str) -> None:
    (finding,) = findings(admin_dsn, entry("id", table=table))
    assert finding.verdict == "breaks"
    assert why in finding.message


def test_every_leaf_partition_needs_its_attached_index(admin_dsn: str) -> None:
    (whole,) = findings(admin_dsn, entry("id", table="ix_lab.events"))
    assert whole.verdict == "holds"
    (half,) = findings(admin_dsn, entry("x", table="ix_lab.events"))
    assert half.verdict == "breaks"
    assert "lacks a valid index on ix_lab.events_2a" in half.message
    assert "events_1" not in half.message.replace("events_1_x", "")


def test_a_predicate_that_no_row_satisfies_is_undecided(admin_dsn: str) -> None:
    (finding,) = findings(admin_dsn, entry("n", where="k > 9 and k < 3 and deleted"))
    assert finding.verdict == "undecided"


@contextlib.contextmanager
def locked(dsn: str, table: str, mode: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsn) as locker:
        locker.execute(f"lock table {table} in {mode} mode")
        try:
            yield locker
        finally:
            locker.rollback()


def test_a_locked_table_is_undecided_and_costs_no_other_table(admin_dsn: str) -> None:
    free, held = entry("n", table="ix_lab.called"), entry("created_at")
    probe = free.probes()[0].joined(free.probes()[0].subjects | held.probes()[0].subjects)
    with locked(admin_dsn, "ix_lab.jobs", "access exclusive"):
        facts, _ = ask(admin_dsn, probe)
    answer = Answer(facts, asked=(), taken_at=datetime.now(UTC), duration_ms=0)
    answers = Answers({check.probes()[0]: answer for check in (free, held)})
    assert [f.verdict for f in free.evaluate(answers)] == ["holds"]
    (finding,) = held.evaluate(answers)
    assert finding.verdict == "undecided"
    assert finding.needs == "the lock released"


def wait_for(dsn: str, query: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as watcher:
        deadline = time.monotonic() + 10
        while watcher.execute(query).fetchone() is None:
            assert time.monotonic() < deadline, query
            time.sleep(0.02)


def build(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as builder:
        builder.execute("create index concurrently growing on ix_lab.called (n desc, k)")


def test_an_index_that_is_being_built_is_undecided(admin_dsn: str, nobody_dsn: str) -> None:
    check = entry("n desc | k", table="ix_lab.called")
    thread = threading.Thread(target=build, args=(admin_dsn,))
    with locked(admin_dsn, "ix_lab.called", "row exclusive"):
        thread.start()
        wait_for(
            admin_dsn,
            "select from pg_stat_progress_create_index p join pg_class c on c.oid = p.index_relid"
            " where c.relname = 'growing' and p.phase like 'waiting%'",
        )
        (seen,) = findings(admin_dsn, check)
        (hidden,) = findings(nobody_dsn, check)
    thread.join(10)
    assert seen.verdict == "undecided"
    assert "is being built" in seen.message
    assert hidden.verdict == "undecided"
    assert hidden.needs is not None
    assert "pg_read_all_stats" in hidden.needs
    (built,) = findings(admin_dsn, check)
    assert built.verdict == "holds"


def test_a_role_without_any_privilege_reads_the_indexes(nobody_dsn: str) -> None:
    check = entry("k", where="status = 'ack' or status = 'new'", match="equivalent")
    (finding,) = findings(nobody_dsn, check)
    assert finding.verdict == "holds"


def test_a_function_in_a_hidden_schema_is_undecided_and_names_the_grant(nobody_dsn: str) -> None:
    (finding,) = findings(nobody_dsn, entry("ix_lab.twice(k)", table="ix_lab.called"))
    assert finding.verdict == "undecided"
    assert finding.needs == "grant usage on schema ix_lab"
    (plain,) = findings(nobody_dsn, entry("n", table="ix_lab.called"))
    assert plain.verdict == "holds"


def test_a_function_is_compared_where_its_schema_may_be_used(admin_dsn: str) -> None:
    (finding,) = findings(admin_dsn, entry("ix_lab.twice( k )", table="ix_lab.called"))
    assert finding.verdict == "holds"


def test_a_name_outside_of_pg_catalog_must_be_qualified(admin_dsn: str) -> None:
    with pytest.raises(ProbeError, match="twice") as caught:
        ask(admin_dsn, entry("twice(k)", table="ix_lab.called").probes()[0])
    assert "written with their schema" in str(caught.value.needs)


def test_an_analyze_is_seen_by_the_clock_of_the_server(admin_dsn: str) -> None:
    check = entry("n", table="ix_lab.called", analyzed_within="1h")
    (_, before) = findings(admin_dsn, check)
    assert before.verdict == "breaks"
    assert "analyzed never, since it was created" in before.message
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute("analyze ix_lab.called")
    (_, after) = findings(admin_dsn, check)
    assert after.verdict == "holds"


def test_the_round_trips_do_not_grow_with_the_requirements(admin_dsn: str) -> None:
    one, asked_of_one = ask(admin_dsn, entry("n", where="k > 1 and not deleted").probes()[0])
    assert len(one.tables) == 1
    needs = {IndexNeed(TableName("ix_lab", "jobs"), f"k > {i} and not deleted") for i in range(50)}
    needs |= {IndexNeed(TableName("public", f"nope_{i}")) for i in range(50)}
    many, asked_of_many = ask(admin_dsn, IndexesProbe(frozenset(needs)))
    assert len(many.tables) == 51
    assert len(asked_of_many) == len(asked_of_one) == 5


def test_facts_can_be_saved_and_read_back(admin_dsn: str) -> None:
    probe = entry("k", where="status = 'new'").probes()[0]
    facts, _ = ask(admin_dsn, probe)
    assert IndexFacts.model_validate_json(facts.model_dump_json()) == facts
    assert "broken (not valid)" in probe.excerpt(facts)
