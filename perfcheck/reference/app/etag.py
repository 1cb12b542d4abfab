"""Make entity tags and compare them (RFC 9110, 8.8.3 and 13.1.2)."""

import hashlib
import re

_ENTITY_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def weak_tag(body: bytes) -> str:
    """Return the weak tag of an identity body: the MD5 of its bytes, in hexadecimal.

    Weak, because all encodings of the body share it, and a strong tag must differ per encoding
    (RFC 9110, 8.8.3.3).
    """
    return f'W/"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def weakened(tag: str) -> str:
    """Return the tag as a weak one."""
    return tag if tag.startswith("W/") else f"W/{tag}"


def matches(if_none_match: str, tag: str) -> bool:
    """Say whether an If-None-Match header names the tag, by weak comparison.

    A header that is not a list of entity tags, or `*`, matches nothing.
    """
    if if_none_match.strip(" \t") == "*":
        return True
    return tag.removeprefix("W/") in _opaque_tags(if_none_match)


def _opaque_tags(if_none_match: str) -> list[str]:
    found: list[str] = []
    rest = if_none_match.strip(" \t,")
    while rest:
        match = _ENTITY_TAG.match(rest)
        if match is None:
            return []
        found.append(match.group(1))
        after = rest[match.end() :].lstrip(" \t")
        if after and not after.startswith(","):
            return []
        rest = after.lstrip(" \t,")
    return found
