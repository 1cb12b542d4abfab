"""Encode and decode the position in a list of jobs."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

# A canonical cursor has about 120 characters; the rest is room for spaces in forged JSON.
_MAX_CHARACTERS = 256
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class InvalidCursorError(ValueError):
    """A cursor that this service did not make."""


@dataclass(frozen=True)
class Cursor:
    """The last row of a page: the next page starts after it."""

    created_at: datetime
    id: UUID

    def encode(self) -> str:
        """Return the one canonical text of this position: base64url of JSON, without padding."""
        fields = {"created_at": format_time(self.created_at), "id": str(self.id)}
        text = json.dumps(fields, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def format_time(moment: datetime) -> str:
    """Write a time in UTC with microseconds, as every answer of the API does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def decode(text: str) -> Cursor:
    """Read a cursor strictly: another alphabet, field or stray bit is refused.

    Correct padding is allowed (RFC 4648, 3.2), for clients that encode positions themselves.

    Raises:
        InvalidCursorError: The text is not a cursor; the message does not repeat it.
    """
    fields = _parse_fields(_decode_base64url(text))
    created_at, job_id = fields["created_at"], fields["id"]
    if not (isinstance(created_at, str) and _TIME.fullmatch(created_at)):
        raise InvalidCursorError("the cursor's created_at is not a time")
    if not (isinstance(job_id, str) and _UUID.fullmatch(job_id)):
        raise InvalidCursorError("the cursor's id is not a UUID")
    try:
        moment = datetime.fromisoformat(created_at).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidCursorError("the cursor's created_at is not a time") from error
    return Cursor(moment, UUID(job_id))


def _decode_base64url(text: str) -> bytes:
    if len(text) > _MAX_CHARACTERS or not _BASE64URL.fullmatch(text):
        raise InvalidCursorError("the cursor is not base64url")
    bare = text.rstrip("=")
    padded = bare + "=" * (-len(bare) % 4)
    try:
        decoded = base64.urlsafe_b64decode(padded)
    except binascii.Error as error:
        raise InvalidCursorError("the cursor is not base64url") from error
    # Stray bits after the last byte, or half a padding, would make two texts of one position.
    if text not in {bare, padded} or base64.urlsafe_b64encode(decoded).decode() != padded:
        raise InvalidCursorError("the cursor is not canonical base64url")
    return decoded


def _parse_fields(decoded: bytes) -> dict[str, object]:
    try:
        # Pairs, not a dict: a field given twice must not pass as one.
        pairs = json.loads(decoded.decode("utf-8"), object_pairs_hook=tuple)
    except (ValueError, RecursionError) as error:
        raise InvalidCursorError("the cursor is not JSON") from error
    if not isinstance(pairs, tuple) or sorted(name for name, _ in pairs) != ["created_at", "id"]:
        raise InvalidCursorError("the cursor does not have exactly created_at and id")
    return dict(pairs)
