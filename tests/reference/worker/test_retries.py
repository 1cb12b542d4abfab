from datetime import UTC, datetime, timedelta

import pytest

from perfcheck.reference.worker.retries import (
    MAX_ATTEMPTS,
    Attempt,
    Settlement,
    pause_after,
    settle,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def longest() -> float:
    return 1.0


@pytest.mark.parametrize(
    ("attempt", "attempts_before", "wanted"),
    [
        pytest.param(Attempt(), 0, Settlement("delivered", 1, delivered_at=NOW), id="taken"),
        pytest.param(
            Attempt(), MAX_ATTEMPTS - 1, Settlement("delivered", 8, delivered_at=NOW), id="at last"
        ),
        pytest.param(
            Attempt("HTTP 503"),
            0,
            Settlement("failed", 1, NOW + timedelta(seconds=5), "HTTP 503"),
            id="refused once",
        ),
        pytest.param(
            Attempt("HTTP 503"),
            2,
            Settlement("failed", 3, NOW + timedelta(seconds=20), "HTTP 503"),
            id="refused three times",
        ),
        pytest.param(
            Attempt("HTTP 503"),
            MAX_ATTEMPTS - 1,
            Settlement("dead", MAX_ATTEMPTS, None, "HTTP 503"),
            id="refused too often",
        ),
        pytest.param(
            Attempt("refused", is_final=True), 0, Settlement("dead", 1, None, "refused"), id="final"
        ),
    ],
)
def test_an_attempt_is_settled(attempt: Attempt, attempts_before: int, wanted: Settlement) -> None:
    assert settle(attempt, attempts_before, NOW, longest) == wanted


def test_chance_takes_up_to_half_of_a_pause() -> None:
    assert pause_after(1, lambda: 0.0) == timedelta(seconds=2.5)
    assert pause_after(1, lambda: 1.0) == timedelta(seconds=5)


def test_no_pause_is_longer_than_ten_minutes() -> None:
    assert pause_after(50, longest) == timedelta(minutes=10)
