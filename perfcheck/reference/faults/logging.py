"""Faults of the log, and personal data in logs, traces and metrics."""

from collections.abc import Iterator

from perfcheck.reference.faults.base import Fault

_KINDS = {
    "email": "An email address",
    "phone": "A phone number",
    "card": "A card number",
    "iban": "An IBAN",
}
# Where personal data can leave the service, and the area of the switch.
_SURFACES = {"logs": "logging", "traces": "tracing", "metrics": "metric_labels"}


def _leaks() -> Iterator[Fault]:
    for surface, area in _SURFACES.items():
        for kind, thing in _KINDS.items():
            yield Fault(
                name=f"logging-{kind}-leaks-into-{surface}",
                shows=f"{thing} in the path or query of a request appears in the {surface}.",
                breaks=("logging/pii-redaction",),
                switches={area: {"leaks": [kind]}},
            )


FAULTS = (
    Fault(
        name="logging-plain-text-lines",
        shows="The web server's lines about requests are text, not JSON.",
        breaks=("logging/structured",),
        switches={"logging": {"plain_access_lines": True}},
    ),
    Fault(
        name="logging-lost-trace-id",
        shows="The trace_id of every line is null.",
        breaks=("logging/trace-correlation",),
        # Without it, nobody can tell which lines a request has.
        leaves_unverified=(
            "logging/tenant-context",
            "logging/pii-redaction",
            "logging/errors-always",
            "logging/info-sampled",
        ),
        switches={"logging": {"loses_trace_ids": True}},
    ),
    Fault(
        name="logging-wrong-tenant",
        shows="The lines of a request name a tenant that did not make it.",
        breaks=("logging/tenant-context",),
        switches={"logging": {"confuses_tenants": True}},
    ),
    Fault(
        name="logging-drops-errors",
        shows="Errors are sampled like everything else: most are not logged.",
        breaks=("logging/errors-always",),
        switches={"logging": {"samples_errors": True}},
    ),
    Fault(
        name="logging-wrong-sample-rate",
        shows="Half of the traces are logged instead of a tenth.",
        breaks=("logging/info-sampled",),
        switches={"logging": {"sample_ratio": 0.5}},
    ),
    *_leaks(),
)
