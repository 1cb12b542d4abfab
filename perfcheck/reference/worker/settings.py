"""Read the worker's settings from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from perfcheck.reference.app.switches import Switchboard


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    """How one worker runs; the DSN stays out of its repr."""

    db_dsn: str = field(repr=False)
    log_file: str = ""
    receiver_port: int = 0  # 0: a free one
    otlp_endpoint: str = ""
    switches: Switchboard = field(default_factory=Switchboard)


def from_environment(environment: Mapping[str, str]) -> WorkerSettings:
    """Read REFERENCE_DB_DSN and what else of the REFERENCE_* variables is the worker's.

    Raises:
        ValueError: a variable is missing or malformed; the message does not repeat its value.
    """
    dsn = environment.get("REFERENCE_DB_DSN", "")
    if not dsn:
        raise ValueError("REFERENCE_DB_DSN is not set: give the DSN of the service's database")
    port = environment.get("REFERENCE_RECEIVER_PORT", "") or "0"
    if not (port.isascii() and port.isdecimal() and int(port) < 65536):
        raise ValueError("REFERENCE_RECEIVER_PORT is not the number of a port")
    return WorkerSettings(
        db_dsn=dsn,
        log_file=environment.get("REFERENCE_LOG_FILE", ""),
        receiver_port=int(port),
        otlp_endpoint=environment.get("REFERENCE_OTLP_ENDPOINT", ""),
        switches=Switchboard.parse(environment.get("REFERENCE_SWITCHES", "")),
    )
