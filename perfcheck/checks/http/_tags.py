"""Judgements on entity tags, per path over its encodings."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from perfcheck.checks.http._seen import Row, Seen, fold
from perfcheck.checks.http._tag_hash import describe_hash, find_hash
from perfcheck.model import Finding
from perfcheck.probes.http.entity_tag import EntityTag
from perfcheck.probes.http.reply import Reply
from perfcheck.probes.http.revalidation import RevalidationFacts

_TWICE = "two answers with the same body"


def judge_presence(path: str, seen: Mapping[str, RevalidationFacts]) -> Iterator[Finding]:
    """Yield whether there is a valid tag under each encoding (RFC 9110, 8.8.3)."""
    rows = (Row(name, _presence(facts.first)) for name, facts in seen.items())
    yield from fold(f"ETag of GET {path}", "a valid entity tag", rows)


def _presence(reply: Reply) -> Seen:
    text = reply.header("etag")
    if text is None:
        return Seen.breaks("ETag is missing")
    tag = EntityTag.parse(text)
    if tag is None:
        return Seen.breaks(f"{text} is no entity tag")
    return Seen.holds("a weak tag" if tag.is_weak else "a strong tag")


def judge_algorithm(
    path: str, algorithm: str, seen: Mapping[str, RevalidationFacts]
) -> Iterator[Finding]:
    """Yield whether each tag is what the algorithm makes; says of which bytes."""
    expected = {
        "any": "any tag",
        "weak": "a weak tag",
        "strong": "a strong tag",
    }.get(algorithm, f"{algorithm} of the body")
    rows = (Row(name, _algorithm(algorithm, facts.first)) for name, facts in seen.items())
    yield from fold(f"ETag of GET {path}", expected, rows)


def _algorithm(algorithm: str, reply: Reply) -> Seen:
    tag = EntityTag.parse(reply.header("etag"))
    if tag is None:
        return Seen.undecided("there is no valid tag to compare", "a valid ETag")
    strength = "weak" if tag.is_weak else "strong"
    if algorithm in {"any", "weak", "strong"}:
        observed = f"{strength}, {find_hash(tag, reply) or 'no known hash of the body'}"
        return Seen.holds(observed) if algorithm in {"any", strength} else Seen.breaks(observed)
    if reply.broken:
        return Seen.undecided(reply.broken, "a body that is whole")
    found = describe_hash(tag, reply, algorithm)
    if found is not None:
        return Seen.holds(f"{strength}, {found}")
    if reply.unread:
        return Seen.undecided(reply.unread, "a body that can be decoded here: gzip or br")
    return Seen.breaks(f"{tag} is {find_hash(tag, reply) or 'no known hash of the body'}")


def judge_stability(path: str, seen: Mapping[str, RevalidationFacts]) -> Iterator[Finding]:
    """Yield whether one body has one tag, and one strong tag one body (RFC 9110, 8.8.1)."""
    rows = (Row(name, _stability(facts)) for name, facts, _ in _tagged(seen))
    yield from fold(f"ETag of GET {path}", "the same tag for the same body", rows)


def _stability(facts: RevalidationFacts) -> Seen:
    before, after = facts.first.header("etag"), facts.last.header("etag")
    if facts.last.status != 200:
        return Seen.undecided(f"the second answer was {facts.last.status}", _TWICE)
    if facts.is_refuted:
        return Seen.breaks(f"{before} is strong and stands for two bodies")
    if facts.first.body != facts.last.body:
        return Seen.undecided("the body changed between two answers", _TWICE)
    if before == after:
        return Seen.holds("the same tag twice")
    return Seen.breaks(f"{before}, then {after} for the same body")


def judge_distinctness(path: str, seen: Mapping[str, RevalidationFacts]) -> Iterator[Finding]:
    """Yield whether no two encodings share a strong tag (RFC 9110, 8.8.3.3).

    Nothing is yielded where all answers came in one coding: there is nothing to tell apart.
    """
    by_coding = {facts.first.coding: tag for _, facts, tag in _tagged(seen)}
    if len(by_coding) < 2:
        return
    shared = Counter(by_coding.values())
    rows = (Row(coding, _distinct(tag, shared[tag])) for coding, tag in by_coding.items())
    yield from fold(f"ETag of GET {path}", "no strong tag of two encodings", rows, joint="in")


def _distinct(tag: EntityTag, times: int) -> Seen:
    if tag.is_weak:
        return Seen.holds("weak, so that it may be shared")
    if times == 1:
        return Seen.holds("strong and its own")
    return Seen.breaks(f"{tag} is strong and shared")


def _tagged(
    seen: Mapping[str, RevalidationFacts],
) -> Iterable[tuple[str, RevalidationFacts, EntityTag]]:
    """Return what has a valid tag; that a tag is missing or invalid is said elsewhere."""
    for name, facts in seen.items():
        tag = EntityTag.parse(facts.first.header("etag"))
        if tag is not None:
            yield name, facts, tag
