"""Faults of the pages of the job list."""

from perfcheck.reference.faults.base import Fault

_NO_OFFSET = "statements/no-offset"


def _fault(
    name: str, shows: str, variant: str, *also: str, unverified: tuple[str, ...] = ()
) -> Fault:
    return Fault(
        name=f"pagination-{name}",
        shows=shows,
        breaks=("pagination/jobs", *also),
        leaves_unverified=unverified,
        switches={"pages": {"variant": variant}},
    )


FAULTS = (
    _fault(
        "no-tie-break",
        "The next page starts after the time of the last job, whatever else has that time.",
        "no tie-break",
    ),
    _fault(
        "offset-in-the-cursor",
        "The cursor hides a number of rows to skip: a new job shifts all pages.",
        "offset in the cursor",
        _NO_OFFSET,
    ),
    _fault(
        "offset-by-counting",
        "The cursor is a position, but all rows before it are counted and skipped.",
        "offset by counting",
        _NO_OFFSET,
    ),
    _fault("tampered-500", "A tampered cursor is answered 500.", "tampered cursor crashes"),
    _fault(
        "tampered-page-1", "A tampered cursor silently gives page 1.", "tampered cursor is page 1"
    ),
    _fault(
        "limit-ignored",
        "Every page has 50 jobs, whatever the limit.",
        "limit ignored",
        # Its threshold is looked for among pages of different sizes.
        unverified=("compression/gzip",),
    ),
    _fault("ascending", "The oldest jobs come first.", "ascending"),
    _fault("no-next-cursor", "A full page names no next one.", "no next cursor"),
    _fault("skipped-item", "One job is lost between any two pages.", "skips an item"),
)
