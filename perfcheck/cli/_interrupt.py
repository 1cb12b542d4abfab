"""End a coroutine on a signal, with everything given back."""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from perfcheck.cli._guard import ENDING, TerminatedError

T = TypeVar("T")


# What a cancelled run may take to give back its connections; then the process just ends.
_GRACE_S = 5.0


def interruptible(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine; a signal cancels it, so that it can give back what it holds.

    An exception out of a signal handler would instead end whatever runs just then, in the
    middle of a driver. A second signal, or a grace of 5 s, ends the process at once. Raises
    TerminatedError, or KeyboardInterrupt for SIGINT.
    """
    received: list[int] = []
    with _handlers_kept(), contextlib.ExitStack() as watchdogs:

        async def watched() -> T:
            loop, task = asyncio.get_running_loop(), asyncio.current_task()

            def end(signum: int) -> None:
                received.append(signum)
                if task is None or len(received) > 1:
                    os._exit(128 + signum)
                task.cancel()
                watchdogs.callback(_watchdog(signum).cancel)

            for signum in (signal.SIGINT, *ENDING):
                with contextlib.suppress(NotImplementedError):  # Windows
                    loop.add_signal_handler(signum, end, signum)
            return await main

        try:
            return asyncio.run(watched())
        except asyncio.CancelledError:
            if not received:
                raise
    raise KeyboardInterrupt if signal.SIGINT in received else TerminatedError


def _watchdog(signum: int) -> threading.Timer:
    """Start the timer that ends a process whose coroutine does not end."""
    watchdog = threading.Timer(_GRACE_S, os._exit, [128 + signum])
    watchdog.daemon = True
    watchdog.start()
    return watchdog


@contextlib.contextmanager
def _handlers_kept() -> Iterator[None]:
    """Set back the handlers that a closing event loop forgets."""
    before = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, *ENDING)}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
