"""Judgements on an encoded body: what it decodes to, and whether it is smaller."""

from collections.abc import Collection

from perfcheck.checks.http._seen import Seen
from perfcheck.model import Finding, Proof
from perfcheck.probes.http.reply import Reply
from perfcheck.probes.http.variants import VariantsFacts

# Below it the 18 bytes of gzip's frame and the tables of codes may outweigh what is saved.
SHRINKABLE_BYTES = 200
# Below it the overhead of a format outweighs its ratio, so that a comparison says nothing.
COMPARABLE_BYTES = 2048
STEADY = "a path whose body stays the same for a second"


def judge_entity(path: str, variants: VariantsFacts, encoded: Reply) -> Finding:
    """Return whether the decoded body is the identity body (RFC 9110, 8.4; RFC 1952)."""
    seen = compare_entity(encoded, (variants.before, variants.after))
    return seen.finding(f"{encoded.coding} of {path}", "the identity body when decoded")


def compare_entity(reply: Reply, identities: Collection[Reply]) -> Seen:
    """Return whether an answer has the body of the identities, asked before and after it."""
    if reply.broken:
        return Seen.breaks(reply.broken)
    plains = {identity.plain for identity in identities}
    if reply.plain is None or None in plains:
        observed = reply.unread or "the identity body cannot be read"
        return Seen.undecided(observed, "an encoding that can be decoded here: gzip or br")
    size_bytes = reply.plain.size_bytes
    sizes = sorted({plain.size_bytes for plain in plains if plain is not None})
    if not sizes[0]:
        return Seen.undecided("the identity body is empty", "a path whose body is not empty")
    if reply.plain in plains:
        digest = f"{size_bytes} B, sha256 {reply.plain.sha256[:12]}"
        return Seen.holds(f"the identity body when decoded ({digest})")
    if len(plains) == 1:
        return Seen.breaks(f"{size_bytes} B that differ from the identity's {sizes[0]} B")
    return Seen.undecided("the body changes from one answer to the next", STEADY)


def judge_shrinkage(path: str, variants: VariantsFacts, encoded: Reply) -> Finding:
    """Return whether the encoded body is smaller than the identity body."""
    plain = encoded.plain or variants.before.plain
    seen = compare_size(encoded, plain.size_bytes if plain else 0)
    return seen.finding(f"{encoded.coding} of {path}", "fewer bytes than the identity body")


def compare_size(encoded: Reply, plain_bytes: int) -> Seen:
    """Return whether an encoded body has fewer bytes than the plain one."""
    size_bytes = encoded.wire.size_bytes
    observed = f"{size_bytes} B of {plain_bytes} B"
    if 0 < size_bytes < plain_bytes:
        return Seen.holds(observed)
    if plain_bytes < SHRINKABLE_BYTES:
        return Seen.undecided(observed, f"a body of {SHRINKABLE_BYTES} B or more")
    return Seen.breaks(observed)


def judge_smaller(path: str, mine: tuple[str, Reply], other: tuple[str, Reply]) -> Finding:
    """Return whether one coding is smaller than the server's other coding of the same body."""
    seen = _why_incomparable(mine, other) or _smaller(mine[1], *other)
    return seen.finding(f"{mine[0]} of {path}", f"fewer bytes than {other[0]}")


def _smaller(reply: Reply, other_coding: str, other: Reply) -> Seen:
    size_bytes, other_bytes = reply.wire.size_bytes, other.wire.size_bytes
    ratio = size_bytes / other_bytes
    observed = f"{size_bytes} B against {other_bytes} B in {other_coding}, {ratio:.3f} of it"
    if size_bytes < other_bytes:
        return Seen.holds(observed, proof=Proof.MEASURED)
    return Seen.breaks(observed)


def _why_incomparable(mine: tuple[str, Reply], other: tuple[str, Reply]) -> Seen | None:
    for coding, reply in (mine, other):
        if reply.status != 200 or reply.coding != coding:
            observed = f"{coding} was answered {reply.status} {reply.coding}"
            return Seen.undecided(observed, f"an answer in {coding}")
    plain, other_plain = mine[1].plain, other[1].plain
    if plain is None or other_plain is None:
        needs = "two encodings that can be decoded here: gzip and br"
        return Seen.undecided("a body cannot be decoded", needs)
    if plain != other_plain:
        return Seen.undecided("they encode different bodies", STEADY)
    if plain.size_bytes < COMPARABLE_BYTES:
        needs = f"a body of {COMPARABLE_BYTES} B or more"
        return Seen.undecided(f"the body has only {plain.size_bytes} B", needs)
    return None
