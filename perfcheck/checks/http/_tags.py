"""Judgements on entity tags, per path over its encodings."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from perfcheck.checks.http._rows import Row, fold
from perfcheck.checks.http._tag_hash import describe_hash, find_hash
from perfcheck.model import Finding
from perfcheck.probes.http.entity_tag import EntityTag
from perfcheck.probes.http.reply import Reply
from perfcheck.probes.http.revalidation import RevalidationFacts

_TWICE = "two answers with the same body"


def judge_presence(path: str, seen: Mapping[str, RevalidationFacts]) -> Iterator[Finding]:
    """Yield whether there is a valid tag under each encoding (RFC 9110, 8.8.3)."""
    rows = (_presence(facts.first, name) for name, facts in seen.items())
    yield from fold(f"ETag of GET {path}", "a valid entity tag", rows)


def _presence(reply: Reply, where: str) -> Row:
    text = reply.header("etag")
    if text is None:
        return Row(where, False, "ETag is missing")
    tag = EntityTag.parse(text)
    if tag is None:
        return Row(where, False, f"{text} is no entity tag")
    return Row(where, True, "a weak tag" if tag.is_weak else "a strong tag")


def judge_algorithm(
    path: str, algorithm: str, seen: Mapping[str, RevalidationFacts]
) -> Iterator[Finding]:
    """Yield whether each tag is what the algorithm makes; says of which bytes."""
    expected = {
        "any": "any tag",
        "weak": "a weak tag",
        "strong": "a strong tag",
    }.get(algorithm, f"{algorithm} of the body")
    rows = (_algorithm(algorithm, facts.first, name) for name, facts in seen.items())
    yield from fold(f"ETag of GET {path}", expected, rows)


def _algorithm(algorithm: str, reply: Reply, where: str) -> Row:
    tag = EntityTag.parse(reply.header("etag"))
    if tag is None:
        return Row(where, None, "there is no valid tag to compare", "a valid ETag")
    strength = "weak" if tag.is_weak else "strong"
    if algorithm in {"any", "weak", "strong"}:
        known = find_hash(tag, reply) or "no known hash of the body"
        return Row(where, algorithm in {"any", strength}, f"{strength}, {known}")
    found = describe_hash(tag, reply, algorithm)
    if found is not None:
        return Row(where, True, f"{strength}, {found}")
    if reply.plain is None:
        observed = reply.unread or reply.broken or "the body cannot be decoded"
        return Row(where, None, observed, "a whole body that can be decoded here: gzip or br")
    other = find_hash(tag, reply)
    return Row(where, False, f"{tag} is {other or 'no known hash of the body'}")


def judge_stability(path: str, seen: Mapping[str, RevalidationFacts]) -> Iterator[Finding]:
    """Yield whether the same body has the same tag twice (RFC 9110, 8.8.1)."""
    rows = (_stability(facts, name) for name, facts, _ in _tagged(seen))
    yield from fold(f"ETag of GET {path}", "the same tag for the same body", rows)


def _stability(facts: RevalidationFacts, where: str) -> Row:
    if facts.last.status != 200:
        return Row(where, None, f"the second answer was {facts.last.status}", _TWICE)
    if facts.first.body != facts.last.body:
        return Row(where, None, "the body changed between two answers", _TWICE)
    before, after = facts.first.header("etag"), facts.last.header("etag")
    if before == after:
        return Row(where, True, "the same tag twice")
    return Row(where, False, f"{before}, then {after} for the same body")


def judge_distinctness(path: str, seen: Mapping[str, RevalidationFacts]) -> Iterator[Finding]:
    """Yield whether no two encodings share a strong tag (RFC 9110, 8.8.3.3).

    Nothing is yielded where all answers came in one coding: there is nothing to tell apart.
    """
    by_coding = {facts.first.coding: tag for _, facts, tag in _tagged(seen)}
    if len(by_coding) < 2:
        return
    shared = Counter(by_coding.values())
    rows = (Row(coding, *_distinct(tag, shared[tag])) for coding, tag in by_coding.items())
    yield from fold(f"ETag of GET {path}", "no strong tag of two encodings", rows, joint="in")


def _distinct(tag: EntityTag, times: int) -> tuple[bool, str]:
    if tag.is_weak:
        return True, "weak, so that it may be shared"
    return (True, "strong and its own") if times == 1 else (False, f"{tag} is strong and shared")


def _tagged(
    seen: Mapping[str, RevalidationFacts],
) -> Iterable[tuple[str, RevalidationFacts, EntityTag]]:
    """Return what has a valid tag; that a tag is missing or invalid is said elsewhere."""
    for name, facts in seen.items():
        tag = EntityTag.parse(facts.first.header("etag"))
        if tag is not None:
            yield name, facts, tag
