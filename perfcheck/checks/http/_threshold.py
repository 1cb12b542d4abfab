"""Whether compression begins at the declared length of the identity body."""

from collections.abc import Iterable, Iterator, Mapping

from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.model import Finding, Proof
from perfcheck.probes.http.compression_threshold import SizeSample
from perfcheck.probes.http.reply import Reply

NEAR = 2  # a bracket from half the threshold to twice the threshold is near enough


def sizes_elsewhere(
    replies: Mapping[str, Reply], encoding: str, threshold_bytes: int
) -> Iterator[SizeSample]:
    """Yield what the answers of other paths show about a threshold.

    A large one that is not compressed shows nothing: it may be so for its media type.
    """
    for path, reply in replies.items():
        if reply.status == 200 and reply.plain is not None:
            size_bytes = reply.plain.size_bytes
            if reply.coding == encoding or size_bytes < threshold_bytes:
                yield SizeSample(path=path, status=200, plain_bytes=size_bytes, coding=reply.coding)


def judge_threshold(
    path: str, encoding: str, threshold_bytes: int, samples: Iterable[SizeSample]
) -> Iterator[Finding]:
    """Yield what contradicts the threshold, else the bracket in which it was seen to lie."""
    known = [
        (sample.plain_bytes, sample.coding == encoding)
        for sample in samples
        if sample.plain_bytes is not None and sample.coding in {encoding, "identity"}
    ]
    subject, expected = f"{encoding} of {path}", f"compressed from {threshold_bytes} B on"
    small = [size for size, encoded in known if encoded and size < threshold_bytes]
    large = [size for size, encoded in known if not encoded and size >= threshold_bytes]
    tail = f"{threshold_bytes} B is the declared threshold"
    if small:
        seen = f"a body of {min(small)} B was compressed"
        yield breaks(subject, expected, seen, message=f"{subject}: {seen}; {tail}")
    if large:
        seen = f"a body of {max(large)} B was not compressed"
        yield breaks(subject, expected, seen, message=f"{subject}: {seen}; {tail}")
    if not small and not large:
        plain = max((size for size, encoded in known if not encoded), default=None)
        coded = min((size for size, encoded in known if encoded), default=None)
        yield _bracket(subject, threshold_bytes, plain, coded)


def _bracket(subject: str, threshold_bytes: int, plain: int | None, coded: int | None) -> Finding:
    """Return the finding of samples that do not contradict the threshold."""
    expected = f"compressed from {threshold_bytes} B on"
    seen = _seen(plain, coded)
    message = f"{subject}: {seen}; {threshold_bytes} B is the declared threshold"
    is_near_below = plain is not None and plain * NEAR >= threshold_bytes
    is_near_above = coded is not None and coded <= threshold_bytes * NEAR
    if is_near_below and is_near_above:
        return holds(subject, expected, seen, proof=Proof.EFFECTIVE, message=message)
    lacking = []
    if not is_near_below:
        lacking.append(f"an answer of {threshold_bytes // NEAR} to {threshold_bytes - 1} B")
    if not is_near_above:
        lacking.append(f"an answer of {threshold_bytes} to {threshold_bytes * NEAR} B")
    needs = f"{' and '.join(lacking)}: a path whose query has a `limit` gives several sizes"
    return undecided(subject, expected, seen, needs=needs, message=message)


def _seen(plain: int | None, coded: int | None) -> str:
    if plain is not None and coded is not None:
        return f"{plain} B was not compressed, {coded} B was: it begins in ({plain}, {coded}] B"
    if plain is not None:
        return f"nothing above {plain} B was seen"
    if coded is not None:
        return f"nothing below {coded} B was seen"
    return "no answer of a known size was seen"
