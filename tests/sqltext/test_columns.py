import pytest
from pydantic import TypeAdapter, ValidationError

from perfcheck.sqltext.columns import (
    ColumnText,
    IndexColumn,
    TableName,
    read_column,
    read_name,
    read_table,
)

COLUMNS = [
    ("tenant_id", IndexColumn("tenant_id", "tenant_id")),
    ("Tenant_ID", IndexColumn("Tenant_ID", "tenant_id")),
    ('"Tenant ID"', IndexColumn('"Tenant ID"', "Tenant ID")),
    ("(email)", IndexColumn("(email)", "email")),
    ("a asc", IndexColumn("a asc", "a", ordering_written=True)),
    (
        "a DESC",
        IndexColumn("a DESC", "a", descending=True, nulls_first=True, ordering_written=True),
    ),
    (
        "a desc nulls last",
        IndexColumn("a desc nulls last", "a", descending=True, ordering_written=True),
    ),
    (
        "a nulls first",
        IndexColumn("a nulls first", "a", nulls_first=True, ordering_written=True),
    ),
    ("a text_pattern_ops", IndexColumn("a text_pattern_ops", "a", opclass="text_pattern_ops")),
    ("a public.ops", IndexColumn("a public.ops", "a", opclass="public.ops")),
    ('a collate "C"', IndexColumn('a collate "C"', "a", collation="C")),
    ('(a collate "C")', IndexColumn('(a collate "C")', "a", collation="C")),
]
EXPRESSIONS = [
    ("lower(email)", "lower(email)", {"email"}),
    ("((a || b)) desc", "((a || b))", {"a", "b"}),
    ("(doc->>'é)') text_pattern_ops", "(doc->>'é)')", {"doc"}),
    ('lower(x collate "C") collate "D" nulls first', 'lower(x collate "C")', {"x"}),
]
NOT_COLUMNS = [
    ("", "not an index column"),
    (3, "not an index column"),
    ("a, b", "give each its own entry"),
    ("a) where (b", "give each its own entry"),
    ("a) include (b", "give each its own entry"),
    ("a); drop table b; --", "not one index column|syntax error"),
    ("a b c", "syntax error"),
    ("a gist_trgm_ops(siglen=32)", "parameters of an operator class"),
    ("current_date", "not an expression in brackets"),
    ("((select 1))", "sub-select"),
    ("lower(jobs.name)", "together with its table"),
    ("a" * 2000, "too long"),
]


def bare(column: IndexColumn) -> tuple[object, ...]:
    return (
        column.name,
        column.collation,
        column.opclass,
        column.descending,
        column.nulls_first,
        column.ordering_written,
    )


@pytest.mark.parametrize(("text", "column"), COLUMNS)
def test_a_column_is_read_as_the_server_reads_it(text: str, column: IndexColumn) -> None:
    read = read_column(text)
    assert bare(read) == bare(column)
    assert read.mentions == {column.name}
    assert str(read) == text


@pytest.mark.parametrize(("text", "expression", "mentions"), EXPRESSIONS)
def test_an_expression_ends_where_its_bracket_closes(
    text: str, expression: str, mentions: set[str]
) -> None:
    read = read_column(text)
    assert read.name is None
    assert read.expression == expression
    assert read.mentions == mentions


@pytest.mark.parametrize(("text", "why"), NOT_COLUMNS)
def test_what_is_no_index_column_is_refused(text: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_column(text)


def test_a_wrong_column_is_a_validation_error_with_its_sentence() -> None:
    with pytest.raises(ValidationError, match="'a, b' is not one index column"):
        TypeAdapter(ColumnText).validate_python("a, b")


@pytest.mark.parametrize(
    ("text", "schema", "name"),
    [
        ("jobs", "public", "jobs"),
        ("Sales.Jobs", "sales", "jobs"),
        ('"a.b"."C d"', "a.b", "C d"),
    ],
)
def test_a_table_has_a_schema(text: str, schema: str, name: str) -> None:
    assert read_table(text) == TableName(schema, name)


@pytest.mark.parametrize(
    "text", ["", "a b", "a, b", "a.b.c", "(select 1)", "only a", "a*", "a; drop table b", "f(1)", 3]
)
def test_what_is_no_table_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is not a table"):
        read_table(text)


def test_a_name_is_folded_unless_quoted() -> None:
    assert read_name("Idx_Jobs") == "idx_jobs"
    assert read_name('"Idx Jobs"') == "Idx Jobs"


@pytest.mark.parametrize("text", ["a b", "a desc", "lower(a)", '"a" collate "C"', "a, b", ""])
def test_what_is_more_than_a_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="name"):
        read_name(text)


def test_a_table_is_printed_as_people_write_it_and_sent_in_quotes() -> None:
    assert str(read_table("jobs")) == "jobs"
    assert str(read_table("sales.jobs")) == "sales.jobs"
    assert TableName("public", 'a"b').sql == '"public"."a""b"'
    assert read_table(TableName("order", "User").sql) == TableName("order", "User")
