"""What is kept of an answer: status, headers, lengths and digests; never the body."""

import asyncio
import hashlib
import zlib
from typing import TYPE_CHECKING

from perfcheck.encodings.decode import NoDecoderError, decode
from perfcheck.encodings.gzip_member import BrokenBodyError, TooLargeError
from perfcheck.errors import ProbeError
from perfcheck.model import Model

if TYPE_CHECKING:
    from perfcheck.targets.http import Response

# What is about representation and caching; a header that may hold a secret is not kept.
KEPT_HEADERS = frozenset(
    {
        "age",
        "cache-control",
        "content-encoding",
        "content-length",
        "content-location",
        "content-type",
        "date",
        "etag",
        "expires",
        "last-modified",
        "transfer-encoding",
        "vary",
    }
)
_OFFLOADED_BYTES = 64 * 1024  # above it, decoding and hashing would hold up other probes


class Digests(Model):
    """The length of a sequence of bytes and its hashes, in lower-case hexadecimal."""

    size_bytes: int
    md5: str
    sha1: str
    sha256: str
    crc32: str


class Reply(Model):
    """One answer. `plain` is the decoded body, unless `broken` or `unread` says why not.

    An empty body that is said to be encoded is broken, but for a 304, which never has one.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    wire: Digests
    plain: Digests | None
    broken: str | None = None
    unread: str | None = None

    def header(self, name: str) -> str | None:
        """Return a kept header's value; several are joined with `, ` (RFC 9110, 5.3)."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None

    @property
    def body(self) -> Digests:
        """The decoded body; the body as sent where it cannot be decoded."""
        return self.plain or self.wire

    @property
    def coding(self) -> str:
        """The content coding in lower case; `identity` if none is named."""
        named = (self.header("content-encoding") or "identity").strip().lower()
        return "gzip" if named == "x-gzip" else named  # RFC 9110, 8.4.1.3

    @property
    def media_type(self) -> str | None:
        """The media type in lower case, without parameters."""
        value = self.header("content-type")
        return value.partition(";")[0].strip().lower() if value else None


async def read_reply(response: "Response") -> Reply:
    """Return what is kept of an answer. Raises ProbeError for a body that grows without bound."""
    if len(response.body) > _OFFLOADED_BYTES:
        return await asyncio.to_thread(keep, response.status, response.headers, response.body)
    return keep(response.status, response.headers, response.body)


def keep(status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> Reply:
    """Return what is kept of a status, headers (names in lower case) and a body as sent."""
    kept = tuple((name, value) for name, value in headers if name in KEPT_HEADERS)
    wire = digest(body)
    bare = Reply(status=status, headers=kept, wire=wire, plain=None)
    if bare.coding == "identity" or (status == 304 and not body):
        return bare.model_copy(update={"plain": wire})
    try:
        return bare.model_copy(update={"plain": digest(decode(bare.coding, body))})
    except BrokenBodyError as error:
        return bare.model_copy(update={"broken": str(error)})
    except NoDecoderError as error:
        return bare.model_copy(update={"unread": str(error)})
    except TooLargeError as error:
        raise ProbeError("garbage", str(error)) from error


def digest(body: bytes) -> Digests:
    """Return the length and hashes of some bytes."""
    return Digests(
        size_bytes=len(body),
        md5=hashlib.md5(body, usedforsecurity=False).hexdigest(),
        sha1=hashlib.sha1(body, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(body).hexdigest(),
        crc32=f"{zlib.crc32(body):08x}",
    )


def show_reply(reply: Reply) -> str:
    """Write an answer in a few words: 200 gzip 812 B of 4310 B."""
    size = f"{reply.wire.size_bytes} B"
    if reply.plain is not None and reply.coding != "identity":
        size += f" of {reply.plain.size_bytes} B"
    return f"{reply.status} {reply.coding} {size}"
