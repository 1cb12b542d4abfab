from typing import Any

import pytest

from perfcheck.errors import ProbeError
from perfcheck.probes.database.index_facts import (
    Form,
    Implication,
    LiveColumn,
    LiveTable,
)
from perfcheck.sqltext.columns import TableName
from tests.checks.database.index_cases import NEWEST, index, judge, key, outcome, stored, table

TENANT = key("tenant_id")
SOUND = index(TENANT, NEWEST)
LOWER = key(None, expression="lower(email)", collation="pg_catalog.default")
FORMS = (
    Form(text="status = 'a'", form="f1", unreadable=None),
    Form(text="(status = 'a'::text)", form="f1", unreadable=None),
    Form(text="(status IS NOT NULL)", form="f2", unreadable=None),
    Form(text="lower(email)", form="f3", unreadable=None),
    Form(text="hidden.f(email)", form=None, unreadable="no USAGE on schema hidden"),
)
WHERE = {"where": "status = 'a'"}
WIDER = index(TENANT, NEWEST, predicate="(status IS NOT NULL)")


def proved(answer: Any) -> tuple[Implication, ...]:
    pair = {"premise": "status = 'a'", "conclusion": "(status IS NOT NULL)"}
    return (Implication(**pair, answer=answer),)


CASES = {
    "as declared": (table(SOUND), {}, "pass"),
    "as declared, exact": (table(SOUND), {"match": "exact"}, "pass"),
    "no such table": (table(relkind=None, columns=()), {}, "fail"),
    "a view": (table(relkind="v"), {}, "fail"),
    "no index": (table(), {}, "fail"),
    "no such column": (table(SOUND), {"columns": ["nope"]}, "fail"),
    "locked table": (table(SOUND, locked=True), {}, "unverified"),
    "locked index": (table(index(TENANT, NEWEST, locked=True)), {}, "unverified"),
    "not valid": (table(index(TENANT, NEWEST, valid=False)), {}, "fail"),
    "not ready": (table(index(TENANT, NEWEST, ready=False)), {}, "fail"),
    "being dropped": (table(index(TENANT, NEWEST, live=False)), {}, "fail"),
    "being built": (table(index(TENANT, NEWEST, valid=False, building=True)), {}, "unverified"),
    "perhaps being built": (
        table(index(TENANT, NEWEST, valid=False, building=None)),
        {},
        "unverified",
    ),
    "valid while others build unseen": (
        table(index(TENANT, NEWEST, building=None), building=None),
        {},
        "pass",
    ),
    "missing while one is built": (table(building=True), {}, "unverified"),
    "missing while one may be built": (table(building=None), {}, "unverified"),
    "keys in another order": (table(index(NEWEST, TENANT)), {}, "fail"),
    "half of the direction": (table(index(TENANT, key("created_at"))), {}, "fail"),
    "nulls last": (table(index(TENANT, key("created_at", descending=True))), {}, "fail"),
    "all of the direction turned": (
        table(
            index(key("tenant_id", descending=True, nulls_first=True), key("created_at")),
        ),
        {},
        "pass",
    ),
    "all of the direction turned, exact": (
        table(index(key("tenant_id", descending=True, nulls_first=True), key("created_at"))),
        {"match": "exact"},
        "fail",
    ),
    "a longer index": (table(index(TENANT, NEWEST, key("status"))), {}, "pass"),
    "a longer index, exact": (
        table(index(TENANT, NEWEST, key("status"))),
        {"match": "exact"},
        "fail",
    ),
    "a shorter index": (table(index(TENANT)), {}, "fail"),
    "another name": (table(index(TENANT, NEWEST, name="other")), {}, "pass"),
    "another name, equivalent": (
        table(index(TENANT, NEWEST, name="other")),
        {"match": "equivalent"},
        "pass",
    ),
    "another name, exact": (
        table(index(TENANT, NEWEST, name="other")),
        {"match": "exact"},
        "fail",
    ),
    "another serves beside the broken one": (
        table(index(TENANT, NEWEST, valid=False), index(TENANT, NEWEST, name="other")),
        {},
        "pass",
    ),
    "another method": (table(index(TENANT, NEWEST, method="brin")), {}, "fail"),
    "included column missing": (table(SOUND), {"include": ["status"]}, "fail"),
    "included column there": (
        table(index(TENANT, NEWEST, include=("status", "email"))),
        {"include": ["status"]},
        "pass",
    ),
    "included column is a key": (
        table(index(TENANT, NEWEST, key("status"))),
        {"include": ["status"]},
        "pass",
    ),
    "more included, exact": (
        table(index(TENANT, NEWEST, include=("status", "email"))),
        {"include": ["status"], "match": "exact"},
        "fail",
    ),
    "unique is missing": (table(SOUND), {"unique": True}, "fail"),
    "unique, but late": (
        table(index(TENANT, NEWEST, unique=True, immediate=False)),
        {"unique": True},
        "fail",
    ),
    "unique unasked and late": (
        table(index(TENANT, NEWEST, unique=True, immediate=False)),
        {},
        "pass",
    ),
    "unique over more": (
        table(index(TENANT, NEWEST, key("status"), unique=True)),
        {"unique": True},
        "fail",
    ),
    "unique unasked": (table(index(TENANT, NEWEST, unique=True)), {}, "pass"),
    "unique unasked, exact": (
        table(index(TENANT, NEWEST, unique=True)),
        {"match": "exact"},
        "fail",
    ),
    "partial unasked": (table(WIDER, forms=FORMS), {}, "fail"),
    "all rows instead of some": (table(SOUND, forms=FORMS), WHERE, "pass"),
    "all rows instead of some, exact": (
        table(SOUND, forms=FORMS),
        {**WHERE, "match": "exact"},
        "fail",
    ),
    "same predicate in other words": (
        table(index(TENANT, NEWEST, predicate="(status = 'a'::text)"), forms=FORMS),
        {**WHERE, "match": "exact"},
        "pass",
    ),
    "wider predicate": (
        table(WIDER, forms=FORMS, implications=proved("proven")),
        WHERE,
        "pass",
    ),
    "wider predicate, equivalent": (
        table(
            WIDER,
            forms=FORMS,
            implications=(
                *proved("proven"),
                Implication(
                    premise="(status IS NOT NULL)", conclusion="status = 'a'", answer="not proven"
                ),
            ),
        ),
        {**WHERE, "match": "equivalent"},
        "fail",
    ),
    "predicate not proven": (
        table(WIDER, forms=FORMS, implications=proved("not proven")),
        WHERE,
        "fail",
    ),
    "prover not trusted": (
        table(WIDER, forms=FORMS, implications=proved("unknown")),
        WHERE,
        "unverified",
    ),
    "no row satisfies the predicate": (
        table(WIDER, forms=FORMS, implications=proved("contradictory")),
        WHERE,
        "unverified",
    ),
    "prover not asked": (table(WIDER, forms=FORMS), WHERE, "unverified"),
    "predicate not compared": (table(WIDER), WHERE, "unverified"),
    "predicate not read": (
        table(index(TENANT, NEWEST, partial=True, predicate=None), forms=FORMS),
        WHERE,
        "unverified",
    ),
    "expression": (table(index(LOWER), forms=FORMS), {"columns": ["lower(email)"]}, "pass"),
    "expression in a hidden schema": (
        table(index(key(None, expression="hidden.f(email)")), forms=FORMS),
        {"columns": ["lower(email)"]},
        "unverified",
    ),
    "column instead of expression": (
        table(index(key("email")), forms=FORMS),
        {"columns": ["lower(email)"]},
        "fail",
    ),
    "operator class missing": (
        table(index(key("email", opclass="pg_catalog.text_ops"))),
        {"columns": ["email text_pattern_ops"]},
        "fail",
    ),
    "operator class unasked": (
        table(
            index(key("email", opclass="pg_catalog.text_pattern_ops", opclass_default=False)),
        ),
        {"columns": ["email"]},
        "fail",
    ),
    "operator class of an unknown type": (
        table(index(key("email", opclass_default=None))),
        {"columns": ["email"]},
        "unverified",
    ),
    "operator class there": (
        table(
            index(
                key(
                    "email",
                    opclass="pg_catalog.text_pattern_ops",
                    opclass_default=False,
                    collation="pg_catalog.default",
                )
            ),
        ),
        {"columns": ["email text_pattern_ops"]},
        "pass",
    ),
    "collation of the column": (
        table(index(key("code", collation="pg_catalog.C"))),
        {"columns": ["code"]},
        "pass",
    ),
    "another collation": (
        table(index(key("email", collation="pg_catalog.C"))),
        {"columns": ["email"]},
        "fail",
    ),
    "declared collation": (
        table(index(key("email", collation="pg_catalog.C"))),
        {"columns": ['email collate "C"']},
        "pass",
    ),
    "gin key in any place": (
        table(index(key("status"), key("email"), method="gin")),
        {"columns": ["email"], "using": "gin"},
        "pass",
    ),
    "gin key in any place, exact": (
        table(index(key("status"), key("email"), method="gin")),
        {"columns": ["email"], "using": "gin", "match": "exact"},
        "fail",
    ),
    "a leaf without index": (
        table(index(TENANT, NEWEST, missing_leaves=(TableName("public", "jobs_2"),)), relkind="p"),
        {},
        "fail",
    ),
    "every leaf with index": (
        table(
            index(TENANT, NEWEST, valid=False),
            relkind="p",
            storage=(stored(0),),
        ),
        {},
        "pass",
    ),
    "an unattached parent index without any leaf": (
        table(index(TENANT, NEWEST, valid=False), relkind="p"),
        {},
        "fail",
    ),
}


@pytest.mark.parametrize(("live", "fields", "expected"), CASES.values(), ids=CASES.keys())
def test_an_index_is_judged(live: LiveTable, fields: dict[str, Any], expected: str) -> None:
    findings = judge(live, **fields)
    assert outcome(findings) == expected, findings


def test_the_last_analyze_is_judged_beside_the_index() -> None:
    live = table(SOUND, storage=(stored(8),))
    assert outcome(judge(live, analyzed_within="9d")) == "pass"
    assert outcome(judge(live, analyzed_within="7d")) == "fail"
    assert outcome(judge(live, analyzed_within="9d", moment={"in_recovery": True})) == "unverified"


def test_the_finding_names_the_index_that_serves_and_the_rule() -> None:
    (finding,) = judge(table(index(TENANT, NEWEST, key("status"), name="longer")))
    assert finding.message == (
        "idx_jobs on jobs is served by longer: it begins with the declared key columns"
    )
    assert finding.observed == "longer btree (tenant_id, created_at DESC, status)"


@pytest.mark.parametrize(("foreign", "expected"), [("id", "fail"), ("valid_id", "unverified")])
def test_operators_of_an_extension_are_suspected_where_its_column_is_used(
    foreign: str, expected: str
) -> None:
    declared, live = "(valid_id = 1)", "(valid_id = 2)"
    forms = tuple(Form(text=text, form=text, unreadable=None) for text in (declared, live))
    columns = tuple(
        LiveColumn(name=name, collation=None, extension_type=name == foreign)
        for name in ("valid_id", "id")
    )
    found = table(index(key(None, expression=live)), forms=forms, columns=columns)
    assert outcome(judge(found, columns=[declared])) == expected


def test_missing_leaves_are_named() -> None:
    leaves = tuple(TableName("public", f"jobs_{number}") for number in range(7))
    (finding,) = judge(table(index(TENANT, NEWEST, missing_leaves=leaves), relkind="p"))
    assert "on jobs_0, jobs_1" in finding.message
    assert "and 2 more" in finding.message


def test_a_grant_that_is_missing_is_named() -> None:
    live = table(index(key(None, expression="hidden.f(email)")), forms=FORMS)
    (finding,) = judge(live, columns=["lower(email)"])
    assert finding.needs == "grant usage on schema hidden"


def test_an_answer_about_another_table_decides_nothing() -> None:
    with pytest.raises(ProbeError, match="says nothing about"):
        judge(table(SOUND).model_copy(update={"name": TableName("public", "other")}))
