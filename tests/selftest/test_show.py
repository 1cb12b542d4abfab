import asyncio
import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from perfcheck.clock import SystemClock
from perfcheck.reference.faults.base import Fault
from perfcheck.reference.messages import Order
from perfcheck.reference.service import Service, serving
from perfcheck.selftest.model import Judgement, Verdict
from perfcheck.selftest.show import NotGoodError, Work, show_all
from perfcheck.selftest.stage import shipped_folder, spec_of

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("servers_installed")]

SQL = Fault(
    "index-dropped",
    "An index is missing.",
    breaks=("indexes/idx_jobs_rules_gin",),
    sql="drop index idx_jobs_rules_gin",
)
SPEC_FILE = Fault(
    "views-must-be-younger",
    "The guide asks for more than the service does.",
    breaks=("materialized_views/mv_job_performance",),
    files={
        "database.yaml": (shipped_folder() / "database.yaml")
        .read_text("utf-8")
        .replace("mv_job_performance, ", "mv_no_performance, id: mv_job_performance, ")
    },
)
OPEN = Fault(
    "slow",
    "Job lists are slow.",
    breaks=("latency/list-jobs",),
    sql="create table slow (n integer)",
)


def compression(**switches: object) -> Fault:
    return Fault(
        "gzip-too-weak",
        "gzip compresses at level 1.",
        breaks=("compression/gzip",),
        switches={"compression": switches},
    )


@pytest.fixture(scope="module")
def servers() -> Iterator[Service]:
    with serving(Order(os.getpid(), 0.01, app=False, app_environment={}), lambda _: None) as made:
        yield made


def shown(servers: Service, *faults: Fault, jobs: int = 1) -> dict[str, Judgement]:
    """Show faults, and check that no copy of the database is left behind."""
    told: list[Judgement] = []
    work = Work(faults, spec_of(shipped_folder(), {}), jobs, SystemClock(), told.append)
    judgements = asyncio.run(show_all(servers, work))
    assert sorted(j.fault for j in told) == sorted(j.fault for j in judgements)
    assert databases(servers) == ["postgres", "reconciliation", "template0", "template1"]
    return {judgement.fault: judgement for judgement in judgements}


def databases(servers: Service) -> list[Any]:
    with psycopg.connect(servers.running.admin_dsn) as admin:
        return [row[0] for row in admin.execute("select datname from pg_database order by 1")]


def test_faults_of_the_database_of_the_application_and_of_files_are_caught(servers: Service):
    found = shown(servers, SQL, compression(gzip_level=1), SPEC_FILE, OPEN, jobs=2)
    assert {name: judgement.verdict for name, judgement in found.items()} == {
        SQL.name: Verdict.CAUGHT,
        "gzip-too-weak": Verdict.CAUGHT,
        SPEC_FILE.name: Verdict.CAUGHT,
        OPEN.name: Verdict.OPEN,
    }, found


def test_a_fault_that_does_more_or_other_than_it_declares_is_found_out(servers: Service):
    wide = Fault("wide", "Two are missing.", SQL.breaks, sql="drop index idx_jobs_rules_gin, "
                 "idx_reports_summary_gin")  # fmt: skip
    idle = Fault("idle", "Nothing is wrong.", SQL.breaks, sql="select 1")
    found = shown(servers, wide, idle)
    assert found["wide"].verdict is Verdict.COLLATERAL
    assert [t.requirement for t in found["wide"].collateral] == ["indexes/idx_reports_summary_gin"]
    assert found["idle"].verdict is Verdict.MISSED


def test_what_cannot_be_shown_is_an_error_and_ends_nothing(servers: Service):
    refused = Fault("refused", "It is no SQL.", SQL.breaks, sql="break everything")
    unknown = Fault("unknown", "It names nothing.", ("indexes/none",), sql="select 1")
    no_switch = compression(no_such_switch=True)
    found = shown(servers, refused, unknown, no_switch, SQL)
    assert "syntax error" in (found["refused"].error or "")
    assert "no requirement indexes/none" in (found["unknown"].error or "")
    assert "no_such_switch" in (found[no_switch.name].error or "")
    assert found[SQL.name].verdict is Verdict.CAUGHT


def test_nothing_is_shown_on_a_service_that_is_not_good(servers: Service):
    with psycopg.connect(servers.running.admin_dsn, autocommit=True) as admin:
        admin.execute("alter index idx_jobs_list_covering rename to idx_elsewhere")
    try:
        with pytest.raises(NotGoodError, match="indexes/idx_jobs_list_covering is fail"):
            shown(servers, SQL)
        assert databases(servers) == ["postgres", "reconciliation", "template0", "template1"]
    finally:
        with psycopg.connect(servers.running.admin_dsn, autocommit=True) as admin:
            admin.execute("alter index idx_elsewhere rename to idx_jobs_list_covering")
