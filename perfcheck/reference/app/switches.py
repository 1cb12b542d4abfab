"""Break the service on purpose: REFERENCE_SWITCHES, a JSON object of areas and their switches."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, TypeVar

S = TypeVar("S")


@dataclasses.dataclass(frozen=True)
class Switchboard:
    """The switches that are set; an area that is not named runs as it should."""

    areas: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Switchboard":
        """Read the JSON of REFERENCE_SWITCHES; empty text sets none. Raises ValueError."""
        areas = json.loads(text) if text else {}
        if not isinstance(areas, dict) or not all(isinstance(a, dict) for a in areas.values()):
            raise ValueError("REFERENCE_SWITCHES is not a JSON object of areas")
        return cls(areas)

    def of(self, area: str, kind: type[S]) -> S:
        """Return an area's switches as its own frozen dataclass, whose defaults are right.

        Raises ValueError for a switch that the area does not have.
        """
        wanted = self.areas.get(area, {})
        known = {found.name for found in dataclasses.fields(kind)}  # type: ignore[arg-type]  # a dataclass
        if unknown := sorted(set(wanted) - known):
            raise ValueError(f"the area {area} has no switch {', '.join(unknown)}")
        return kind(**wanted)
