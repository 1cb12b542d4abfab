"""A primary whose statistics reach far back, at one moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

from perfcheck.probes.database.server import ServerMoment

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def server(**more: Any) -> ServerMoment:
    values: dict[str, Any] = {
        "asked_at": NOW,
        "role": "perfcheck",
        "in_recovery": False,
        "counts": True,
        "statistics_since": NOW - 100 * DAY,
        "primary_since": NOW - 100 * DAY,
    }
    return ServerMoment(**values | more)
