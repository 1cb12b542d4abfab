"""Entity tags as HTTP writes them (RFC 9110, 8.8.3)."""

import re
from dataclasses import dataclass
from typing import Self

from typing_extensions import override

_ENTITY_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


@dataclass(frozen=True)
class EntityTag:
    """A tag: its opaque part without quotes, and whether it is weak."""

    opaque: str
    is_weak: bool

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Return the tag that a header's value is; None if it is none."""
        found = _ENTITY_TAG.fullmatch(text.strip(" \t")) if text else None
        return cls(found[2], found[1] is not None) if found else None

    @override
    def __str__(self) -> str:
        return f'{"W/" if self.is_weak else ""}"{self.opaque}"'

    def flipped(self) -> "EntityTag":
        """Return the same tag, weak if it was strong and strong if it was weak."""
        return EntityTag(self.opaque, not self.is_weak)
