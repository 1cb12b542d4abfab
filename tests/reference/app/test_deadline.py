import asyncio

import pytest

from perfcheck.reference.app.deadline import within

pytestmark = pytest.mark.anyio


async def test_the_answer_in_time_is_returned() -> None:
    async def work() -> int:
        return 7

    assert await within(10, work()) == 7


async def test_an_error_in_time_is_raised() -> None:
    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await within(10, work())


async def test_work_that_ignores_its_cancellation_is_not_waited_for() -> None:
    release = asyncio.Event()
    finished = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await release.wait()
            finished.set()

    async with asyncio.timeout(10):
        with pytest.raises(TimeoutError):
            await within(0.01, work())
    assert not finished.is_set()
    release.set()
    await asyncio.wait_for(finished.wait(), 10)


async def test_work_is_cancelled_with_its_waiter() -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    waiter = asyncio.create_task(within(10, work()))
    await started.wait()
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await asyncio.wait_for(cancelled.wait(), 10)
