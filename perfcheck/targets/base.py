"""What gather needs of a target's client."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Session(Protocol):
    """One probe's way to its target."""

    journal: list[str]
    """What was sent, in order, as a person would write it; no credentials."""


class Client(Protocol):
    """A target, reachable for the length of one run."""

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Open what one probe needs; raises ProbeError if the target cannot be reached."""
        ...

    async def close(self) -> None:
        """Give back everything, within a second, whatever state it is in."""
        ...
