"""Judge whether a relation was vacuumed or analyzed in time, by what the server recorded."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from perfcheck.model import Verdict
from perfcheck.probes.database.server import ServerMoment
from perfcheck.units import show_age, show_duration

_SLACK = timedelta(seconds=1)  # what runs beside the question may end after its clock was read


@dataclass(frozen=True)
class Upkeep:
    """The judgement; `when` completes "it was", and `needs` says what would decide."""

    verdict: Verdict
    when: str
    needs: str = ""


def judge_upkeep(
    done_at: datetime | None, *, untouched: bool, server: ServerMoment, within: timedelta
) -> Upkeep:
    """Return whether the last vacuum or analyze is recent enough.

    Statistics can be lost, and a standby has those of itself alone; so no record breaks a
    requirement only where the catalog itself shows that nothing was done (`untouched`), or
    where this server would have recorded it during the whole limit.
    """
    age = None if done_at is None else server.asked_at - done_at
    if server.in_recovery or (age is not None and age < -_SLACK):
        return _useless(age, server)
    if age is not None and age <= within:
        return Upkeep(Verdict.HOLDS, f"{show_age(max(age, timedelta(0)))} ago")
    if untouched:
        return Upkeep(Verdict.BREAKS, "never, since it was created")
    if not server.counts:
        when = "at an unknown time: track_counts is off"
        return Upkeep(Verdict.UNDECIDED, when, "track_counts = on")
    if age is not None:
        return Upkeep(Verdict.BREAKS, f"{show_age(age)} ago")
    return _judge_silence(server, within)


def _useless(age: timedelta | None, server: ServerMoment) -> Upkeep:
    """Return that the record says nothing: it is a standby's, or of the future."""
    if server.in_recovery:
        when = "at a time that this standby does not know"
        return Upkeep(Verdict.UNDECIDED, when, "a connection to the primary")
    ahead = show_age(-age) if age is not None else "some time"
    needs = "one ANALYZE or VACUUM by a clock that is not set back"
    return Upkeep(Verdict.UNDECIDED, f"{ahead} after the server's own clock", needs)


def _judge_silence(server: ServerMoment, within: timedelta) -> Upkeep:
    """Judge that nothing is recorded, by how long all would have been recorded here."""
    reset, primary = server.statistics_since, server.primary_since
    if reset is None or primary is None:
        hidden = "when statistics began" if reset is None else "when this primary started"
        needs = "one ANALYZE or VACUUM, which is recorded"
        if reset is not None:
            needs = "pg_read_all_stats, to see since when this server is the primary"
        return Upkeep(Verdict.UNDECIDED, f"at an unknown time, and so is {hidden}", needs)
    recorded = server.asked_at - max(reset, primary)
    if recorded > within:
        return Upkeep(Verdict.BREAKS, f"at no time in the last {show_age(recorded)}")
    what = "statistics were reset" if reset > primary else "the server became primary"
    when = f"at no time since {what} {show_age(max(recorded, timedelta(0)))} ago"
    return Upkeep(Verdict.UNDECIDED, when, f"statistics collected for {show_duration(within)}")
