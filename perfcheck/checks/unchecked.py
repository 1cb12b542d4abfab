"""Requirements of the guide's sections that no check judges yet."""

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import ConfigDict
from typing_extensions import override

from perfcheck.checks.base import Check, slug
from perfcheck.errors import UnverifiedError
from perfcheck.model import Finding
from perfcheck.probes.base import Answers, Probe

# Sections of the spec language. One leaves the reserve by itself when a check bears its name.
RESERVED = frozenset(
    {
        "alerts",
        "cache_backend",
        "caching",
        "dashboards",
        "latency",
        "logging",
        "metrics",
        "pagination",
        "queries",
        "query_targets",
        "statements",
        "thresholds",
        "tracing",
    }
)


class Unchecked(Check):
    """Nothing is judged: the result is unverified, and says so."""

    kind: ClassVar[str] = ""
    model_config = ConfigDict(extra="allow")

    @property
    @override
    def identity(self) -> str | None:
        fields = self.model_extra or {}
        name = self.id or fields.get("name") or fields.get("class") or self.title
        return slug(str(name)) if name else None

    @override
    def probes(self) -> tuple[Probe[Any], ...]:
        return ()

    @override
    def evaluate(self, answers: Answers) -> Iterator[Finding]:
        raise UnverifiedError(
            "no_check", "no check for this section yet", needs="a newer perfcheck"
        )
