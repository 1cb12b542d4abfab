"""Half-open ranges of time, and what they leave uncovered."""

from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import Field

from perfcheck.model import Model

_BEFORE = datetime.min.replace(tzinfo=UTC)
_AFTER = datetime.max.replace(tzinfo=UTC)


class Span(Model):
    """A range of time: from `lower` on, up to but not including `upper`."""

    lower: datetime | None = Field(description="Aware; None: without a beginning.")
    upper: datetime | None = Field(description="Aware; None: without an end.")

    @property
    def begins(self) -> datetime:
        """The lower bound, for comparison."""
        return self.lower or _BEFORE

    @property
    def ends(self) -> datetime:
        """The upper bound, for comparison."""
        return self.upper or _AFTER

    def within(self, other: "Span") -> "Span | None":
        """Return the part that lies in another range; None if there is none."""
        lower = self.lower if self.begins >= other.begins else other.lower
        upper = self.upper if self.ends <= other.ends else other.upper
        part = Span(lower=lower, upper=upper)
        return part if part.begins < part.ends else None


def gaps(required: Span, covered: Iterable[Span]) -> tuple[Span, ...]:
    """Return what of a range no other covers, in order."""
    missing: list[Span] = []
    reached = required.begins
    for span in sorted(covered, key=lambda span: span.begins):
        if span.ends <= reached or span.begins >= span.ends:
            continue
        if span.begins > reached:
            missing.append(Span(lower=reached, upper=min(span.begins, required.ends)))
        reached = span.ends
        if reached >= required.ends:
            break
    else:
        missing.append(Span(lower=reached, upper=required.ends))
    return tuple(span for span in missing if span.begins < span.ends)
