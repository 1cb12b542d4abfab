"""Which values of a spec no output may show."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from perfcheck.spec.targets import HttpTarget, MetricsTarget, PostgresTarget, RedisTarget, Target


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
