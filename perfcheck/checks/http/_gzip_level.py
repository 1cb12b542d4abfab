"""Whether a gzip body was made with the declared level."""

from dataclasses import replace

from perfcheck.checks.http._seen import Seen
from perfcheck.checks.http._unanswered import refused
from perfcheck.model import Finding
from perfcheck.probes.http.gzip_level import GzipLevelFacts, NotReplayed

_XFL = {4: "the fastest", 2: "the slowest"}  # RFC 1952, 2.3.1

_NEEDS: dict[NotReplayed, tuple[str, str]] = {
    "not_gzip": ("it was not answered in gzip", "a body that is compressed with gzip"),
    "several_members": ("it has several gzip members", "an answer of one gzip member"),
    "too_large": ("it is larger than 64 KiB", "a path that answers 4 to 64 KiB"),
    "zlib_ng": ("this Python encodes with zlib-ng", "a Python that is linked to zlib itself"),
}


def judge_level(facts: GzipLevelFacts, level: int) -> Finding:
    """Return the finding about a gzip level.

    The level is known only where it alone makes the same bytes (RFC 1951, 1952). XFL decides
    nothing: .NET writes 4 at every level, libdeflate 2 from level 8 on. It is shown.
    """
    if facts.reply.status != 200:
        return refused(facts.path, facts.reply)
    seen = _level(facts, level)
    if facts.xfl in _XFL:
        hint = f"; XFL {facts.xfl} in the header stands for {_XFL[facts.xfl]} level"
        seen = replace(seen, observed=seen.observed + hint)
    return seen.finding(f"gzip of {facts.path}", f"level {level}")


def unknown_level(path: str, encoding: str, level: int) -> Finding:
    """Return the finding of a level that the bytes of an encoding do not tell."""
    needs = f"another proof: the bytes of {encoding} do not tell the level"
    seen = Seen.undecided("the level cannot be told from the bytes of the answer", needs)
    return seen.finding(f"{encoding} of {path}", f"level {level}")


def _level(facts: GzipLevelFacts, level: int) -> Seen:
    if facts.not_replayed == "broken":
        return Seen.breaks(facts.reply.broken or "the body is broken")
    if facts.not_replayed is not None:
        return Seen.undecided(*_NEEDS[facts.not_replayed])
    if not facts.levels:
        needs = "an answer that is encoded with zlib (nginx, Apache, Python, Varnish)"
        return Seen.undecided("encoder unknown: no level of zlib makes these bytes", needs)
    size_bytes = facts.reply.plain.size_bytes if facts.reply.plain else 0
    shown = " or ".join(map(str, facts.levels))
    same = f"level {shown} makes the same {facts.reply.wire.size_bytes} B of {size_bytes} B"
    if facts.levels == (level,):
        return Seen.holds(f"{same} ({facts.settings})")
    if level not in facts.levels:
        return Seen.breaks(same)
    needs = "a larger body: about 4 KB of JSON tell level 6 from the others"
    return Seen.undecided(same, needs)
