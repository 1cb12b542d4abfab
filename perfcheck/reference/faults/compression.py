"""Faults of compression and of what it chooses."""

from perfcheck.reference.faults.base import Fault

_GZIP = "compression/gzip"
_BROTLI = "compression/brotli"
_ETAGS = "etags/get-endpoints"


def _fault(
    name: str, shows: str, *breaks: str, unverified: tuple[str, ...] = (), **switches: object
) -> Fault:
    return Fault(
        name=f"compression-{name}",
        shows=shows,
        breaks=breaks,
        leaves_unverified=unverified,
        switches={"compression": switches},
    )


def _vary(name: str, shows: str, *codings: str) -> Fault:
    # Of the 200 only: a 304 must have the Vary that its 200 has, and is about something else.
    rule = {"name": "Vary", "codings": codings, "statuses": [200]}
    return Fault(
        name=f"compression-{name}",
        shows=shows,
        breaks=(_GZIP, _BROTLI),
        switches={"headers": {"rules": [rule]}},
    )


_LEVELS = tuple(
    _fault(
        f"gzip-level-{level}",
        f"gzip runs at level {level} instead of 6.",
        _GZIP,
        gzip_level=level,
    )
    for level in (1, 5, 9)
)
_THRESHOLDS = tuple(
    _fault(
        f"threshold-{size_bytes}",
        f"Bodies are compressed from {size_bytes} bytes on instead of 1024.",
        _GZIP,
        minimum_size_bytes=size_bytes,
    )
    for size_bytes in (0, 512, 4096)
)
_TYPES = tuple(
    _fault(
        f"no-{media_type.replace('/', '-')}",
        f"Bodies of {media_type} are not compressed.",
        _GZIP,
        uncompressed_types=[media_type],
    )
    for media_type in ("text/plain", "text/html")
)

FAULTS = (
    *_LEVELS,
    *_THRESHOLDS,
    *_TYPES,
    _fault("off", "Nothing is compressed.", _GZIP, _BROTLI, codings=[]),
    _fault("brotli-off", "Brotli is not offered.", _BROTLI, codings=["gzip"]),
    _fault(
        "brotli-larger-than-gzip",
        "Brotli runs at quality 0 and makes larger bodies than gzip.",
        _BROTLI,
        brotli_quality=0,
    ),
    _fault(
        "gzip-unrefusable",
        "A client that refuses gzip with q=0 gets gzip.",
        _GZIP,
        unrefusable=["gzip"],
    ),
    _fault(
        "brotli-unrefusable",
        "A client that refuses Brotli with q=0 gets Brotli, even if it accepts gzip.",
        _GZIP,
        _BROTLI,
        unrefusable=["br"],
    ),
    _fault(
        "no-fallback",
        "A client that accepts gzip but not Brotli gets nothing compressed.",
        _GZIP,
        _BROTLI,
        gzip_needs_brotli=True,
    ),
    _fault(
        "gzip-truncated",
        "The last bytes of every gzip body are missing.",
        _GZIP,
        _BROTLI,  # its fallback
        # The tag of a body cannot be judged that cannot be read.
        unverified=(_ETAGS,),
        gzip_damage="truncated",
    ),
    _fault(
        "gzip-twice",
        "Bodies are encoded with gzip twice, and declared once.",
        _GZIP,
        _BROTLI,  # its fallback
        _ETAGS,
        gzip_damage="doubled",
    ),
    _fault(
        "gzip-of-another-body",
        "The gzip body decodes to something else than the identity body.",
        _GZIP,
        _BROTLI,  # its fallback
        _ETAGS,
        gzip_damage="altered",
    ),
    _vary("no-vary", "No answer says that it varies.", "identity", "gzip", "br"),
    _vary("no-vary-on-identity", "Uncompressed answers do not say that they vary.", "identity"),
)
