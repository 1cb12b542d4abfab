"""Which hash of which bytes an entity tag is."""

import base64
import re
from collections.abc import Iterator

from perfcheck.probes.http.entity_tag import EntityTag
from perfcheck.probes.http.reply import Digests, Reply

ALGORITHMS = ("md5", "sha1", "sha256", "crc32")
# Servers mark the tag of an encoded body: Apache `-gzip`, others `--gzip`, `;gzip`, `:br`.
_SUFFIX = re.compile(r"(--|[-;:])(gzip|br|zstd|deflate)$")
_LENGTH = re.compile(r"^[0-9a-f]+-")  # express writes the length in front


def describe_hash(tag: EntityTag, reply: Reply, algorithm: str) -> str | None:
    """Return what the tag is, as `hex md5 of the identity body`; None if it is no such hash."""
    opaque = _SUFFIX.sub("", tag.opaque)
    shapes = {opaque, _LENGTH.sub("", opaque)}
    for what, digests in _bodies(reply):
        for form, text in _forms(getattr(digests, algorithm)):
            if text in shapes or (form == "hex" and text in {shape.lower() for shape in shapes}):
                return f"{form} {algorithm} of the {what}"
    return None


def find_hash(tag: EntityTag, reply: Reply) -> str | None:
    """Return what the tag is, tried with all algorithms."""
    found = (describe_hash(tag, reply, algorithm) for algorithm in ALGORITHMS)
    return next((text for text in found if text is not None), None)


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
