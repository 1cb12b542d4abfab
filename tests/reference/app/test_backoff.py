from perfcheck.reference.app.backoff import Backoff


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_pause_doubles_up_to_half_a_minute() -> None:
    clock = Clock()
    backoff = Backoff(clock=clock)
    pauses = []
    for _ in range(7):
        backoff.record_failure()
        failed_at = clock.now
        while not backoff.is_due:
            clock.now += 0.5
        pauses.append(clock.now - failed_at)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_a_success_ends_the_pause() -> None:
    backoff = Backoff(clock=Clock())
    backoff.record_failure()
    assert (backoff.is_active, backoff.is_due) == (True, False)
    backoff.record_success()
    assert (backoff.is_active, backoff.is_due) == (False, True)


def test_many_failures_do_not_overflow() -> None:
    backoff = Backoff(clock=Clock())
    for _ in range(5000):
        backoff.record_failure()
    assert backoff.is_active
