"""Ask several things at the same time, and give up on all at the first error."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from perfcheck.errors import ProbeError

T = TypeVar("T")


async def together(questions: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return the answers in the order of the questions. Raises the first ProbeError."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(question) for question in questions]
    except ExceptionGroup as errors:
        known = errors.subgroup(ProbeError)
        if known is None:
            raise
        raise _first(known) from None
    return [task.result() for task in tasks]


def _first(errors: BaseExceptionGroup[Exception]) -> Exception:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
