"""Faults of the traces."""

from perfcheck.reference.faults.base import Fault

_RUN = ("tracing/reconciliation-run",)
_WORK = {
    "db": "statements in the database",
    "cache": "commands to the cache",
    "queue": "messages that are put into the queue",
    "business": "segments of the reconciliation",
}

FAULTS = (
    Fault(
        name="tracing-lost-propagation",
        shows="Each request begins a trace of its own, whatever traceparent it carries.",
        breaks=_RUN,
        switches={"tracing": {"ignores_callers": True}},
    ),
    Fault(
        name="tracing-orphans",
        shows="The spans of the cache name a parent that is in no trace.",
        breaks=_RUN,
        switches={"tracing": {"orphaned": ["cache"]}},
    ),
    *(
        Fault(
            name=f"tracing-no-{span_class}-spans",
            shows=f"The {work} are not in the trace.",
            breaks=_RUN,
            switches={"tracing": {"without": [span_class]}},
        )
        for span_class, work in _WORK.items()
    ),
)
