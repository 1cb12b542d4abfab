"""What the keeper and its parent tell each other: one JSON object a line, through pipes only."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Order:
    """What the parent wants: the first line of the keeper's standard input."""

    parent: int  # the parent's process id
    scale: float
    app: bool
    app_environment: Mapping[str, str]

    def to_line(self) -> str:
        """Write the order as a line."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> "Order":
        """Read the order from a line."""
        return cls(**json.loads(line))


@dataclass(frozen=True)
class AppOrder:
    """A further instance of the application, on the same servers: any later line."""

    name: str  # also the folder of its logs
    database: str = "reconciliation"
    cache: int = 0  # the number of its database in Valkey, which is emptied before it starts
    environment: Mapping[str, str] = field(default_factory=dict)
    do: Literal["start", "stop"] = "start"

    def to_line(self) -> str:
        """Write the order as a line."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> "AppOrder":
        """Read the order from a line."""
        return cls(**json.loads(line))


@dataclass(frozen=True)
class App:
    """A running instance of the application."""

    name: str
    environment: Mapping[str, str] = field(repr=False)  # what the shipped spec reads of it


@dataclass(frozen=True)
class Running:
    """A running reference service."""

    environment: Mapping[str, str] = field(repr=False)  # what the shipped spec reads: PERFCHECK_*
    folder: Path
    pids: Mapping[str, int]  # keeper, postgres, valkey; with the application also app, worker
    admin_dsn: str = field(repr=False)  # the superuser, in the service's database
    app_dsn: str = field(repr=False)  # the role reconciliation, which owns the tables
    api_url: str  # "" without the application
    tokens: Mapping[str, str] = field(repr=False)  # tenant id -> token

    def to_json(self) -> dict[str, object]:
        """Return what the keeper sends."""
        return {**asdict(self), "folder": str(self.folder)}

    @classmethod
    def from_json(cls, sent: dict[str, object]) -> "Running":
        """Read what the keeper sent."""
        return cls(**{**sent, "folder": Path(str(sent["folder"]))})  # type: ignore[arg-type]  # sent by to_json
