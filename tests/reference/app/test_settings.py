from uuid import UUID

import pytest

from perfcheck.reference.app.settings import from_environment

TENANT = "00000000-0000-0000-0000-000000000001"
SECRET = "hunter2"


def test_the_variables_are_read() -> None:
    settings = from_environment(
        {
            "REFERENCE_DB_DSN": "host=127.0.0.1",
            "REFERENCE_REDIS_URL": "redis://127.0.0.1:1",
            "REFERENCE_TOKENS": f'{{"t": "{TENANT}"}}',
            "REFERENCE_LOG_FILE": "app.log",
        }
    )
    assert settings.db_dsn == "host=127.0.0.1"
    assert settings.redis_url == "redis://127.0.0.1:1"
    assert settings.tokens == {"t": UUID(TENANT)}
    assert settings.log_file == "app.log"


def test_only_the_dsn_is_required() -> None:
    settings = from_environment({"REFERENCE_DB_DSN": "host=127.0.0.1"})
    assert (settings.redis_url, settings.tokens, settings.log_file) == ("", {}, "")


def test_a_missing_dsn_is_named() -> None:
    with pytest.raises(ValueError, match="REFERENCE_DB_DSN"):
        from_environment({})


@pytest.mark.parametrize("tokens", [f"{SECRET}", f'["{SECRET}"]', f'{{"{SECRET}": "x"}}', "1"])
def test_malformed_tokens_are_refused_without_being_repeated(tokens: str) -> None:
    with pytest.raises(ValueError, match="REFERENCE_TOKENS") as error:
        from_environment({"REFERENCE_DB_DSN": "x", "REFERENCE_TOKENS": tokens})
    assert SECRET not in repr(error.value)
    assert error.value.__suppress_context__


def test_secrets_are_not_in_the_repr() -> None:
    environment = {
        "REFERENCE_DB_DSN": f"password={SECRET}",
        "REFERENCE_REDIS_URL": f"redis://:{SECRET}@127.0.0.1",
        "REFERENCE_TOKENS": f'{{"{SECRET}": "{TENANT}"}}',
    }
    assert SECRET not in repr(from_environment(environment))


def test_telemetry_is_quiet_unless_it_is_asked_for() -> None:
    settings = from_environment({"REFERENCE_DB_DSN": "x"})
    assert (settings.log_sample_ratio, settings.otlp_endpoint) == (0.1, "")
    assert not settings.allows_debugging


@pytest.mark.parametrize(("text", "ratio"), [("", 0.1), ("0", 0), ("0.25", 0.25), ("1", 1)])
def test_the_share_of_logged_traces_is_read(text: str, ratio: float) -> None:
    environment = {"REFERENCE_DB_DSN": "x", "REFERENCE_LOG_SAMPLE": text}
    assert from_environment(environment).log_sample_ratio == ratio


@pytest.mark.parametrize("text", ["x", "10%", "-0.1", "1.1", "nan"])
def test_a_share_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="REFERENCE_LOG_SAMPLE"):
        from_environment({"REFERENCE_DB_DSN": "x", "REFERENCE_LOG_SAMPLE": text})
