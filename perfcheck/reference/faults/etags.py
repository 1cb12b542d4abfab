"""Faults of entity tags and of their revalidation."""

from collections.abc import Mapping

from perfcheck.reference.faults.base import Fault, Switches

_PATHS: Mapping[str, str] = {
    "job-list": "/api/v1/jobs",
    "job": "/api/v1/jobs/[^/]+",
    "summary": "/api/v1/reconciliations/[^/]+/summary",
}


def _fault(name: str, shows: str, switches: Switches) -> Fault:
    return Fault(
        name=f"etags-{name}", shows=shows, breaks=("etags/get-endpoints",), switches=switches
    )


def _tag(name: str, shows: str) -> Fault:
    return _fault(name.replace(" ", "-"), shows, {"etags": {"tag": name}})


def _revalidation(name: str, shows: str, revalidation: str) -> Fault:
    return _fault(name, shows, {"etags": {"revalidation": revalidation}})


def _without(name: str, shows: str, header: str, **where: object) -> Fault:
    return _fault(name, shows, {"headers": {"rules": [{"name": header, **where}]}})


_UNTAGGED = tuple(
    _without(f"missing-on-{name}", f"GET {path} has no tag.", "ETag", path=path)
    for name, path in _PATHS.items()
)

FAULTS = (
    *_UNTAGGED,
    _without("missing-under-gzip", "Answers in gzip have no tag.", "ETag", codings=["gzip"]),
    _tag("sha1", "The tag is the SHA-1 of the body instead of its MD5."),
    _tag("sha256", "The tag is the SHA-256 of the body instead of its MD5."),
    _tag("strong md5", "All encodings share one strong tag."),
    _tag("weak length", "The tag is the length of the body, weak as nginx writes its own."),
    _tag("constant", "Every body has the same tag."),
    _tag("per request", "Each answer has a tag of its own, though the body is the same."),
    _revalidation("never-304", "A client that has the current body gets it again.", "never"),
    _revalidation("304-to-any-tag", "Every If-None-Match is answered 304.", "always"),
    _revalidation("no-lists", "A list of tags in If-None-Match is ignored.", "without lists"),
    _revalidation("no-star", "If-None-Match: * is ignored.", "without star"),
    _revalidation(
        "strict-comparison",
        'If-None-Match: "x" does not match the tag W/"x".',
        "without weak comparison",
    ),
    _revalidation(
        "time-wins", "If-Modified-Since decides where If-None-Match must.", "by time first"
    ),
    _fault("304-with-a-body", "A 304 carries the body.", {"etags": {"body_on_304": True}}),
    _without("304-without-vary", "A 304 lacks the Vary of its 200.", "Vary", statuses=[304]),
    _without(
        "304-without-cache-control",
        "A 304 lacks the Cache-Control of its 200.",
        "Cache-Control",
        statuses=[304],
    ),
)
