"""Turn the entries of a section into requirements."""

from collections.abc import Iterator, Mapping
from typing import Any

from perfcheck.checks import check_of, sections
from perfcheck.checks.base import Check
from perfcheck.checks.unchecked import RESERVED, Unchecked
from perfcheck.model import Location
from perfcheck.spec.model import Requirement
from perfcheck.spec.targets import TARGETS
from perfcheck.spec.validate import validated
from perfcheck.spec.yaml12 import Document, Route
from perfcheck.suggest import hint


class Binder:
    """Knows the targets and profiles of a spec, and which ids were used where."""

    def __init__(self, kinds: Mapping[str, str], profiles: frozenset[str]) -> None:
        self._kinds = kinds
        self._profiles = profiles
        self._first: dict[tuple[str, str], Location] = {}
        self._without_target: set[str] = set()  # sections: said once, not for each entry

    def section(self, document: Document, section: str, entries: Any) -> Iterator[Requirement]:  # noqa: ANN401 - any YAML
        """Yield the requirements of one section; mistakes go to the document."""
        spot = document.spot_of((section,), key=True)
        if section not in sections() and section not in RESERVED:
            document.blame(spot, f"unknown section '{section}'{_near(section)}")
        elif not isinstance(entries, list):
            document.blame(spot, f"'{section}' must be a list of requirements, each after a `-`")
        elif not entries:
            document.blame(spot, f"'{section}' is empty: nothing is required")
        else:
            model = check_of(section) if section in sections() else Unchecked
            for i, entry in enumerate(entries):
                yield from self._requirement(document, model, (section, i), entry)

    def _requirement(
        self, document: Document, model: type[Check], route: Route, entry: object
    ) -> Iterator[Requirement]:
        if _has_nulls(document, route, entry):
            return
        check = validated(model, document, route, entry)
        if check is None or check.identity is None:
            return
        section = str(route[0])
        line, column = document.spot_of(route)
        location = Location(file=document.file, line=line, column=column)
        first = self._first.setdefault((section, check.identity), location)
        if first is not location:
            place = f"{first.file}:{first.line}:{first.column}"
            message = f"{section}: id '{check.identity}' is used twice, first at {place}"
            document.blame((line, column), message)
        self._check_profiles(document, route, check)
        self._check_identity(document, route, check)
        target = self._target(document, route, check)
        yield Requirement(section, check.identity, check, location, target)

    def _check_profiles(self, document: Document, route: Route, check: Check) -> None:
        for i, name in enumerate(check.profiles or ()):
            if name not in self._profiles:
                spot = document.spot_of((*route, "profiles", i))
                document.blame(spot, f"unknown profile '{name}'{hint(name, self._profiles)}")

    def _check_identity(self, document: Document, route: Route, check: Check) -> None:
        """Refuse an id that is made of a secret: it stands in every report, and in the facts."""
        named_by = ("id",) if check.id else (check.natural_id, "name", "class", "title")
        for name in named_by:
            if name is not None and (*route, name) in document.secrets:
                spot = document.spot_of((*route, name))
                document.blame(
                    spot,
                    "an id is shown everywhere: it may not come from ${env:} or "
                    "${file:}; give the entry an `id`",
                )
                return

    def _target(self, document: Document, route: Route, check: Check) -> str | None:
        """Return the target's name: the one that is named, else the only one of its kind."""
        of_kind = [name for name, kind in self._kinds.items() if kind == check.kind]
        spot = document.spot_of((*route, "target"))
        if check.target is not None:
            if check.target not in (of_kind if check.kind else self._kinds):
                known = hint(check.target, of_kind or self._kinds)
                kind = f"{check.kind} " if check.kind else ""
                document.blame(spot, f"no {kind}target is named '{check.target}'{known}")
            return check.target
        if not check.kind:
            return None
        if len(of_kind) == 1:
            return of_kind[0]
        mistaken = set(self._kinds.values()) - set(TARGETS)  # said already, and may be the one
        if check.kind not in self._without_target and not mistaken:
            self._without_target.add(check.kind)
            many = f"several targets are of kind {check.kind}: add `target: {' | '.join(of_kind)}`"
            none = f"needs a target of kind {check.kind}, and the spec has none"
            document.blame(spot, f"{route[0]}: {many if of_kind else none}")
        return None


def _has_nulls(document: Document, route: Route, entry: object) -> bool:
    """Note every key without a value: it would assert nothing, and look as if it did."""
    empty = (
        [key for key, value in entry.items() if value is None] if isinstance(entry, dict) else []
    )
    for key in empty:
        label = ".".join(str(part) for part in (*route, key))
        message = f"{label}: has no value: give it one, or leave the key out"
        document.blame(document.spot_of((*route, key), key=True), message)
    return bool(empty)


def _near(section: str) -> str:
    return hint(section, {*sections(), *RESERVED})
