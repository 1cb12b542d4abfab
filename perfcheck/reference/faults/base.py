"""What a fault is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Switches = Mapping[str, Mapping[str, object]]  # area of the app -> switch -> value


@dataclass(frozen=True)
class Fault:
    """One way of breaking one thing, and the requirements that must notice.

    `sql` runs as the database's superuser on a copy of it; `switches` start an instance of
    the application of its own; `files` replace files of a copy of the spec's folder, each by
    its path in it; `cache_config` are settings of the cache server, which all databases share:
    while a fault has some, no other runs. `breaks` are the requirements of the shipped spec that
    must turn to fail, `leaves_unverified` those that must turn to unverified; no other may turn.
    """

    name: str
    shows: str
    """One sentence: what is wrong with the service under this fault."""
    breaks: tuple[str, ...] = ()
    leaves_unverified: tuple[str, ...] = ()
    sql: str = ""
    switches: Switches = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    cache_config: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.breaks or self.leaves_unverified):
            raise ValueError(f"{self.name} declares nothing that it turns")
        if not (self.sql or self.switches or self.files or self.cache_config):
            raise ValueError(f"{self.name} breaks nothing")
