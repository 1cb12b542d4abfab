"""Choose the client of a target; its driver is imported only then."""

from perfcheck.spec.targets import HttpTarget, PostgresTarget, Target
from perfcheck.targets.base import Client


def connect(settings: Target) -> Client:
    """Return the client of a target. Nothing is sent yet.

    Raises ValueError for a kind that no probe asks.
    """
    match settings:
        case PostgresTarget():
            from perfcheck.targets.postgres import PostgresClient

            return PostgresClient(settings)
        case HttpTarget():
            from perfcheck.targets.http import HttpClient

            return HttpClient(settings)
        case _:
            raise ValueError(f"no probe asks a target of kind {settings.kind}")
