"""What may not be sent for which Accept-Encoding (RFC 9110, 12.5.3)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from perfcheck.checks.http._entity import compare_entity
from perfcheck.checks.http._seen import Row, Seen, fold
from perfcheck.checks.http._unanswered import seen_refused
from perfcheck.model import Finding, Verdict
from perfcheck.probes.http.negotiation import NegotiationFacts
from perfcheck.probes.http.reply import Reply

GZIP_FIRST = "gzip;q=1, br;q=0.1"
BR_FIRST = "gzip;q=0.1, br;q=1"


@dataclass(frozen=True)
class Refusal:
    """An Accept-Encoding and the coding that it refuses; None refuses every coding."""

    accept_encoding: str
    coding: str | None
    or_406: bool = False

    def allows(self, reply: Reply) -> bool:
        """Say whether an answer respects the refusal."""
        sent = {name.strip() for name in reply.coding.split(",")} - {"identity"}
        return not sent if self.coding is None else self.coding not in sent


def refusals(encoding: str) -> tuple[Refusal, ...]:
    """Return what must be respected by a server that offers the encoding."""
    other = "gzip" if encoding != "gzip" else "br"
    return (
        Refusal(f"{encoding};q=0", encoding),
        Refusal(f"{encoding};q=0.000", encoding),
        Refusal(f"{encoding};q=0, *", encoding, or_406=True),
        Refusal(f"{encoding};q=0, {other}", encoding),
        Refusal(f"{other};q=0, {encoding}", other),
        Refusal("identity", None),
        Refusal("", None),
        Refusal("bogus", None),
        Refusal("*;q=0", None, or_406=True),
    )


def asked(encoding: str) -> frozenset[str | None]:
    """Return every Accept-Encoding that is to be asked; None for none at all."""
    required = {refusal.accept_encoding for refusal in refusals(encoding)}
    return frozenset({*required, None, encoding.upper(), "*", GZIP_FIRST, BR_FIRST})


def judge_negotiation(path: str, encoding: str, facts: NegotiationFacts) -> Iterator[Finding]:
    """Yield one finding for each refusal that is not respected, and one for the others."""
    identities = (facts.reply("identity"), facts.after)
    rows = []
    for refusal in refusals(encoding):
        seen = _respected(refusal, facts.reply(refusal.accept_encoding), identities)
        rows.append(Row(f"'{refusal.accept_encoding}'", seen))
    remarks = "; ".join(_remarks(encoding, facts))
    note = f". Not required, but noticed: {remarks}" if remarks else ""
    yield from fold(
        f"GET {path}",
        "a coding that the client accepts",
        rows,
        joint="with Accept-Encoding",
        note=note,
    )


def _respected(refusal: Refusal, reply: Reply, identities: tuple[Reply, Reply]) -> Seen:
    """Return whether no refused coding was sent, neither named nor unnamed."""
    if refusal.or_406 and reply.status == 406:
        return Seen.holds("answered 406")
    if reply.status != 200:
        return seen_refused(reply)
    if not refusal.allows(reply):
        return Seen.breaks(f"sent {reply.coding}, which the client refuses")
    entity = compare_entity(reply, identities)
    if reply.coding == "identity" and entity.verdict is not Verdict.HOLDS:
        return replace(entity, observed=f"sent without a coding: {entity.observed}")
    return Seen.holds(f"no {refusal.coding}" if refusal.coding else "no coding")


def _remarks(encoding: str, facts: NegotiationFacts) -> Iterator[str]:
    def coding(accept_encoding: str | None) -> str | None:
        reply = facts.reply(accept_encoding)
        return reply.coding if reply.status == 200 else None

    bare = coding(None)
    if bare not in {None, "identity"}:
        yield f"{bare} is sent without Accept-Encoding"
    if coding(encoding.upper()) == "identity":
        yield f"'{encoding.upper()}' is not taken for {encoding} (RFC 9110, 8.4.1)"
    if coding("*") == "identity":
        yield "'*' is answered uncompressed"
    if coding(GZIP_FIRST) == "br" or coding(BR_FIRST) == "gzip":
        yield "the higher q does not win"
