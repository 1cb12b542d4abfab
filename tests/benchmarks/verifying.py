"""Verifying the sections that have checks, on the warm reference service."""

import asyncio
from functools import partial

from perfcheck.checks import sections
from perfcheck.clock import SystemClock
from perfcheck.data import bundled
from perfcheck.engine import run
from perfcheck.gather import Unwatched
from perfcheck.plan import Plan, make_plan
from perfcheck.reference.service import running
from perfcheck.spec.load import Asked, load_spec
from tests.benchmarks.measure import Row, medians


def _verify(plan: Plan) -> None:
    report, _ = asyncio.run(run(plan, clock=SystemClock(), observer=Unwatched()))
    wrong = [r.requirement for r in report.results if r.outcome not in ("pass", "skipped")]
    if wrong:
        raise SystemExit(f"not everything holds: {', '.join(wrong)}")


def rows() -> list[Row]:
    """Measure each section alone and all of them together, in turns."""
    with running(scale=1.0) as service:
        asked = Asked(profile="demo", environ=service.environment)
        spec = load_spec(bundled("specs", "reconciliation"), asked)
        plans = {name: make_plan(spec, only=(name,)) for name in sections()}
        everything = make_plan(spec, only=tuple(sections()))
        plans["all of them"] = everything
        sides = {name: partial(_verify, plan) for name, plan in plans.items()}
        _verify(everything)  # warm
        found = medians(sides, rounds=5)
    whole = found["all of them"]
    return [
        Row(f"verify {name}", taken, taken / whole, "all of them", "2 s" if taken == whole else "")
        for name, taken in found.items()
    ]
