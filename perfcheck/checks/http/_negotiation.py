"""What may not be sent for which Accept-Encoding (RFC 9110, 12.5.3)."""

from collections.abc import Iterator
from dataclasses import dataclass

from perfcheck.checks.http._rows import Row, fold, needs_for
from perfcheck.model import Finding
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
        if reply.status == 406:
            return True
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
    rows = (_row(refusal, facts.reply(refusal.accept_encoding)) for refusal in refusals(encoding))
    remarks = "; ".join(_remarks(encoding, facts))
    note = f". Not required, but noticed: {remarks}" if remarks else ""
    yield from fold(
        f"GET {path}",
        "a coding that the client accepts",
        rows,
        joint="with Accept-Encoding",
        note=note,
    )


def _row(refusal: Refusal, reply: Reply) -> Row:
    where = f"'{refusal.accept_encoding}'"
    if reply.status != 200 and not (refusal.or_406 and reply.status == 406):
        return Row(where, None, f"answered {reply.status}", needs_for(reply.status))
    if refusal.allows(reply):
        return Row(where, True, f"no {refusal.coding}" if refusal.coding else "no coding")
    return Row(where, False, f"sent {reply.coding}, which the client refuses")


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
