"""Days, weeks, months, quarters and years of a time zone, as instants in UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["day", "week", "month", "quarter", "year"]
_MONTHS: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}
_DAYS: dict[Unit, int] = {"day": 1, "week": 7}
# Between these every offset of a zone can be added, and the Monday before found.
_FIRST, _LAST = datetime(1, 1, 9), datetime(9999, 12, 22)  # noqa: DTZ001 - local times


def to_instant(local: datetime, zone: str) -> datetime:
    """Return the instant, in UTC, of a time without offset; clamped to years 1 to 9999.

    A time that a change of the clock skips or repeats is read as PostgreSQL reads it:
    with the offset before the gap of spring, and after the repetition of autumn. Both
    are the later of the two readings. Source: DetermineTimeZoneOffset, datetime.c.
    """
    inside = min(max(local, _FIRST), _LAST)
    readings = (inside.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    return max(reading.astimezone(UTC) for reading in readings)


@dataclass(frozen=True)
class Calendar:
    """The periods of one unit in one zone; a week begins on Monday, as for date_trunc.

    A period is named by its first instant; it ends where the next one begins.
    """

    unit: Unit
    zone: str

    def start(self, moment: datetime) -> datetime:
        """Return the first instant of the period that holds a moment."""
        begin = self._midnight(self._first_day(self._day(moment)))
        # Where midnight comes twice, the period begins at the second one.
        return begin if begin <= moment else self.shift(begin, -1)

    def shift(self, start: datetime, periods: int) -> datetime:
        """Return the first instant of the period so many periods later."""
        day = self._day(start)
        if self.unit in _DAYS:
            reach = periods * _DAYS[self.unit]
            ordinal = min(max(day.toordinal() + reach, _FIRST.toordinal()), _LAST.toordinal())
            return self._midnight(date.fromordinal(ordinal))
        months = day.year * 12 + day.month - 1 + periods * _MONTHS[self.unit]
        months = min(max(months, 2 * 12), 9998 * 12)
        return self._midnight(date(months // 12, months % 12 + 1, 1))

    def is_one_period(self, lower: datetime, upper: datetime) -> bool:
        """Return whether a range is exactly one period."""
        return self.start(lower) == lower and self.shift(lower, 1) == upper

    def name(self, start: datetime) -> str:
        """Return a period's usual name: 2026-05, 2026-W19, 2026-Q2, 2026-05-04."""
        day = self._day(start)
        match self.unit:
            case "day":
                return day.isoformat()
            case "week":
                year, week, _ = day.isocalendar()
                return f"{year:04}-W{week:02}"
            case "month":
                return f"{day.year:04}-{day.month:02}"
            case "quarter":
                return f"{day.year:04}-Q{(day.month + 2) // 3}"
            case "year":
                return f"{day.year:04}"

    def show(self, moment: datetime) -> str:
        """Write a moment in the calendar's zone; a local midnight as its date alone."""
        local = moment.astimezone(ZoneInfo(self.zone))
        if local.time() == time():
            return local.date().isoformat()
        return local.isoformat(" ", "minutes" if local.second == 0 else "seconds")

    def _day(self, moment: datetime) -> date:
        naive = moment.astimezone(UTC).replace(tzinfo=None)
        inside = min(max(naive, _FIRST), _LAST)
        return inside.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).date()

    def _first_day(self, day: date) -> date:
        if self.unit == "week":
            return day - timedelta(days=day.weekday())
        if self.unit == "day":
            return day
        months = _MONTHS[self.unit]
        return date(day.year, (day.month - 1) // months * months + 1, 1)

    def _midnight(self, day: date) -> datetime:
        return to_instant(datetime.combine(day, time()), self.zone)
