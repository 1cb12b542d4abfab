"""Judgements on the encodings of one entity."""

from collections.abc import Iterator

from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.http._rows import Row, fold, refused
from perfcheck.model import Finding, Proof
from perfcheck.probes.http.reply import Reply
from perfcheck.probes.http.variants import VariantsFacts

# Below it the overhead of a format outweighs its ratio, so that a comparison says nothing.
COMPARABLE_BYTES = 2048


def judge_served(path: str, encoding: str, reply: Reply, threshold_bytes: int) -> Finding:
    """Return whether the encoding is served to a client that accepts it alone."""
    subject, expected = f"GET {path}", f"{encoding} for a client that accepts it"
    size_bytes = reply.wire.size_bytes
    observed = f"{reply.coding}, {size_bytes} B"
    message = f"{subject} with Accept-Encoding '{encoding}' answered in {observed}"
    if reply.coding == encoding:
        return holds(subject, expected, observed, proof=Proof.EFFECTIVE, message=message)
    if _is_too_small(reply, threshold_bytes):
        needs = f"a path that answers at least {threshold_bytes} B"
        message += f"; the body is smaller than the threshold of {threshold_bytes} B"
        return undecided(subject, expected, observed, needs=needs, message=message)
    return breaks(subject, expected, observed, message=f"{message}; expected {encoding}")


def judge_entity(path: str, variants: VariantsFacts, encoded: Reply) -> Finding:
    """Return whether the decoded body is the identity body (RFC 9110, 8.4; RFC 1952)."""
    subject, expected = f"{encoded.coding} of {path}", "the identity body when decoded"
    if encoded.broken:
        return breaks(subject, expected, encoded.broken, message=f"{subject}: {encoded.broken}")
    if encoded.plain is None or variants.before.plain is None:
        observed = encoded.unread or "the identity body cannot be read"
        needs = "an encoding that can be decoded here: gzip or br"
        return undecided(subject, expected, observed, needs=needs, message=f"{subject}: {observed}")
    size_bytes = encoded.plain.size_bytes
    if encoded.plain in {variants.before.plain, variants.after.plain}:
        digest = f"{size_bytes} B, sha256 {encoded.plain.sha256[:12]}"
        message = f"{subject} decodes to the identity body ({digest})"
        return holds(subject, expected, digest, proof=Proof.EFFECTIVE, message=message)
    observed = (
        f"{size_bytes} B that differ from the identity's {variants.before.plain.size_bytes} B"
    )
    if variants.is_stable:
        message = f"{subject} decodes to {observed}"
        return breaks(subject, expected, observed, message=message)
    return undecided(
        subject,
        expected,
        "the body changes from one answer to the next",
        needs="a path whose body stays the same for a second",
        message=f"{subject}: the body changes from one answer to the next",
    )


def judge_vary(path: str, encoding: str, identity: Reply, encoded: Reply) -> Iterator[Finding]:
    """Yield whether both variants carry Vary (RFC 9110, 12.5.5)."""
    if encoded.coding == "identity":
        yield undecided(
            f"Vary of GET {path}",
            "Vary: Accept-Encoding",
            "no encoded answer",
            needs=f"an answer in {encoding}",
            message=f"Vary of GET {path}: there is no encoded answer that it would be about",
        )
        return
    rows = [_vary_row(reply.coding, reply) for reply in (identity, encoded)]
    yield from fold(f"Vary of GET {path}", "Vary: Accept-Encoding", rows, joint="on")


def _vary_row(where: str, reply: Reply) -> Row:
    vary = reply.header("vary")
    named = {name.strip().lower() for name in (vary or "").split(",")}
    return Row(where, bool(named & {"accept-encoding", "*"}), f"Vary {vary or 'is missing'}")


def judge_media_type(
    path: str, media_type: str, encoding: str, reply: Reply, threshold_bytes: int
) -> Finding:
    """Return whether a path has the media type and is compressed."""
    if reply.status != 200:
        return refused(path, reply)
    subject, expected = f"{media_type} at {path}", f"{media_type} in {encoding}"
    observed = f"{reply.media_type or 'no media type'} in {reply.coding}"
    message = f"GET {path} answered {observed}"
    if reply.broken:
        return breaks(subject, expected, reply.broken, message=f"{subject}: {reply.broken}")
    if reply.media_type == media_type and reply.coding == encoding:
        return holds(subject, expected, observed, proof=Proof.EFFECTIVE, message=message)
    if reply.media_type == media_type and _is_too_small(reply, threshold_bytes):
        needs = f"a path that answers at least {threshold_bytes} B of {media_type}"
        message += f"; the body is smaller than the threshold of {threshold_bytes} B"
        return undecided(subject, expected, observed, needs=needs, message=message)
    return breaks(subject, expected, observed, message=f"{message}; expected {expected}")


def _is_too_small(reply: Reply, threshold_bytes: int) -> bool:
    return reply.coding == "identity" and reply.wire.size_bytes < threshold_bytes


def judge_smaller(path: str, mine: tuple[str, Reply], other: tuple[str, Reply]) -> Finding:
    """Return whether one coding is smaller than the server's other coding of the same body."""
    (coding, reply), (other_coding, other_reply) = mine, other
    subject, expected = f"{coding} of {path}", f"fewer bytes than {other_coding}"
    size_bytes, other_bytes = reply.wire.size_bytes, other_reply.wire.size_bytes
    missing = _why_incomparable(mine, other)
    if missing is not None:
        observed, needs = missing
        message = f"{subject} cannot be compared with {other_coding}: {observed}"
        return undecided(subject, expected, observed, needs=needs, message=message)
    ratio = size_bytes / other_bytes
    observed = f"{size_bytes} B against {other_bytes} B in {other_coding}, {ratio:.3f} of it"
    message = f"{subject} has {observed}"
    if size_bytes < other_bytes:
        return holds(subject, expected, observed, proof=Proof.MEASURED, message=message)
    return breaks(subject, expected, observed, message=f"{message}; expected {expected}")


def _why_incomparable(mine: tuple[str, Reply], other: tuple[str, Reply]) -> tuple[str, str] | None:
    for coding, reply in (mine, other):
        if reply.status != 200 or reply.coding != coding:
            return f"{coding} was answered {reply.status} {reply.coding}", f"an answer in {coding}"
    plain, other_plain = mine[1].plain, other[1].plain
    if plain is None or other_plain is None:
        return "a body cannot be decoded", "two encodings that can be decoded here: gzip and br"
    if plain != other_plain:
        return "they encode different bodies", "a path whose body stays the same for a second"
    if plain.size_bytes < COMPARABLE_BYTES:
        return f"the body has only {plain.size_bytes} B", f"a body of {COMPARABLE_BYTES} B or more"
    return None


def judge_fallback(path: str, fallback: str, variants: VariantsFacts) -> Iterator[Finding]:
    """Yield what clients get that accept the fallback alone, or no coding."""
    asked = {"identity": variants.before}
    if fallback == "gzip":
        asked["gzip"] = variants.gzip
    rows = []
    for accepted, reply in asked.items():
        verdict = reply.coding == accepted if reply.status == 200 else None
        rows.append(Row(accepted, verdict, f"{reply.status} {reply.coding}"))
    yield from fold(f"Fallback of GET {path}", f"a fallback to {fallback}", rows, joint="for")
