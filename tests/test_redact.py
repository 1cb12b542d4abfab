"""Secrets are replaced in every spelling in which they may come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcheck.redact import HIDDEN, Redactor
from perfcheck.spec.secrets import secrets_of
from perfcheck.spec.targets import GrafanaTarget, HttpTarget, PostgresTarget, RedisTarget, Target


@pytest.mark.parametrize(
    ("target", "secrets"),
    [
        (
            PostgresTarget(kind="postgres", dsn="postgresql://u:p%40ss@h/db"),
            {"p%40ss", "p@ss", "postgresql://u:p%40ss@h/db"},
        ),
        (PostgresTarget(kind="postgres", dsn=r"host=h password='a\'b c'"), {"a'b c"}),
        (PostgresTarget(kind="postgres", dsn="host=h password=plain"), {"plain"}),
        (PostgresTarget(kind="postgres", dsn="postgresql://h/db?password=q"), {"q"}),
        (RedisTarget(kind="redis", url="redis://:word@h"), {"word"}),
        (
            HttpTarget(kind="http", url="http://u:pw1234@h", headers={"Authorization": "Bearer t"}),
            {"pw1234", "Bearer t"},
        ),
        (GrafanaTarget(kind="grafana", url="http://u:word@h", token="glsa"), {"word", "glsa"}),
    ],
    ids=["url", "quoted", "plain", "query", "redis", "http", "grafana"],
)
def test_the_passwords_of_a_target_are_found(target: Target, secrets: set[str]):
    assert secrets <= secrets_of((), [target])


def test_a_header_that_is_no_credential_is_no_secret():
    headers = {"Accept": "application/json", "X-Api-Key": "k3y"}
    found = secrets_of((), [HttpTarget(kind="http", url="http://h", headers=headers)])
    assert found == {"k3y"}


def test_the_repr_of_a_target_shows_no_secret():
    target = HttpTarget(kind="http", url="http://u:pw@h", headers={"Authorization": "Bearer t"})
    assert "pw" not in repr(target)
    assert "Bearer" not in repr(target)


@pytest.mark.parametrize(
    ("secret", "text", "hidden"),
    [
        ("hunter2", "said hunter2, twice hunter2", "said ***, twice ***"),
        ("a/b c", "GET /?t=a%2Fb%20c", "GET /?t=***"),
        ("7", "7 of 70 rows", "*** of 70 rows"),
        ("ab", "ab cab ab", "*** cab ***"),
    ],
)
def test_a_secret_is_replaced(secret: str, text: str, hidden: str):
    assert Redactor([secret]).text(text) == hidden


def test_the_longer_of_two_secrets_is_replaced_whole():
    assert Redactor(["hunter", "hunter2"]).text("hunter2") == HIDDEN


@given(
    st.lists(st.text(st.characters(exclude_characters="*"), min_size=4, max_size=12), max_size=4),
    st.text(),
    st.text(),
)
def test_no_secret_is_left_whatever_it_holds(secrets: list[str], before: str, after: str):
    redactor = Redactor(secrets)
    for secret in secrets:
        assert secret not in redactor.text(before + secret + after)
