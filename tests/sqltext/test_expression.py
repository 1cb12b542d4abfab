import pytest
from hypothesis import given
from hypothesis import strategies as st
from postgast import nodes

from perfcheck.sqltext.expression import MAX_CHARACTERS, read_expression
from perfcheck.sqltext.parse import read

REFUSED = [
    ("k > 0) from pg_sleep(9) --", "syntax error"),
    ("k > 0), (n", "syntax error"),
    ("a) and (b", "syntax error"),
    ("k > 0) -- ", "syntax error"),
    ("k > 0 /*", "unterminated"),
    ("k > 0; drop table f", "2 statements"),
    ("k, n", "several expressions"),
    ("(k, n)", "several expressions"),
    ("k from t", "syntax error"),
    ("(select 1) = 1", "sub-select"),
    ("json_array(select 1) is null", "sub-select"),
    ("row_number() over () = 1", "window function"),
    ("count(*) > 1", "aggregate"),
    ("k = $1", "parameter"),
    ("jobs.k = 1", "together with its table"),
    ("pg_sleep(9) is null", "pg_sleep"),
    ("k as x", "syntax error"),
    ("k > 0\0", "NUL"),
    ("", "syntax error"),
    ("k" + " + k" * 5000, f"{MAX_CHARACTERS} are allowed"),
    ("k" + " + k" * 1500, "too deeply"),
]


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_what_is_not_one_plain_expression_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_expression(text)


def test_it_names_columns_schemas_and_collations() -> None:
    text = """ "Odd" = sales.f(k)::sales.t and code collate "C" operator(other.=) lower(NAME) """
    expression = read_expression(text)
    assert expression.text == text
    assert expression.columns == {"Odd", "k", "code", "name"}
    assert expression.schemas == {"sales", "other"}
    assert expression.collations == {"C"}


@pytest.mark.parametrize("text", ["k > 0 -- a comment", "k between 1 and 2", "(k > 0) or (n > 0)"])
def test_an_expression_keeps_its_text(text: str) -> None:
    assert read_expression(text).text == text


@given(st.text(alphabet="ab()'\"-/*;,. $1=<>\n", max_size=20))
def test_an_accepted_text_stays_inside_of_its_brackets(text: str) -> None:
    try:
        read_expression(text)
    except ValueError:
        return
    tree = read(f"select row(({text}\n)), 2 where ({text}\n) is not true")
    assert len(tree.stmts) == 1
    select = tree.stmts[0].stmt
    assert len(select.target_list) == 2
    assert isinstance(select.where_clause, nodes.BooleanTest)
    assert not select.from_clause
