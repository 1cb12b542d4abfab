"""What a spec may say about a target, one model per kind.

Addresses and credentials are kept out of `repr`, so that no traceback shows them.
"""

import re
from datetime import timedelta
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from perfcheck.model import Model
from perfcheck.units import Duration, Names

Secret = Annotated[str, Field(repr=False, min_length=1)]


class Target(Model):
    """The settings that every kind of target has."""

    kind: str
    timeout: Duration = Field(
        default=timedelta(seconds=10),
        description="How long a statement or request may take; a probe, three times that.",
    )
    concurrency: int = Field(default=4, ge=1, le=64, description="Connections at the same time.")

    @property
    def credentials(self) -> tuple[str, ...]:
        """What is secret in it, besides the passwords inside its addresses."""
        return ()


class PostgresTarget(Target):
    """A PostgreSQL database, 14 or newer, directly or through pgbouncer."""

    dsn: Secret = Field(description="A libpq connection string or URL.")
    timezone: str = Field(default="UTC", description="The zone in which partitions are cut.")
    statement_timeout: Duration = timedelta(seconds=5)
    lock_timeout: Duration = timedelta(milliseconds=250)
    application_name: str = "perfcheck"
    concurrency: int = Field(default=2, ge=1, le=16, description="Connections at most.")

    @property
    @override
    def credentials(self) -> tuple[str, ...]:
        return (self.dsn,)

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"'{value}' is not a time zone of the IANA database")
        return value


class Resolve(Model):
    """Where the value of a `{name}` in paths comes from."""

    get: str = Field(pattern=r"^/", description="The path that is asked.")
    json_path: str = Field(alias="json", description="Where it stands: data[0].id")


class HttpTarget(Target):
    """An HTTP API."""

    url: Secret = Field(pattern=r"^https?://", description="Scheme, host and base path.")
    headers: dict[str, str] = Field(
        default={}, repr=False, description="Sent with every request; their values stay secret."
    )
    resolve: dict[str, Resolve] = Field(default={}, description="Values for {names} in paths.")

    @property
    @override
    def credentials(self) -> tuple[str, ...]:
        return _of_headers(self.headers)

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            usable = bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("is no address: write https://host, https://host:port or with a path")
        return value

    @field_validator("headers")
    @classmethod
    def _can_be_sent(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII):
                raise ValueError(f"'{name}' is not the name of a header (RFC 9110, 5.1)")
            if not re.fullmatch(r"[\t\x20-\x7e]*", text):
                raise ValueError(f"the value of {name} holds what a header cannot (RFC 9110, 5.5)")
        return value


class RedisTarget(Target):
    """A Redis or Valkey server."""

    url: Secret = Field(description="redis://, rediss:// or unix://")


class MetricsTarget(Target):
    """An exposition page in the Prometheus or OpenMetrics format."""

    url: Secret
    headers: dict[str, str] = Field(default={}, repr=False)

    @property
    @override
    def credentials(self) -> tuple[str, ...]:
        return _of_headers(self.headers)


class PrometheusTarget(Target):
    """A Prometheus server; without a URL there is none."""

    url: str | None = Field(default=None, repr=False)

    @field_validator("url", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:  # noqa: ANN401 - not validated yet
        return value or None


class OtlpTarget(Target):
    """A place where traces arrive, or a server that has them."""

    listen: str | None = Field(default=None, description="host:port on which to receive OTLP.")
    url: str | None = Field(default=None, repr=False)


class LogTarget(Target):
    """Structured logs: of a file, a command or Loki."""

    file: str | None = None
    command: str | None = None
    loki: str | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if len([s for s in (self.file, self.command, self.loki) if s]) != 1:
            raise ValueError("needs exactly one of file, command, loki")
        return self


class GrafanaTarget(Target):
    """Dashboards: files, or a Grafana server."""

    files: str | Names | None = None
    url: str | None = Field(default=None, repr=False)
    token: str | None = Field(default=None, repr=False)

    @property
    @override
    def credentials(self) -> tuple[str, ...]:
        return (self.token,) if self.token else ()


_CREDENTIAL = re.compile("auth|cookie|token|key|secret|password|session|signature", re.IGNORECASE)


def _of_headers(headers: dict[str, str]) -> tuple[str, ...]:
    return tuple(value for name, value in headers.items() if _CREDENTIAL.search(name))


TARGETS: dict[str, type[Target]] = {
    "postgres": PostgresTarget,
    "http": HttpTarget,
    "redis": RedisTarget,
    "metrics": MetricsTarget,
    "prometheus": PrometheusTarget,
    "otlp": OtlpTarget,
    "jaeger": OtlpTarget,
    "tempo": OtlpTarget,
    "log": LogTarget,
    "grafana": GrafanaTarget,
}
