"""Read the bounds of partitions, as the server prints them in UTC and ISO."""

import re
from datetime import UTC, date, datetime

from perfcheck.calendar import to_instant
from perfcheck.spans import Span

TIME_TYPES = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})
_RANGE = re.compile(r"FOR VALUES FROM \((?P<lower>[^()]*)\) TO \((?P<upper>[^()]*)\)")
_HASH = re.compile(r"FOR VALUES WITH \(modulus (\d+), remainder (\d+)\)", re.IGNORECASE)
_VALUE = re.compile(
    r"(?P<moment>\d{4,6}-\d\d-\d\d(?: [\d:.]+)?)(?P<offset>[+-][\d:]+)?(?P<bc> BC)?"
)
# What Python's calendar cannot hold is as far away as it can be; so is infinity.
_PAST = datetime.min.replace(year=2, tzinfo=UTC)
_FUTURE = datetime.min.replace(year=9999, tzinfo=UTC)


def read_bound(bound: str, key_type: str, zone: str) -> Span | None:
    """Return the range of a partition; None if it is none of time, or DEFAULT.

    Args:
        bound: what pg_get_expr writes of relpartbound, with TimeZone UTC and DateStyle ISO.
        key_type: as format_type writes it; only TIME_TYPES can be read.
        zone: the zone in which dates and timestamps without a zone are meant.
    """
    found = _RANGE.fullmatch(bound)
    if found is None or key_type not in TIME_TYPES:
        return None
    lower, upper = (
        None if found[side] == edge else read_value(found[side].strip("'"), zone)
        for side, edge in (("lower", "MINVALUE"), ("upper", "MAXVALUE"))
    )
    if found["lower"] != "MINVALUE" and lower is None:
        return None
    if found["upper"] != "MAXVALUE" and upper is None:
        return None
    return Span(lower=lower, upper=upper)


def read_hash_bound(bound: str) -> tuple[int, int] | None:
    """Return modulus and remainder of a hash partition; None if it is none."""
    found = _HASH.fullmatch(bound)
    if found is None or int(found[1]) == 0:
        return None
    return int(found[1]), int(found[2])


def read_value(text: str, zone: str) -> datetime | None:
    """Return the instant of a date or time as the server prints it; None if it is neither."""
    if text in {"infinity", "-infinity"}:
        return _FUTURE if text == "infinity" else _PAST
    found = _VALUE.fullmatch(text)
    if found is None:
        return None
    if found["bc"] or len(found["moment"].partition("-")[0]) > 4:
        return _PAST if found["bc"] else _FUTURE
    local = datetime.fromisoformat(found["moment"] + (found["offset"] or ""))
    moment = local.astimezone(UTC) if local.tzinfo else to_instant(local, zone)
    return min(max(moment, _PAST), _FUTURE)


def write_value(moment: datetime, key_type: str, zone: str) -> str:
    """Write an instant as a literal of the key's type."""
    from zoneinfo import ZoneInfo

    if key_type == "timestamp with time zone":
        return moment.astimezone(UTC).isoformat(" ")
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return (date(local.year, local.month, local.day) if key_type == "date" else local).isoformat()
