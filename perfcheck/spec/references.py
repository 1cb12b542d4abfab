"""Fill in ${env:X}, ${env:X:-default}, ${file:PATH} and ${var:x}, on parsed scalars only.

The text of a file is never a template: a value cannot add a key or a line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from perfcheck.spec.yaml12 import Document, Route
from perfcheck.suggest import hint

MAX_FILE_BYTES = 64 * 1024
_REFERENCE = re.compile(
    r"\$\$\{|\$\{(?P<kind>env|file|var):(?P<name>[^}]*?)(?::-(?P<default>[^}]*))?\}|\$\{[^}]*\}?"
)


class Unset(str):
    """Stands for a value that is missing, so that no second mistake is made of it."""

    __slots__ = ()


@dataclass
class Sources:
    """Where references get their values; `secrets` collects what env and file gave."""

    environ: Mapping[str, str]
    variables: Mapping[str, Any]
    unset: Literal["refused", "accepted", "accepted in targets"] = "refused"
    """What an unset environment variable is: `lint` and saved facts need no secrets."""
    secrets: set[str] = field(default_factory=set)
    secret_variables: set[str] = field(default_factory=set)


class _UnsetError(Exception):
    """A reference has no value."""


def resolved(
    document: Document,
    route: Route,
    value: Any,  # noqa: ANN401 - any YAML
    sources: Sources,
    folder: Path,
) -> Any:  # noqa: ANN401 - any YAML
    """Return what stands at a route with its references filled in.

    Unset ones are noted as mistakes of the document. A scalar that is exactly one `${var:}`
    keeps the variable's type. Relative paths of `${file:}` start at `folder`.
    """
    return _Resolver(document, sources, folder).walk(value, route)


@dataclass(frozen=True)
class _Resolver:
    document: Document
    sources: Sources
    folder: Path

    def walk(self, value: Any, route: Route) -> Any:  # noqa: ANN401 - any YAML
        if isinstance(value, dict):
            return {key: self.walk(child, (*route, key)) for key, child in value.items()}
        if isinstance(value, list):
            return [self.walk(child, (*route, i)) for i, child in enumerate(value)]
        if isinstance(value, str) and "${" in value:
            return self._scalar(value, route)
        return value

    def _scalar(self, value: str, route: Route) -> Any:  # noqa: ANN401 - a variable has any type
        if any(self._is_secret(found) for found in _REFERENCE.finditer(value)):
            self.document.secrets.add(route)
        try:
            whole = _REFERENCE.fullmatch(value)
            if whole:
                return self._look_up(whole, route)
            parts = [self._look_up(found, route) for found in _REFERENCE.finditer(value)]
            if any(isinstance(part, Unset) for part in parts):
                return Unset(value)
            rest = iter(parts)
            return _REFERENCE.sub(lambda _: str(next(rest)), value)
        except _UnsetError as unset:
            self.document.blame(self.document.spot_of(route), str(unset))
            return Unset(value)

    def _is_secret(self, found: re.Match[str]) -> bool:
        if found["kind"] == "var":
            return found["name"] in self.sources.secret_variables
        return found["kind"] in ("env", "file")

    def _look_up(self, found: re.Match[str], route: Route) -> Any:  # noqa: ANN401 - a variable has any type
        kind, name, default = found["kind"], found["name"], found["default"]
        if found[0] == "$${":
            return "${"
        if kind == "env":
            return self._environment(name, default, route)
        if kind == "var" and default is None:
            if name in self.sources.variables:
                return self.sources.variables[name]
            near = hint(name, self.sources.variables)
            raise _UnsetError(f"variable '{name}' is not declared under `vars`{near}")
        if kind == "file" and default is None:
            return self._file(name)
        raise _UnsetError(
            f"'{found[0]}' is not ${{env:X}}, ${{env:X:-default}}, ${{file:PATH}} or ${{var:x}}"
        )

    def _environment(self, name: str, default: str | None, route: Route) -> str:
        if name in self.sources.environ:
            return self._secret(self.sources.environ[name])
        if default is not None:
            return default
        in_targets = route[:1] == ("targets",) and self.sources.unset == "accepted in targets"
        if in_targets or self.sources.unset == "accepted":
            return Unset(name)
        raise _UnsetError(f"environment variable {name} is not set and has no default")

    def _file(self, name: str) -> str:
        path = self.folder / name
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise _UnsetError(f"{name} is larger than 64 KiB: not a secret's file")
            return self._secret(path.read_text("utf-8").removesuffix("\n"))
        except OSError as error:
            raise _UnsetError(f"cannot read {name}: {error.strerror}") from error
        except UnicodeError as error:
            raise _UnsetError(f"cannot read {name}: it is not UTF-8 text") from error

    def _secret(self, value: str) -> str:
        if value:
            self.sources.secrets.add(value)
        return value
