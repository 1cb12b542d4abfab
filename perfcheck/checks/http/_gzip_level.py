"""Whether a gzip body was made with the declared level."""

from collections.abc import Iterator

from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.http._rows import refused
from perfcheck.model import Finding, Proof
from perfcheck.probes.http.gzip_level import GzipLevelFacts, NotReplayed

_FASTEST, _SLOWEST = 4, 2  # XFL: RFC 1952, 2.3.1

_NEEDS: dict[NotReplayed, tuple[str, str]] = {
    "not_gzip": ("it was not answered in gzip", "a body that is compressed with gzip"),
    "several_members": ("it has several gzip members", "an answer of one gzip member"),
    "too_large": ("it is larger than 64 KiB", "a path that answers 4 to 64 KiB"),
    "zlib_ng": ("this Python encodes with zlib-ng", "a Python that is linked to zlib itself"),
}


def judge_level(facts: GzipLevelFacts, level: int) -> Iterator[Finding]:
    """Yield the one finding about a gzip level.

    The level is known only where it alone makes the same bytes (RFC 1951, 1952). XFL can
    refute a level: 4 means the fastest, 2 the slowest (libdeflate writes 2 from level 8 on).
    """
    if facts.reply.status != 200:
        yield refused(facts.path, facts.reply)
        return
    subject, expected = f"gzip of {facts.path}", f"level {level}"
    verdict, observed, needs = _decide(facts, level)
    message = f"{subject}: {observed}; level {level} is declared"
    if verdict is True:
        yield holds(subject, expected, observed, proof=Proof.EFFECTIVE, message=message)
    elif verdict is False:
        yield breaks(subject, expected, observed, message=message)
    else:
        yield undecided(subject, expected, observed, needs=needs, message=message)


def unknown_level(path: str, encoding: str, level: int) -> Finding:
    """Return the finding of a level that the bytes of an encoding do not tell."""
    subject = f"{encoding} of {path}"
    return undecided(
        subject,
        f"level {level}",
        "not looked at",
        needs=f"another proof: the bytes of {encoding} do not tell the level",
        message=f"{subject}: level {level} cannot be told from the bytes of the answer",
    )


def _decide(facts: GzipLevelFacts, level: int) -> tuple[bool | None, str, str]:
    if facts.not_replayed == "broken":
        return False, facts.reply.broken or "the body is broken", ""
    if facts.xfl == _FASTEST and level > 1:
        return False, "the header says the fastest level (XFL 4)", ""
    if facts.xfl == _SLOWEST and level < 8:
        return False, "the header says the slowest level (XFL 2)", ""
    if facts.not_replayed is not None:
        observed, needs = _NEEDS[facts.not_replayed]
        return None, observed, needs
    return _compare(facts, level)


def _compare(facts: GzipLevelFacts, level: int) -> tuple[bool | None, str, str]:
    size_bytes = facts.reply.plain.size_bytes if facts.reply.plain else 0
    shown = " or ".join(map(str, facts.levels))
    same = f"level {shown} makes the same {facts.reply.wire.size_bytes} B of {size_bytes} B"
    if not facts.levels:
        needs = "an answer that is encoded with zlib (nginx, Apache, Python, Varnish)"
        return None, "encoder unknown: no level of zlib makes these bytes", needs
    if facts.levels == (level,):
        return True, f"{same} ({facts.settings})", ""
    if level not in facts.levels:
        return False, same, ""
    return None, same, "a larger body: about 4 KB of JSON tell level 6 from the others"
