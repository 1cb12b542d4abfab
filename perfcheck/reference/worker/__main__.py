"""Run the worker: `python -m perfcheck.reference.worker`, until a signal comes."""

import asyncio
import os
import signal
import sys

from perfcheck.reference.worker.loops import work
from perfcheck.reference.worker.settings import from_environment


async def _run() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await work(from_environment(os.environ), stop)


def main() -> int:
    """Run until a signal comes; 0 means that it was one."""
    try:
        asyncio.run(_run())
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
