"""The process that keeps the reference service, and takes all of it away at the end.

`python -m perfcheck.reference.keeper` reads an order from its standard input, starts the servers
as its children in one temporary folder, and says on its standard output what happens. Each later
line orders a further instance of the application, or ends one. When its
standard input ends (the parent is gone, however it died) or a signal comes, it stops every child
and removes the folder. It has a session of its own, so Ctrl-C in the terminal does not reach it.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict

import psycopg

from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.folder import make_folder, remove, unprivileged_account
from perfcheck.reference.household import Household
from perfcheck.reference.messages import AppOrder, Order
from perfcheck.reference.orphans import adopt_orphans, end_orphans, release_shared_memory

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_STDIN, _STDOUT = 0, 1
_CANCEL_GRACE_S = 2.0
_ORPHANS_DEADLINE_S = 5.0


def main() -> int:
    """Keep a service until the parent is gone; 0 means that it ran, 1 that it could not."""
    line = sys.stdin.readline()
    if not line:
        return 0
    return asyncio.run(_keep(Order.from_line(line)))


async def _keep(order: Order) -> int:
    stop = asyncio.Event()
    # From here on no signal interrupts this process: each one only sets the event. So there is
    # no moment at which the folder exists and nobody will remove it.
    lines: asyncio.Queue[str] = asyncio.Queue()
    _watch(order.parent, stop, lines.put_nowait)
    adopt_orphans()
    try:
        account = unprivileged_account()
        folder = make_folder(account)
    except ReferenceServiceError as error:
        _say(event="failed", message=str(error))
        return 1
    household = Household(folder, account, _say)
    obeying = asyncio.create_task(_obey_all(lines, household))
    try:
        _say(event="folder", path=str(folder))
        return await _serve(order, household, stop)
    finally:
        await _cancelled(obeying)
        await household.close()
        end_orphans(_ORPHANS_DEADLINE_S)
        release_shared_memory(folder)
        remove(folder)


async def _serve(order: Order, household: Household, stop: asyncio.Event) -> int:
    starting = asyncio.create_task(household.open(order))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        await _cancelled(starting)
        return 0
    try:
        running = starting.result()
    except (ReferenceServiceError, psycopg.Error, OSError, TimeoutError) as error:
        _say(event="failed", message=household.explain(error))
        return 1
    _say(event="ready", running=running.to_json())
    await stopping
    return 0


async def _obey_all(lines: asyncio.Queue[str], household: Household) -> None:
    async with asyncio.TaskGroup() as group:
        while True:
            group.create_task(_obey(AppOrder.from_line(await lines.get()), household))


async def _obey(order: AppOrder, household: Household) -> None:
    """Start or stop one instance of the application, and say so."""
    try:
        if order.do == "stop":
            await household.stop_app(order.name)
            _say(event="app_stopped", name=order.name)
        else:
            _say(event="app", app=asdict(await household.start_app(order)))
    except (ReferenceServiceError, OSError, TimeoutError) as error:
        _say(event="app_failed", name=order.name, message=household.explain(error))


async def _cancelled(task: asyncio.Task[object]) -> None:
    """Cancel a task, and wait for its end, but not for ever."""
    task.cancel()
    await asyncio.wait({task}, timeout=_CANCEL_GRACE_S)


def _watch(parent: int, stop: asyncio.Event, hear: Callable[[str], None]) -> None:
    """Set the event at a signal, at the end of standard input, and when the parent ends.

    `hear` gets each line of standard input.
    """
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)

    begun = bytearray()  # a line that is not yet whole

    def read_stdin() -> None:
        read = os.read(_STDIN, 4096)
        if not read:
            loop.remove_reader(_STDIN)
            stop.set()
        *whole, rest = (bytes(begun) + read).split(b"\n")
        begun[:] = rest
        for line in whole:
            hear(line.decode())

    loop.add_reader(_STDIN, read_stdin)
    # A process that the parent forked may hold the pipe open after the parent's death.
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            loop.add_reader(os.pidfd_open(parent), stop.set)
    if os.getppid() != parent:
        stop.set()


def _say(**event: object) -> None:
    """Write one event; a parent that is gone is noticed elsewhere."""
    with contextlib.suppress(OSError):
        os.write(_STDOUT, (json.dumps(event) + "\n").encode())


if __name__ == "__main__":
    sys.exit(main())
