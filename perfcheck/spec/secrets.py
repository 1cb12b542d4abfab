"""Which values of a spec no output may show."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from perfcheck.spec.targets import Target


def secrets_of(values: Iterable[str], targets: Iterable[Target]) -> frozenset[str]:
    """Return what must not be shown: values of env and file, and what is hidden in targets.

    That is their credentials, and the passwords inside DSNs and URLs.
    """
    found = set(values)
    for target in targets:
        fields = (getattr(target, name) for name in type(target).model_fields)
        found.update(target.credentials)
        found.update(p for text in fields if isinstance(text, str) for p in _passwords(text))
    for value in tuple(found):
        found.update(_passwords(value))
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
