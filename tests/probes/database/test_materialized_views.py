"""The interval of the last refresh, asked and judged on a real server."""

from collections.abc import Iterator
from datetime import datetime

import psycopg
import pytest

from perfcheck.checks.database.materialized_views import MaterializedViews
from perfcheck.probes.database.materialized_views import (
    MaterializedView,
    MaterializedViewsProbe,
    ViewFacts,
)
from perfcheck.reference.service import Running
from perfcheck.sqltext.columns import TableName
from tests.probes.database.asking import ask, judge, not_holding

pytestmark = pytest.mark.live

SETUP = """
create schema view_lab;
grant usage on schema view_lab to perfcheck;
set search_path = view_lab;
create table source as select g as id, g as v from generate_series(1, 5000) g;
create materialized view plain as select v % 10 as k, count(*) as n from source group by 1;
create unique index plain_key on plain (k);
create materialized view "Odd.View" as select 1 as k, now() as refreshed_at;
create materialized view indexed as select v as k from source;
create index on indexed (k);
create unique index on indexed (k) where k > 0;
create unique index on indexed ((k + 1));
create materialized view including as select v as k from source;
create unique index including_key on including (k) include (k);
create materialized view unpopulated as select 1 as k with no data;
create materialized view empty as select 1 as k where false;
create materialized view secret as select 1 as k;
create view ordinary as select 1 as k;
grant select on all tables in schema view_lab to perfcheck;
revoke select on secret from perfcheck;
"""


@pytest.fixture(scope="module")
def lab(reference_db: Running) -> Iterator[Running]:
    with psycopg.connect(reference_db.admin_dsn, autocommit=True) as admin:
        admin.execute("drop schema if exists view_lab cascade")
        admin.execute(SETUP)
        yield reference_db
        admin.execute("drop schema view_lab cascade")


def facts_of(lab: Running, *names: str) -> ViewFacts:
    subjects = frozenset(TableName("view_lab", name) for name in names)
    return ask(MaterializedViewsProbe(subjects), lab.environment["PERFCHECK_DB_DSN"])[0]


def seen(lab: Running, name: str) -> MaterializedView:
    return facts_of(lab, name).view(TableName("view_lab", name))


def interval(lab: Running, name: str) -> tuple[datetime, datetime]:
    view = seen(lab, name)
    assert view.not_before is not None
    assert view.not_after is not None
    return view.not_before, view.not_after


def run(lab: Running, statement: str) -> None:
    with psycopg.connect(lab.admin_dsn, autocommit=True) as admin:
        admin.execute(statement)


def found(lab: Running, name: str, **declared: object) -> list[tuple[str, str]]:
    check = MaterializedViews.model_validate({"name": f'view_lab."{name}"'} | declared)
    return not_holding(judge(check, lab.environment["PERFCHECK_DB_DSN"]))


def test_a_refresh_moves_both_bounds(lab: Running) -> None:
    before, after = interval(lab, "plain")
    run(lab, "refresh materialized view view_lab.plain")
    later_before, later_after = interval(lab, "plain")
    assert later_before > before
    assert later_before == later_after > after


def test_a_concurrent_refresh_without_a_change_moves_the_upper_bound_alone(lab: Running) -> None:
    before, after = interval(lab, "plain")
    run(lab, "refresh materialized view concurrently view_lab.plain")
    later_before, later_after = interval(lab, "plain")
    assert (later_before, later_after > after) == (before, True)


def test_a_concurrent_refresh_with_a_change_moves_both_bounds(lab: Running) -> None:
    before, after = interval(lab, "plain")
    run(lab, "insert into view_lab.source values (0, 3)")
    run(lab, "refresh materialized view concurrently view_lab.plain")
    later_before, later_after = interval(lab, "plain")
    assert (later_before > before, later_after > after) == (True, True)


def test_maintenance_does_not_look_like_a_refresh(lab: Running) -> None:
    before, after = interval(lab, "plain")
    for statement in ("analyze", "vacuum freeze"):
        run(lab, f"{statement} view_lab.plain")
    assert interval(lab, "plain") == (before, after)
    run(lab, "vacuum full view_lab.plain")  # rewrites the catalog row, but not its rows' origin
    later_before, later_after = interval(lab, "plain")
    assert (later_before, later_after >= after) == (before, True)


@pytest.mark.parametrize("name", ["plain", "Odd.View"])
def test_a_fresh_view_passes(lab: Running, name: str) -> None:
    run(lab, f'refresh materialized view view_lab."{name}"')
    assert found(lab, name, refreshed_within="1h") == []


def test_an_old_view_fails(lab: Running) -> None:
    ((verdict, message),) = found(lab, "including", refreshed_within="1ms")
    assert (verdict, "view_lab.including is at least" in message) == ("breaks", True)


def test_only_a_whole_unique_index_on_columns_allows_concurrently(lab: Running) -> None:
    assert found(lab, "plain", concurrently=True) == []
    assert found(lab, "including", concurrently=True) == []
    ((verdict, message),) = found(lab, "indexed", concurrently=True)
    assert (verdict, "cannot be refreshed concurrently" in message) == ("breaks", True)


@pytest.mark.parametrize(
    ("name", "verdict", "said"),
    [
        ("unpopulated", "breaks", "every query on it fails"),
        ("empty", "undecided", "it is empty"),
        ("secret", "undecided", "its rows cannot be read"),
        ("ordinary", "breaks", "is a view"),
        ("nowhere", "breaks", "does not exist"),
    ],
)
def test_what_gives_no_evidence_is_no_pass(
    lab: Running, name: str, verdict: str, said: str
) -> None:
    findings = found(lab, name, refreshed_within="1h")
    assert (findings[0][0], said in findings[0][1]) == (verdict, True)


def test_a_locked_view_is_undecided_and_nobody_waits(lab: Running) -> None:
    with psycopg.connect(lab.admin_dsn) as locker:
        locker.execute("refresh materialized view view_lab.plain")  # not committed
        findings = found(lab, "plain", refreshed_within="1h")
        facts = facts_of(lab, "plain", "including")
        locker.rollback()
    ((verdict, message),) = findings
    assert (verdict, "it is locked" in message) == ("undecided", True)
    assert facts.view(TableName("view_lab", "including")).rows_read == 1000


def test_round_trips_do_not_grow_with_the_number_of_views(lab: Running) -> None:
    dsn = lab.environment["PERFCHECK_DB_DSN"]
    names = ["plain", "including", "empty", *(f"missing_{n}" for n in range(27))]
    thirty = frozenset(TableName("view_lab", name) for name in names)
    one = frozenset({TableName("view_lab", "plain")})
    assert ask(MaterializedViewsProbe(one), dsn)[1] == 2
    facts, trips = ask(MaterializedViewsProbe(thirty), dsn)
    assert (trips, len(facts.views)) == (2, 30)


def test_the_reference_views_can_be_refreshed_as_the_guide_says(reference_db: Running) -> None:
    for name in (
        "mv_reconciliation_summary_daily",
        "mv_job_performance",
        "mv_tenant_usage_hourly",
        "mv_match_accuracy_by_job",
    ):
        check = MaterializedViews.model_validate(
            {"name": name, "refreshed_within": "24h", "concurrently": True}
        )
        assert not_holding(judge(check, reference_db.environment["PERFCHECK_DB_DSN"])) == []
