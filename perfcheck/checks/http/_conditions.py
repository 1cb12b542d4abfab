"""Judgements on conditional GETs, per path over its encodings."""

from collections.abc import Iterator, Mapping

from perfcheck.checks.http._rows import Row, fold, needs_for
from perfcheck.model import Finding
from perfcheck.probes.http.reply import Reply
from perfcheck.probes.http.revalidation import Condition, ConditionalReply, RevalidationFacts

# A 304 has these if the 200 has them (RFC 9110, 15.4.5).
_CARRIED = ("cache-control", "content-location", "date", "etag", "expires", "vary")

_MATCHES: Mapping[Condition, tuple[str, str]] = {
    "own": ("its own tag", "304"),
    "weak": ("its tag, weak for strong or strong for weak", "304 (RFC 9110, 13.1.2)"),
    "list": ("a list with its tag", "304 (RFC 9110, 13.1.2)"),
    "star": ("'*'", "304 (RFC 9110, 13.1.2)"),
}
_DIFFERS: Mapping[Condition, tuple[str, str]] = {
    "other": ("a tag of nothing", "200"),
    "older": (
        "a tag of nothing and a matching If-Modified-Since",
        "200: If-None-Match decides alone (RFC 9110, 13.2.2)",
    ),
}


def judge_conditions(path: str, seen: Mapping[str, RevalidationFacts]) -> Iterator[Finding]:
    """Yield, per condition, whether it is answered 304 or 200 as it must."""
    tagged = {name: facts for name, facts in seen.items() if facts.conditionals}
    for condition, (sent, expected) in (*_MATCHES.items(), *_DIFFERS.items()):
        status = 304 if condition in _MATCHES else 200
        rows = [
            Row(name, *_answered(facts, conditional, status))
            for name, facts in tagged.items()
            for conditional in facts.conditionals
            if conditional.condition == condition and _is_due(facts, condition)
        ]
        if condition == "own":
            rows += [_untagged(name) for name in seen if name not in tagged]
        yield from fold(f"If-None-Match with {sent} on {path}", expected, rows)
    yield from _judge_emptiness(path, tagged)
    yield from _judge_headers(path, tagged)


def _is_due(facts: RevalidationFacts, condition: Condition) -> bool:
    """Say whether a condition tells more than that the tag itself is not answered 304."""
    return condition not in {"weak", "list", "star"} or facts.to("own").reply.status == 304


def _untagged(name: str) -> Row:
    return Row(name, None, "there is no valid tag to send", "a valid ETag")


def _answered(
    facts: RevalidationFacts, conditional: ConditionalReply, expected: int
) -> tuple[bool | None, str, str]:
    reply = conditional.reply
    observed = f"{reply.status}"
    if reply.status not in {200, 304, 412}:
        return None, observed, needs_for(reply.status)
    if reply.status == expected:
        return True, observed, ""
    if expected == 304 and reply.status == 200 and _has_changed(facts.first, reply):
        return None, "200, the body had changed", "a path whose body stays the same for a second"
    return False, f"{observed} to If-None-Match: {conditional.if_none_match}", ""


def _has_changed(first: Reply, later: Reply) -> bool:
    """Say whether a 200 came because there was something new, not because it always does."""
    return first.header("etag") != later.header("etag") and first.body != later.body


def _own_304(
    tagged: Mapping[str, RevalidationFacts],
) -> Iterator[tuple[str, Reply, ConditionalReply]]:
    for name, facts in tagged.items():
        own = facts.to("own")
        if own.reply.status == 304:
            yield name, facts.first, own


def _judge_emptiness(path: str, tagged: Mapping[str, RevalidationFacts]) -> Iterator[Finding]:
    rows = []
    for name, _, own in _own_304(tagged):
        size_bytes = own.excess_bytes
        observed = f"{size_bytes} B behind the head" if size_bytes else "no body"
        rows.append(Row(name, not size_bytes, observed))
    yield from fold(f"304 of {path}", "no body (RFC 9110, 15.4.5)", rows)


def _judge_headers(path: str, tagged: Mapping[str, RevalidationFacts]) -> Iterator[Finding]:
    rows = []
    for name, first, own in _own_304(tagged):
        due = [header for header in _CARRIED if first.header(header) is not None]
        lost = [header for header in due if own.reply.header(header) is None]
        observed = f"it lacks {', '.join(lost)}" if lost else f"it has {', '.join(due)}"
        rows.append(Row(name, not lost, observed))
    yield from fold(f"304 of {path}", "the headers of its 200 (RFC 9110, 15.4.5)", rows)
