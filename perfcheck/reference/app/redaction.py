"""Take email addresses, phone and card numbers and IBANs out of what the service tells."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from perfcheck.reference.app.account_numbers import hide_cards, hide_ibans

KINDS = ("email", "phone", "card", "iban")

# As long as RFC 5321 allows, so that a long text is read in linear time.
_EMAIL = re.compile(r"[\w.!#$'*+^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
# E.164 with its plus, or the North American form in groups; bare digits are more often an id.
_PHONE = re.compile(
    r"""(?<![0-9A-Za-z+])(?:
        \+[1-9](?:[ .()+-]{0,2}[0-9]){7,14}
      | (?:1[ .+-])?(?:\([2-9][0-9]{2}\)[ +]?|[2-9][0-9]{2}[ .+-])[2-9][0-9]{2}[ .+-][0-9]{4}
    )(?!\w|[.-]?[0-9])""",
    re.VERBOSE,
)
# Ids and times: their digits are nobody's number.
_KEPT = re.compile(
    r"""(?<![0-9A-Za-z])(
        [0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}              # a UUID
      | [0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}                 # a traceparent
      | [0-9a-f]{20,}                                                     # a trace id, a digest
      | [0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?
        (?:Z|[ ]?[+-][0-9]{2}:?[0-9]{2})?)?                               # an RFC 3339 time
    )(?![0-9A-Za-z])""",
    re.VERBOSE,
)
# A client may escape twice, a proxy once more.
_MAX_ESCAPES = 3
_MAX_CHARACTERS = 4096


class Redactor:
    """Replaces personal data by the name of its kind in brackets.

    Card numbers are known by their length, issuer and check digit (ISO/IEC 7812-1), IBANs by
    their country's length and check digits (ISO 13616), so that ids and amounts stay. A phone
    number in national form is not told from other numbers, unless it is North American.
    """

    def __init__(self, kinds: Iterable[str] = KINDS) -> None:
        self._kinds = frozenset(kinds)

    def text(self, text: str) -> str:
        """Return the text without personal data; escaped (%40) it is found as well.

        A text of more than 4096 characters is not shown: to read it would take too long.
        """
        if len(text) > _MAX_CHARACTERS:
            return "[too long]"
        text = self._hide(text)
        # What is hidden behind escapes is shown unescaped; all else stays as it was written.
        plain = text
        for _ in range(_MAX_ESCAPES):
            plain, before = unquote(plain), plain
            if plain == before:
                break
            hidden = self._hide(plain)
            if hidden != plain:
                return self.text(hidden)
        return text

    def value(self, value: object) -> object:
        """Return the value without personal data, however deep it lies; errors become text."""
        match value:
            case None | bool():
                return value
            case int() | float():
                return self._number(value)
            case Mapping():
                return {self.text(str(key)): self.value(found) for key, found in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.value(found) for found in value]
            case BaseException():
                told = f"{type(value).__name__}: {value}"
            case _:
                told = str(value)
        return self.text(told)

    def _number(self, number: float) -> float | str:
        text = str(number)
        hidden = self._hide(text)
        return number if hidden == text else hidden

    def _hide(self, text: str) -> str:
        if "email" in self._kinds and "@" in text:
            text = _EMAIL.sub("[email]", text)
        if "iban" in self._kinds:
            text = hide_ibans(text)
        pieces = _KEPT.split(text)
        # Every second piece is an id or a time.
        pieces[::2] = [self._hide_numbers(piece) for piece in pieces[::2]]
        return "".join(pieces)

    def _hide_numbers(self, text: str) -> str:
        if "card" in self._kinds:
            text = hide_cards(text)
        return _PHONE.sub("[phone]", text) if "phone" in self._kinds else text
