"""Decide which traces are logged."""

from hashlib import blake2b

_DIGEST_BYTES = 6
_DIGESTS = 1 << 8 * _DIGEST_BYTES


def is_sampled(trace_id: str, ratio: float) -> bool:
    """Decide by the trace id alone, so that all lines of a trace are kept or none.

    The id is hashed: a caller's ids need not be random.

    Args:
        trace_id: of the trace that the line belongs to.
        ratio: the share of traces that are kept, 0 to 1.
    """
    digest = blake2b(trace_id.encode(), digest_size=_DIGEST_BYTES).digest()
    return int.from_bytes(digest) / _DIGESTS < ratio
