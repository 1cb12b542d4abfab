"""Judgements on which coding is served to whom, and whether caches are told."""

from collections.abc import Iterator

from perfcheck.checks.http._entity import compare_entity, compare_size
from perfcheck.checks.http._seen import Row, Seen, fold
from perfcheck.checks.http._unanswered import refused, seen_refused
from perfcheck.model import Finding, Verdict
from perfcheck.probes.base import Answers
from perfcheck.probes.http.exchange import Exchange
from perfcheck.probes.http.reply import Reply
from perfcheck.probes.http.variants import VariantsFacts


def judge_served(path: str, encoding: str, reply: Reply, threshold_bytes: int) -> Finding:
    """Return whether the encoding is served to a client that accepts it alone."""
    observed = f"answered in {reply.coding}, {reply.wire.size_bytes} B"
    seen = _in_coding(encoding, reply, observed, threshold_bytes)
    return seen.finding(f"GET {path}", f"{encoding} for a client that accepts it")


def judge_media_type(
    media_type: str, probe: Exchange, threshold_bytes: int, answers: Answers
) -> Iterator[Finding]:
    """Yield whether a path has the media type and is compressed."""
    reply, encoding = answers[probe].reply, probe.accept_encoding or "identity"
    if reply.status != 200:
        yield refused(probe.path, reply)
        return
    observed = f"{reply.media_type or 'no media type'} in {reply.coding}"
    if reply.broken or reply.media_type != media_type:
        seen = Seen.breaks(reply.broken or observed)
    else:
        seen = _in_coding(encoding, reply, observed, threshold_bytes)
    if seen.verdict is Verdict.HOLDS and reply.plain is not None:
        size = compare_size(reply, reply.plain.size_bytes)
        seen = Seen(size.verdict, f"{observed}, {size.observed}", size.needs)
    yield seen.finding(f"{media_type} at {probe.path}", f"{media_type}, made smaller by {encoding}")


def judge_fallback(
    path: str, codings: tuple[str, str], variants: VariantsFacts, threshold_bytes: int
) -> Iterator[Finding]:
    """Yield what clients get that do not accept the first coding: the second, the fallback."""
    encoding, fallback = codings
    asked = {"identity": (variants.before, "identity")}
    for accepted, reply in (("gzip", variants.gzip), ("br", variants.br)):
        if accepted != encoding and fallback in {accepted, "identity"}:
            asked[accepted] = (reply, fallback)
    rows = [
        Row(accepted, _fallen_back(wanted, reply, variants, threshold_bytes))
        for accepted, (reply, wanted) in asked.items()
    ]
    yield from fold(f"Fallback of GET {path}", f"a fallback to {fallback}", rows, joint="for")


def _fallen_back(wanted: str, reply: Reply, variants: VariantsFacts, threshold_bytes: int) -> Seen:
    if reply.status != 200:
        return seen_refused(reply)
    seen = _in_coding(wanted, reply, reply.coding, threshold_bytes)
    if seen.verdict is not Verdict.HOLDS:
        return seen
    entity = compare_entity(reply, (variants.before, variants.after))
    return seen if entity.verdict is Verdict.HOLDS else entity


def _in_coding(coding: str, reply: Reply, observed: str, threshold_bytes: int) -> Seen:
    """Return whether an answer is in a coding; a body that is too small need not be."""
    if reply.coding == coding:
        return Seen.holds(observed)
    if reply.coding == "identity" and not reply.wire.size_bytes:
        return Seen.undecided(f"{observed}: the body is empty", "a path whose body is not empty")
    if reply.coding == "identity" and reply.wire.size_bytes < threshold_bytes:
        return Seen.undecided(
            f"{observed}: the body is smaller than the threshold of {threshold_bytes} B",
            f"a path that answers at least {threshold_bytes} B",
        )
    return Seen.breaks(observed)


def judge_vary(path: str, identity: Reply, encoded: Reply, unasked: Reply) -> Iterator[Finding]:
    """Yield whether all variants carry Vary (RFC 9110, 12.5.5).

    `unasked` is the answer to a request without Accept-Encoding: a cache that gets no Vary
    there gives that body to every client.
    """
    subject, expected = f"Vary of GET {path}", "Vary: Accept-Encoding"
    if encoded.coding == "identity":
        seen = Seen.undecided("there is no encoded answer", "an answer that is encoded")
        yield seen.finding(subject, expected)
        return
    rows = [Row(reply.coding, _varies(reply)) for reply in (identity, encoded)]
    rows.append(Row("an answer to no Accept-Encoding", _varies(unasked)))
    yield from fold(subject, expected, rows, joint="on")


def _varies(reply: Reply) -> Seen:
    if reply.status != 200:
        return seen_refused(reply)
    vary = reply.header("vary")
    named = {name.strip().lower() for name in (vary or "").split(",")}
    observed = f"Vary {vary or 'is missing'}"
    is_told = named & {"accept-encoding", "*"}
    return Seen.holds(observed) if is_told else Seen.breaks(observed)
