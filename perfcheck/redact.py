"""Keep secrets out of everything that a person or a file gets to see."""

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

from perfcheck.spec.targets import HttpTarget, MetricsTarget, PostgresTarget, RedisTarget, Target

HIDDEN = "***"
_SHORT = 4  # a shorter secret is replaced as a whole word only, or nothing would be readable


def secrets_of(values: Iterable[str], targets: Iterable[Target]) -> frozenset[str]:
    """Return what must not be shown: values of env and file, and what is hidden in targets.

    That is the passwords inside DSNs and URLs, and the values of headers.
    """
    found = set(values)
    for target in targets:
        match target:
            case PostgresTarget():
                found |= {target.dsn, *_passwords(target.dsn)}
            case HttpTarget() | MetricsTarget():
                found |= {*_passwords(target.url), *target.headers.values()}
            case RedisTarget():
                found |= {target.url, *_passwords(target.url)}
            case _:
                pass
    for value in tuple(found):
        found |= set(_passwords(value))
    return frozenset(value for value in found if value.strip())


def _passwords(address: str) -> Iterable[str]:
    """Yield the password of a URL or of a `key=value` connection string, and its spellings."""
    try:
        password = urlsplit(address).password
    except ValueError:
        password = None
    if password:
        yield password
        yield unquote(password)
    for found in re.finditer(r"password\s*=\s*('(?:[^'\\]|\\.)*'|[^\s&]+)", address):
        yield found[1]
        yield re.sub(r"\\(.)", r"\1", found[1].strip("'"))


class Redactor:
    """Replaces secrets, in each spelling in which they may come back."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {
            spelling
            for secret in secrets
            for spelling in (secret, quote(secret, safe=""), secret.replace("\\", "\\\\"))
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
