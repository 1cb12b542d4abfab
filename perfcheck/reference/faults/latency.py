"""Faults of latency: an endpoint that is slow for all, for some or for few requests."""

from collections.abc import Iterator
from dataclasses import dataclass

from perfcheck.reference.faults.base import Fault


@dataclass(frozen=True)
class _Target:
    """A requirement of the spec; the percentiles in milliseconds."""

    requirement: str
    request: str  # without a query: other sections ask with one, and must not be slowed down
    p50_ms: int
    p95_ms: int
    p99_ms: int


_TARGETS = (
    _Target("create-job", "POST /api/v1/jobs", 50, 200, 500),
    _Target("list-jobs", "GET /api/v1/jobs", 30, 100, 200),
    _Target("get-job", "GET /api/v1/jobs/[^/?]+", 20, 50, 100),
    _Target("summary", r"GET /api/v1/reconciliations/[^/?]+/summary", 10, 50, 100),
)


def _fault(target: _Target, percentile: str, who: str, *, delay_ms: int, every: int) -> Fault:
    return Fault(
        name=f"latency-{target.requirement}-{percentile}",
        shows=f"{who} waits {delay_ms} ms for {target.requirement}.",
        breaks=(f"latency/{target.requirement}",),
        switches={"latency": {"request": target.request, "delay_ms": delay_ms, "every": every}},
    )


def _of_target(target: _Target) -> Iterator[Fault]:
    """Yield faults whose delay lies above one percentile's target and below the next one's."""
    between = (target.p50_ms + target.p95_ms) // 2
    yield _fault(target, "p50", "Every request", delay_ms=between, every=1)
    # A twelfth is more than 5 % and less than half; a 33rd more than 1 % and less than 5 %.
    between = (target.p95_ms + target.p99_ms) // 2
    yield _fault(target, "p95", "Each twelfth request", delay_ms=between, every=12)
    yield _fault(target, "p99", "Each 33rd request", delay_ms=2 * target.p99_ms, every=33)


FAULTS = tuple(fault for target in _TARGETS for fault in _of_target(target))
