"""Keep secrets out of everything that a person or a file gets to see."""

import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "***"
_SHORT = 4  # a shorter secret is replaced as a whole word only, or nothing would be readable


class Redactor:
    """Replaces secrets, in each spelling in which they may come back."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {
            spelling
            for secret in secrets
            for spelling in (secret, _in_a_url(secret), secret.replace("\\", "\\\\"))
            if spelling
        }
        longest_first = sorted(spellings, key=lambda text: (-len(text), text))
        patterns = [
            re.escape(text) if len(text) >= _SHORT else rf"(?<!\w){re.escape(text)}(?!\w)"
            for text in longest_first
        ]
        self._pattern = re.compile("|".join(patterns)) if patterns else None

    def text(self, text: str) -> str:
        """Return the text with every secret replaced by ***."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


def _in_a_url(secret: str) -> str:
    # The environment may hold bytes that are no UTF-8; Python shows them as surrogates.
    return quote(secret, safe="", errors="surrogatepass")
