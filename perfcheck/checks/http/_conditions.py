"""Judgements on conditional GETs, per path over its encodings."""

from collections.abc import Iterator, Mapping

from perfcheck.checks.http._entity import STEADY
from perfcheck.checks.http._seen import Row, Seen, fold
from perfcheck.checks.http._unanswered import seen_refused
from perfcheck.model import Finding
from perfcheck.probes.http.entity_tag import EntityTag
from perfcheck.probes.http.reply import Reply
from perfcheck.probes.http.revalidation import Condition, ConditionalReply, RevalidationFacts

# A 304 has these if the 200 has them (RFC 9110, 15.4.5).
_SAME = ("cache-control", "content-location", "etag", "vary")
_PRESENT = ("date", "expires")  # may be of the instant

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
            Row(name, _answered(facts, conditional, status))
            for name, facts in tagged.items()
            for conditional in facts.conditionals
            if conditional.condition == condition and _is_due(facts, condition)
        ]
        if condition == "own":
            untagged = Seen.undecided("there is no valid tag to send", "a valid ETag")
            rows += [Row(name, untagged) for name in seen if name not in tagged]
        yield from fold(f"If-None-Match with {sent} on {path}", expected, rows)
    yield from _judge_emptiness(path, tagged)
    yield from _judge_headers(path, tagged)


def _is_due(facts: RevalidationFacts, condition: Condition) -> bool:
    """Say whether a condition tells more than that the tag itself is not answered 304."""
    return condition not in {"weak", "list", "star"} or facts.to("own").reply.status == 304


def _answered(facts: RevalidationFacts, conditional: ConditionalReply, expected: int) -> Seen:
    reply = conditional.reply
    if reply.status not in {200, 304, 412}:
        return seen_refused(reply)
    if reply.status == expected:
        return Seen.holds(f"{reply.status}")
    if expected == 304 and reply.status == 200 and _has_changed(facts.first, reply):
        return Seen.undecided("200, the body had changed", STEADY)
    return Seen.breaks(f"{reply.status} to If-None-Match: {conditional.if_none_match}")


def _has_changed(first: Reply, later: Reply) -> bool:
    """Say whether a 200 came because there was something new, not because it always does."""
    return first.header("etag") != later.header("etag") and first.body != later.body


def _own_304(
    tagged: Mapping[str, RevalidationFacts],
) -> Iterator[tuple[str, RevalidationFacts, ConditionalReply]]:
    for name, facts in tagged.items():
        own = facts.to("own")
        if own.reply.status == 304:
            yield name, facts, own


def _judge_emptiness(path: str, tagged: Mapping[str, RevalidationFacts]) -> Iterator[Finding]:
    rows = []
    for name, _, own in _own_304(tagged):
        excess = f"{own.excess_bytes} B behind the head"
        rows.append(Row(name, Seen.breaks(excess) if own.excess_bytes else Seen.holds("no body")))
    yield from fold(f"304 of {path}", "no body (RFC 9110, 15.4.5)", rows)


def _judge_headers(path: str, tagged: Mapping[str, RevalidationFacts]) -> Iterator[Finding]:
    rows = [Row(name, _carried(facts, own.reply)) for name, facts, own in _own_304(tagged)]
    yield from fold(f"304 of {path}", "the headers of its 200 (RFC 9110, 15.4.5)", rows)


def _carried(facts: RevalidationFacts, own: Reply) -> Seen:
    """Return whether a 304 has the headers of the 200s before and after it."""
    due = [header for header in (*_SAME, *_PRESENT) if facts.first.header(header) is not None]
    lost = [header for header in due if own.header(header) is None]
    if lost:
        return Seen.breaks(f"it lacks {', '.join(lost)}")
    before, after = facts.first, facts.last if facts.last.status == 200 else facts.first
    for header in due:
        plain = {_meaning(header, reply.header(header)) for reply in (before, after)}
        if header in _PRESENT or _meaning(header, own.header(header)) in plain:
            continue
        if len(plain) > 1:
            return Seen.undecided(f"{header} changes from one answer to the next", STEADY)
        return Seen.breaks(
            f"{header} is {own.header(header)}, but {before.header(header)} in its 200"
        )
    return Seen.holds(f"it has {', '.join(due)}")


def _meaning(header: str, text: str | None) -> str | frozenset[str]:
    """Return what a header's value says: order, case and spaces of a list say nothing."""
    if header == "etag":
        tag = EntityTag.parse(text)
        return tag.opaque if tag else text or ""  # weak comparison: RFC 9110, 8.8.3.2
    if header == "content-location":
        return text or ""
    return frozenset(part.strip().lower() for part in (text or "").split(","))
