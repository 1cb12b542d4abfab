"""Give up waiting at a deadline, even when the awaited side does not react."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")

# Keeps abandoned tasks alive until they have cleaned up after themselves.
_abandoned: set[asyncio.Task[object]] = set()


async def within(timeout_s: float, work: Coroutine[object, object, T]) -> T:
    """Await the work, but no longer than the timeout.

    `asyncio.timeout` waits for the cancelled work to finish, which a hung server can delay for
    seconds: a driver first asks it to cancel the statement. Here the work is cancelled too,
    and finishes on its own time.

    Raises:
        TimeoutError: The work was not done in time.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=timeout_s)
    finally:
        if not task.done():
            _abandon(task)
    if not done:
        raise TimeoutError
    return task.result()


def _abandon(task: "asyncio.Task[T]") -> None:
    _abandoned.add(task)
    task.add_done_callback(_forget)
    task.cancel()


def _forget(task: "asyncio.Task[T]") -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()  # else asyncio would report it as never retrieved
