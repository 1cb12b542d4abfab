"""Which hash of which bytes an entity tag is."""

import base64
from collections.abc import Iterator

from perfcheck.probes.http.entity_tag import EntityTag
from perfcheck.probes.http.reply import Digests, Reply

ALGORITHMS = ("md5", "sha1", "sha256", "crc32")
# Servers mark the tag of an encoded body: Apache `-gzip`, Jetty `--gzip`, others `;gzip`, `:br`.
_MARKS = ("--", "-", ";", ":")


def describe_hash(tag: EntityTag, reply: Reply, algorithm: str) -> str | None:
    """Return what the tag is, as `hex md5 of the identity body`; None if it is no such hash.

    What may stand around the hash says what the answer is, too: behind it the answer's coding,
    before it the length of the hashed bytes (express: hexadecimal, then `-`).
    """
    opaque = _without_coding(tag.opaque, reply.coding)
    for what, digests in _bodies(reply):
        text = _without_length(opaque, digests.size_bytes)
        for form, written in _forms(getattr(digests, algorithm)):
            if written == (text.lower() if form == "hex" else text):
                return f"{form} {algorithm} of the {what}"
    return None


def find_hash(tag: EntityTag, reply: Reply) -> str | None:
    """Return what the tag is, tried with all algorithms."""
    found = (describe_hash(tag, reply, algorithm) for algorithm in ALGORITHMS)
    return next((text for text in found if text is not None), None)


def _without_coding(opaque: str, coding: str) -> str:
    suffix = next((f"{mark}{coding}" for mark in _MARKS if opaque.endswith(f"{mark}{coding}")), "")
    return opaque.removesuffix(suffix)


def _without_length(opaque: str, size_bytes: int) -> str:
    length, _, rest = opaque.partition("-")
    return rest if length in {f"{size_bytes:x}", f"{size_bytes}"} else opaque


def _bodies(reply: Reply) -> Iterator[tuple[str, Digests]]:
    if reply.plain is not None:
        yield "identity body", reply.plain
    if reply.coding != "identity":
        yield f"body encoded with {reply.coding}", reply.wire


def _forms(hexadecimal: str) -> Iterator[tuple[str, str]]:
    raw = bytes.fromhex(hexadecimal)
    yield "hex", hexadecimal
    for form, text in (
        ("base64", base64.b64encode(raw).decode()),
        ("base64url", base64.urlsafe_b64encode(raw).decode()),
    ):
        yield form, text
        yield form, text.rstrip("=")
