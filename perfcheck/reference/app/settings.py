"""Read the service's settings from the environment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from perfcheck.reference.app.switches import Switchboard


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one instance of the service runs; secrets stay out of its repr."""

    db_dsn: str = field(repr=False)
    redis_url: str = field(default="", repr=False)
    tokens: Mapping[str, UUID] = field(default_factory=dict, repr=False)
    log_file: str = ""
    log_sample_ratio: float = 0.1
    otlp_endpoint: str = ""
    allows_debugging: bool = False
    pool_size: int = 10
    pool_timeout_s: float = 2.0
    statement_timeout_s: float = 3.0
    redis_timeout_s: float = 0.3
    summary_ttl_s: int = 60
    job_list_ttl_s: int = 300
    static_ttl_s: int = 3600
    webhook_url: str = "https://hooks.example.com/executions"
    switches: Switchboard = field(default_factory=Switchboard)


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the REFERENCE_* variables.

    Raises:
        ValueError: A variable is missing or malformed; the message does not repeat its value.
    """
    dsn = environment.get("REFERENCE_DB_DSN", "")
    if not dsn:
        raise ValueError("REFERENCE_DB_DSN is not set: give the DSN of the service's database")
    return Settings(
        db_dsn=dsn,
        redis_url=environment.get("REFERENCE_REDIS_URL", ""),
        tokens=_parse_tokens(environment.get("REFERENCE_TOKENS", "") or "{}"),
        log_file=environment.get("REFERENCE_LOG_FILE", ""),
        log_sample_ratio=_parse_ratio(environment.get("REFERENCE_LOG_SAMPLE", "")),
        otlp_endpoint=environment.get("REFERENCE_OTLP_ENDPOINT", ""),
        allows_debugging=environment.get("REFERENCE_DEBUG", "") == "1",
        webhook_url=environment.get("REFERENCE_WEBHOOK_URL", "") or Settings.webhook_url,
        switches=Switchboard.parse(environment.get("REFERENCE_SWITCHES", "")),
    )


def _parse_tokens(text: str) -> dict[str, UUID]:
    try:
        return {token: UUID(tenant) for token, tenant in json.loads(text).items()}
    except (ValueError, AttributeError, TypeError):
        # Not chained: the cause would carry tokens into the traceback.
        message = "REFERENCE_TOKENS is not a JSON object of bearer tokens and their tenant's UUID"
        raise ValueError(message) from None


def _parse_ratio(text: str) -> float:
    try:
        ratio = float(text) if text else Settings.log_sample_ratio
    except ValueError:
        ratio = -1
    if not 0 <= ratio <= 1:
        raise ValueError("REFERENCE_LOG_SAMPLE is not a number from 0 to 1")
    return ratio
