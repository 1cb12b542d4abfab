"""End a coroutine on a signal, with everything given back."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from perfcheck.cli._guard import ENDING, TerminatedError

T = TypeVar("T")


def interruptible(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine; a signal cancels it, so that it can give back what it holds.

    An exception out of a signal handler would instead end whatever runs just then, in the
    middle of a driver. Raises TerminatedError, or KeyboardInterrupt.
    """
    received: list[signal.Signals] = []

    async def watched() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def end(signum: signal.Signals) -> None:
            received.append(signum)
            if task is not None:
                task.cancel()

        for signum in ENDING:
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(signum, end, signum)
        return await main

    with _handlers_kept():
        try:
            return asyncio.run(watched())
        except asyncio.CancelledError:
            if received:
                raise TerminatedError from None
            raise


@contextlib.contextmanager
def _handlers_kept() -> Iterator[None]:
    """Set back the handlers that a closing event loop forgets."""
    before = {signum: signal.getsignal(signum) for signum in ENDING}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
