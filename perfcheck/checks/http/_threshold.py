"""Whether compression begins at the declared length of the identity body."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from perfcheck.checks.http._seen import Seen
from perfcheck.errors import ProbeError
from perfcheck.model import Finding
from perfcheck.probes.base import Answers
from perfcheck.probes.http.compression_threshold import CompressionThreshold, SizeSample
from perfcheck.probes.http.exchange import Exchange

NEAR = 2  # a bracket from half the threshold to twice the threshold is near enough


def judge_threshold(
    probe: CompressionThreshold, answers: Answers, others: Iterable[Exchange]
) -> Iterator[Finding]:
    """Yield what contradicts the threshold, else the bracket in which it was seen to lie.

    The answers of other paths are used, too, where there are any.
    """
    threshold_bytes = probe.threshold_bytes
    samples = (*answers[probe].samples, *_elsewhere(others, threshold_bytes, answers))
    known = [
        (sample.plain_bytes, sample.coding == probe.encoding)
        for sample in samples
        if sample.plain_bytes is not None and sample.coding in {probe.encoding, "identity"}
    ]
    subject = f"{probe.encoding} of {probe.path}"
    expected = f"compressed from {threshold_bytes} B on"
    small = [size for size, encoded in known if encoded and size < threshold_bytes]
    large = [size for size, encoded in known if not encoded and size >= threshold_bytes]
    if small:
        yield Seen.breaks(f"a body of {min(small)} B was compressed").finding(subject, expected)
    if large:
        yield Seen.breaks(f"a body of {max(large)} B was not compressed").finding(subject, expected)
    if not small and not large:
        plain = max((size for size, encoded in known if not encoded), default=None)
        coded = min((size for size, encoded in known if encoded), default=None)
        yield _bracket(threshold_bytes, plain, coded).finding(subject, expected)


def _elsewhere(
    others: Iterable[Exchange], threshold_bytes: int, answers: Answers
) -> Iterator[SizeSample]:
    """Yield what the answers of other paths show about a threshold.

    A large one that is not compressed shows nothing: it may be so for its media type. One that
    is lost is said to be so by the finding about its media type.
    """
    for other in others:
        reply = None
        with suppress(ProbeError):
            reply = answers[other].reply
        if reply is None or reply.status != 200 or reply.plain is None:
            continue
        size_bytes, coding = reply.plain.size_bytes, reply.coding
        if coding == other.accept_encoding or size_bytes < threshold_bytes:
            yield SizeSample(path=other.path, status=200, plain_bytes=size_bytes, coding=coding)


def _bracket(threshold_bytes: int, plain: int | None, coded: int | None) -> Seen:
    """Return what samples show that do not contradict the threshold."""
    seen = _between(plain, coded)
    is_near_below = plain is not None and plain * NEAR >= threshold_bytes
    is_near_above = coded is not None and coded <= threshold_bytes * NEAR
    if is_near_below and is_near_above:
        return Seen.holds(seen)
    lacking = []
    if not is_near_below:
        lacking.append(f"an answer of {threshold_bytes // NEAR} to {threshold_bytes - 1} B")
    if not is_near_above:
        lacking.append(f"an answer of {threshold_bytes} to {threshold_bytes * NEAR} B")
    needs = f"{' and '.join(lacking)}: a path whose query has a `limit` gives several sizes"
    return Seen.undecided(seen, needs)


def _between(plain: int | None, coded: int | None) -> str:
    if plain is not None and coded is not None:
        return f"{plain} B was not compressed, {coded} B was: it begins in ({plain}, {coded}] B"
    if plain is not None:
        return f"nothing above {plain} B was seen"
    if coded is not None:
        return f"nothing below {coded} B was seen"
    return "no answer of a known size was seen"
