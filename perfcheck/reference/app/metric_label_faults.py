"""Let personal data of a request into the labels of the metrics."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.types import Scope

from perfcheck.reference.app.observation import RouteOf
from perfcheck.reference.app.redaction import Redactor


@dataclass(frozen=True)
class MetricLabelSwitches:
    """What can be broken about the labels; the default is right."""

    leaks: Sequence[str] = ()
    """Requests that hold these kinds of personal data are counted under their path and query."""


def leaky(route_of: RouteOf, switches: MetricLabelSwitches) -> RouteOf:
    """Return the route, or what was asked for, where that holds what leaks."""
    if not switches.leaks:
        return route_of
    redactor = Redactor(switches.leaks)

    def leaked_or_route(scope: Scope) -> str:
        asked = f"{scope['path']}?{unquote(scope['query_string'].decode('latin-1'))}"
        return asked if redactor.text(asked) != asked else route_of(scope)

    return leaked_or_route
