"""Show faults, several side by side, each on a service of its own."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from perfcheck.clock import Clock
from perfcheck.errors import PerfcheckError
from perfcheck.model import Outcome
from perfcheck.reference.copies import Databases
from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.faults.base import Fault
from perfcheck.reference.service import Service
from perfcheck.selftest.judge import declared, failed, judge
from perfcheck.selftest.model import Judgement
from perfcheck.selftest.stage import Stage, stage
from perfcheck.spec.model import Spec

# Copying, breaking, starting, verifying and dropping take about two seconds together.
_FAULT_DEADLINE_S = 180.0
MAX_STAGES = 7  # each takes two of the cache server's sixteen databases


class NotGoodError(PerfcheckError):
    """The service does not pass without a fault, so a fault would show nothing."""


@dataclass(frozen=True)
class Work:
    """What is shown, by how many stages, and who hears of each judgement."""

    faults: Sequence[Fault]
    spec: Spec  # the shipped one: a fault may name no other requirement
    jobs: int
    clock: Clock
    judged: Callable[[Judgement], None]


async def show_all(service: Service, work: Work) -> tuple[Judgement, ...]:
    """Return the judgement of each fault, in the order of the faults.

    Raises:
        NotGoodError: something does not pass although nothing is broken.
        ReferenceServiceError: a service without a fault could not be set up.
    """
    dsn = service.running.environment["PERFCHECK_DB_DSN"]
    databases = Databases(service.running.admin_dsn, dsn)
    of_database = frozenset(r.name for r in work.spec.requirements if r.check.kind == "postgres")
    shared = deque(fault for fault in work.faults if not fault.cache_config)
    alone = deque(fault for fault in work.faults if fault.cache_config)  # all stages share it
    judgements: dict[str, Judgement] = {}

    async def perform(number: int, waiting: deque[Fault]) -> None:
        async with stage(number, service, databases, of_database) as place:
            await _must_be_good(place)
            while waiting:
                fault = waiting.popleft()
                judgements[fault.name] = await _judged(place, fault, work)
                work.judged(judgements[fault.name])

    stages = min(work.jobs, MAX_STAGES, max(1, len(shared)))
    await _together([perform(number, shared) for number in range(stages)])
    if alone:
        await perform(0, alone)
    return tuple(judgements[fault.name] for fault in work.faults)


async def _together(performances: Sequence[Coroutine[Any, Any, None]]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for performance in performances:
                group.create_task(performance)
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _must_be_good(place: Stage) -> None:
    found = await place.show(None)
    turned = [t for t in found.values() if t.outcome is not Outcome.PASS]
    if turned:
        said = "; ".join(f"{t.requirement} is {t.outcome}: {t.message}" for t in turned)
        raise NotGoodError(f"the reference service without a fault does not pass: {said}")


async def _judged(place: Stage, fault: Fault, work: Work) -> Judgement:
    known = {requirement.name for requirement in work.spec.requirements}
    unknown = [name for name in declared(fault) if name not in known]
    if unknown:
        return failed(fault, f"the spec has no requirement {', '.join(unknown)}")
    started_s = work.clock.monotonic_s()
    judgement = failed(fault, f"not judged within {_FAULT_DEADLINE_S:.0f} s")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_FAULT_DEADLINE_S):
            try:
                judgement = judge(fault, await place.show(fault))
            except ReferenceServiceError as error:
                judgement = failed(fault, str(error))
    duration_s = work.clock.monotonic_s() - started_s
    return judgement.model_copy(update={"duration_s": round(duration_s, 2)})
