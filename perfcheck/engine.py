"""The line: plan, gather, evaluate."""

from perfcheck import __version__
from perfcheck.clock import Clock
from perfcheck.evaluate import evaluate
from perfcheck.facts import Gathered
from perfcheck.gather import Observer, gather
from perfcheck.model import Report
from perfcheck.plan import Plan


async def run(plan: Plan, *, clock: Clock, observer: Observer) -> tuple[Report, Gathered]:
    """Ask the targets of a plan; return the report and the facts that it stands on."""
    gathered = await gather(plan, clock=clock, observer=observer)
    return judge(plan, gathered), gathered


def judge(plan: Plan, gathered: Gathered) -> Report:
    """Return the report of facts that were gathered before: offline, the same report."""
    return evaluate(plan, gathered, version=__version__)
