"""The queries that speak of the server ask for it in the same words; names are kept apart."""

import asyncio
import re
from typing import TYPE_CHECKING, Any, cast

import pytest

from perfcheck.data import bundled
from perfcheck.errors import ProbeError
from perfcheck.probes.database.asking import by_name, explain, probe_sql
from perfcheck.sqltext.columns import TableName

if TYPE_CHECKING:
    from perfcheck.targets.postgres import PostgresSession

QUERIES = sorted(bundled("sql", "probes").glob("*.sql"))


def part_of(sql: str, name: str) -> str | None:
    found = re.search(rf"^{name} as materialized \(\n.*?^\)", sql, re.DOTALL | re.MULTILINE)
    return None if found is None else found[0]


@pytest.mark.parametrize("part", ["server", "locked", "builds"])
def test_queries_ask_for_the_same_in_the_same_words(part: str) -> None:
    parts = [part_of(probe_sql(query.name), part) for query in QUERIES]
    assert len([p for p in parts if p]) >= 2
    assert len({p for p in parts if p}) == 1


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_is_one_statement_of_qualified_names(query: Any) -> None:
    sql = re.sub(r"--.*|'[^']*'", "", query.read_text("utf-8"))
    assert sql.count(";") == 1
    assert sql.rstrip().endswith(";")
    called = set(re.findall(r"(?<![\w.])(\w+)\(", sql))
    syntax = {"coalesce", "greatest", "w", "k", "u"}
    syntax |= {"tree", "table_tree", "index_tree", "family", "based"}
    assert called <= syntax, called - syntax
    assert re.findall(r"\*", sql) == []


def test_relations_are_named_in_pairs() -> None:
    named = by_name({TableName("b", "x.y"), TableName("a", "z"), TableName("b.x", "y")})
    assert named == {"schemas": ["a", "b", "b.x"], "names": ["z", "x.y", "y"]}


@pytest.mark.parametrize("rows", [[], [{}], [{"QUERY PLAN": []}], [{"QUERY PLAN": [{"Plan": 1}]}]])
def test_a_plan_of_another_shape_is_an_error(rows: list[dict[str, Any]]) -> None:
    class Session:
        async def fetch(self, statement: str) -> list[dict[str, Any]]:
            assert statement.startswith("explain (")
            return rows

    with pytest.raises(ProbeError, match="another shape"):
        asyncio.run(explain(cast("PostgresSession", Session()), "select 1"))
