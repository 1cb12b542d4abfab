"""The gate refuses what is not one plain SELECT, and names the class of the others."""

import re

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfcheck.reference.service import Running
from perfcheck.sqltext.gate import RefusedError, StatementClass, admit

BAD = [
    "explain analyze create table z as select 1",
    "select 1 into z",
    "with d as (delete from t returning *) select * from d",
    "select * from t for update",
    "select pg_stat_reset()",
    "select 1; select 2",
    "explain select 1; commit; drop table x",
    "select * from pg_read_file('x')",
    "select query_to_xml('delete from t', true, true, '')",
    "with x as (select 1) select set_config('transaction_read_only', 'off', true) from x",
    "create table z as select 1",
    "table t for share",
    "copy (select 1) to program 'true'",
    "select * from t limit 10 offset",
    "explain select 1",
    "select pg_wal_replay_pause()",
    "select pg_backup_start('x')",
    "select pg_restore_relation_stats('relation', 't'::regclass)",
    "select pg_copy_physical_replication_slot('a', 'b')",
]
# Where a parser, or its binding, can be fooled.
HARD = {
    "a NUL byte ends the text for the parser": "select 1\0; drop table x",
    "a lone surrogate": "select '\udcff'",
    "many brackets": "select " + "(" * 10000 + "1" + ")" * 10000,
    "a long chain": "select " + "1+" * 32000 + "1",
    "more than 64 KiB": "select " + "1+" * 500000 + "1",
    "a sub-select without a SubLink": "select json_array(select pg_sleep(1))",
    "deep calls": "select " + "f(" * 500 + "pg_sleep(1)" + ")" * 500,
    "attribute notation on a number": "select (9.0).pg_sleep",
    "attribute notation on a relation": "select x.pg_sleep from abs(9.0) x",
    "an escaped name": r'select u&"pg\005fsleep"(1)',
    "a qualified, quoted name": 'select pg_catalog."pg_sleep"(1)',
    "capitals and a named argument": "select PG_Sleep(seconds => 1)",
    "nested calls": "select lower(upper((select pg_read_file('x')::text)))",
    "lateral": "select * from a, lateral (select pg_sleep(a.k)) s",
    "rows from": "select * from rows from (f(1), pg_ls_dir('.'))",
    "a filter": "select count(*) filter (where pg_sleep(1) is null) from t",
    "a materialized WITH": "with w as materialized (select pg_sleep(1)) select 1",
    "an argument": "select f(a => nextval('s'))",
    "values": "values (pg_sleep(1))",
    "order by and fetch": "select 1 order by (select pg_sleep(1))"
    " fetch first (select nextval('s')) rows only",
    "a row lock below": "select * from (select * from t for no key update) x",
    "INTO in brackets": "(select 1 into z)",
    "INTO in a union": "select a union (select 1 into z)",
    "do": "do 'begin end'",
    "call": "call p()",
    "prepare": "prepare q as select 1",
    "execute": "execute q",
    "nothing": "",
    "a comment alone": "-- nothing",
}
GOOD = {
    "select * from t where id = $1": ("simple_select", False),
    "select * from a join b using (id) where a.x = $1 limit $2 offset $3": ("join", True),
    "select count(*) from t where x = $1": ("aggregation", False),
    "select a.k, sum(b.v) from a join b on a.id = b.id group by 1": ("aggregation", False),
    "with x as (select 1) select * from x": ("complex", False),
    "select *, row_number() over (order by a) from t": ("complex", False),
    "select * from t where id in (select id from u)": ("complex", False),
    "select 1 from a union select 2 from b": ("complex", False),
    "select * from a, b, c, d": ("complex", False),
    "/* offset */ select 'offset 5' from t": ("simple_select", False),
    "select id from t offset 10 rows fetch next 5 rows only": ("simple_select", True),
    'select $1 as "int" offset $2 limit $3': ("simple_select", True),
    "select $1::jsonb ? $2 limit $3 offset $4": ("simple_select", True),
    "select distinct lo_price, t.lo_discount from t": ("simple_select", False),
    "select my_total(v) from t": ("simple_select", False),
}


@pytest.mark.parametrize("text", BAD)
def test_what_is_not_one_harmless_select_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        admit(text)


@pytest.mark.parametrize("text", HARD.values(), ids=HARD.keys())
def test_what_fools_a_parser_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        admit(text)


@pytest.mark.parametrize("text", GOOD)
def test_a_harmless_select_is_admitted_with_its_class(text: str) -> None:
    select = admit(text)
    assert (select.statement_class, select.has_offset) == GOOD[text]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("select pg_sleep(1), pg_notify('a', 'b')", "pg_notify(), pg_sleep()"),
        ("select 1; select 2", "2 statements"),
        ("delete from t", "DeleteStmt"),
        ("select from where", "syntax error"),
    ],
)
def test_a_refusal_names_what_is_refused(text: str, named: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        admit(text)
    assert named in str(refusal.value)


def test_the_aggregates_of_a_server_can_be_given() -> None:
    select = admit("select my_total(v) from t", aggregates=("my_total",))
    assert select.statement_class is StatementClass.AGGREGATION


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_a_denied_call_is_refused_wherever_it_stands_among_other_text(text: str) -> None:
    literal = "'" + text.replace("'", "''") + "'"
    with pytest.raises(RefusedError):
        admit(f"select {literal}, (select pg_sleep(1)) as x from t where a = {literal}")


# Volatile, but without an effect outside of the transaction, and not for secrets.
HARMLESS = r"""
amvalidate|array_(sample|shuffle)|bernoulli|system|.*handler|clock_timestamp|timeofday|current_query
|currtid2|currval|lastval|dsnowball_.*|gen_random_uuid|uuidv[47]|random(_normal)?
|pg_(available_)?wal_summar.*|pg_blocking_pids|pg_(database_)?collation_actual_version
|pg_control_.*|pg_current_wal_.*|pg_last_.*|pg_(get|is)_wal_.*|pg_is_in_recovery
|pg_(database|table|tablespace|indexes|relation|total_relation)_size|pg_partition_.*
|pg_get_(aios|backend_memory_contexts|loaded_modules|multixact_members|sequence_data)
|pg_get_(shmem_.*|wait_events)|pg_jit_available|pg_lock_status|pg_notification_queue_usage
|pg_prepared_xact|pg_sequence_last_value|pg_show_replication_origin_status
|pg_stat_(get_.*|have_stats)|pg_xact_.*|txid_status|plpgsql_.*
"""


@pytest.mark.live
def test_every_volatile_function_of_the_server_is_denied_or_known_to_be_harmless(
    reference_db: Running,
) -> None:
    with psycopg.connect(reference_db.admin_dsn) as connection:
        rows = connection.execute(
            "select distinct proname from pg_proc where provolatile = 'v' and prokind = 'f'"
            " and pronamespace = 'pg_catalog'::regnamespace"
            " and prorettype <> all ('{trigger,event_trigger}'::regtype[])"
        ).fetchall()
    names = {str(row[0]) for row in rows}
    assert len(names) > 200
    harmless = re.compile("".join(HARMLESS.split()))
    let_in = {name for name in names if not harmless.fullmatch(name) and _is_admitted(name)}
    assert let_in == set()


def _is_admitted(function: str) -> bool:
    try:
        admit(f"select {function}()")
    except RefusedError:
        return False
    return True
