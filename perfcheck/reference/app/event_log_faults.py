"""Write a log that is wrong in one respect."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

_ANOTHER_TENANT = "00000000-0000-0000-0000-000000000999"


@dataclass(frozen=True)
class LoggingSwitches:
    """What can be broken about the log; the defaults are right."""

    leaks: Sequence[str] = ()
    """These kinds of personal data are not hidden."""
    plain_access_lines: bool = False
    """The server's lines about requests are text, not JSON."""
    loses_trace_ids: bool = False
    confuses_tenants: bool = False
    """Each line of a tenant names another."""
    samples_errors: bool = False
    """Errors are written for sampled traces only."""
    sample_ratio: float | None = None
    """The share of traces that are logged, whatever the settings say."""


def distortions(switches: LoggingSwitches) -> list[structlog.typing.Processor]:
    """Return what spoils each event; for a log that is right, nothing."""
    spoil = [
        (switches.loses_trace_ids, _lose_trace_id),
        (switches.confuses_tenants, _confuse_tenant),
    ]
    return [processor for is_wanted, processor in spoil if is_wanted]


def _lose_trace_id(
    _logger: object, _level: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {**event, "trace_id": None}


def _confuse_tenant(
    _logger: object, _level: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {**event, "tenant_id": _ANOTHER_TENANT if event["tenant_id"] else None}
