"""Load a spec: every mistake of every file at once, each with its place."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from perfcheck.errors import Problem, SpecError, UsageError
from perfcheck.redact import Redactor
from perfcheck.spec.bind import Binder
from perfcheck.spec.files import Files, find_root, read_files, shown
from perfcheck.spec.model import Head, Item, Requirement, Spec
from perfcheck.spec.references import Sources, resolved
from perfcheck.spec.secrets import secrets_of
from perfcheck.spec.targets import TARGETS, Target
from perfcheck.spec.validate import validated
from perfcheck.spec.yaml12 import Document, Spot, read_scalar
from perfcheck.suggest import hint

HEAD_KEYS = frozenset(field.alias or name for name, field in Head.model_fields.items())
_REPEATED = frozenset({"include"})  # what an included file may say besides sections


@dataclass(frozen=True)
class Asked:
    """How a spec is asked for: from the command line and the environment."""

    variables: Mapping[str, str] = field(default_factory=dict)
    profile: str | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    unset: Literal["refused", "accepted", "accepted in targets"] = "refused"


def load_spec(path: Path | None = None, asked: Asked | None = None) -> Spec:
    """Return the spec of a file or folder.

    Raises SpecError with all mistakes; UsageError where there is no spec, or the profile
    or a variable of the command line is not in it.
    """
    files = read_files(find_root(path))
    return _Loading(files, asked or Asked()).spec()


class _Loading:
    """One spec on its way from documents to requirements."""

    def __init__(self, files: Files, asked: Asked) -> None:
        self._files = files
        self._asked = asked
        self._sources = Sources(asked.environ, {}, asked.unset)

    def spec(self) -> Spec:
        root = self._files.documents[0]
        if not isinstance(root.content, dict):
            if not root.mistakes:
                root.blame((1, 1), "a spec is a mapping of sections")
            raise self._error()
        self._fill_in(root)
        head = self._head(root)
        targets = dict(self._targets(root))
        binder = Binder(_kinds(root), frozenset(head.profiles) if head else frozenset())
        requirements = tuple(self._requirements(binder))
        items = head.checklist.items if head and head.checklist else ()
        self._check_items(root, items, requirements)
        if any(document.mistakes for document in self._files.documents) or head is None:
            raise self._error()
        if not requirements:
            root.blame((1, 1), "the spec has no requirement")
            raise self._error()
        return Spec(
            name=head.name,
            title=head.title,
            path=shown(self._files.root),
            sha256=self._files.sha256,
            profile=self._asked.profile,
            targets=targets,
            profiles=head.profiles,
            checklist=items,
            requirements=requirements,
            secrets=secrets_of(self._sources.secrets, targets.values()),
        )

    def _error(self) -> SpecError:
        redactor = Redactor(secrets_of(self._sources.secrets, ()))
        return SpecError(
            tuple(
                Problem(document.file, spot[0], spot[1], redactor.text(message))
                for document in self._files.documents
                for spot, message in sorted(set(document.mistakes))
            )
        )

    def _fill_in(self, root: Document) -> None:
        """Fill in the variables first, then every reference of every document."""
        folder = self._files.root.parent
        declared = root.content.get("vars")
        variables = dict(declared) if isinstance(declared, dict) else {}
        chosen = self._chosen_profile(root)
        overrides = chosen.get("vars") if isinstance(chosen, dict) else None
        variables |= overrides if isinstance(overrides, dict) else {}
        self._override(variables)
        self._sources.variables = resolved(root, ("vars",), variables, self._sources, folder)
        routes = [route for route in root.secrets if route[:1] == ("vars",) and len(route) > 1]
        self._sources.secret_variables = {str(route[1]) for route in routes}
        for document in self._files.documents:
            document.content = resolved(document, (), document.content, self._sources, folder)

    def _chosen_profile(self, root: Document) -> object:
        name = self._asked.profile
        if name is None:
            return None
        profiles = root.content.get("profiles")
        known = profiles if isinstance(profiles, dict) else {}
        if name not in known:
            raise UsageError(f"the spec has no profile '{name}'{hint(name, known)}")
        return known[name]

    def _override(self, variables: dict[str, Any]) -> None:
        for name, declared in variables.items():
            variable = "PERFCHECK_VAR_" + re.sub(r"\W", "_", name).upper()
            if variable in self._asked.environ:
                variables[name] = _as(declared, self._asked.environ[variable], variable)
        for name, text in self._asked.variables.items():
            if name not in variables:
                near = hint(name, variables)
                raise UsageError(f"--var {name}: the spec has no such variable{near}")
            variables[name] = _as(variables[name], text, f"--var {name}")

    def _head(self, root: Document) -> Head | None:
        said = {key: value for key, value in root.content.items() if key in HEAD_KEYS}
        return validated(Head, root, (), said)

    def _targets(self, root: Document) -> Iterator[tuple[str, Target]]:
        said = root.content.get("targets")
        for name, entry in (said if isinstance(said, dict) else {}).items():
            if not isinstance(entry, dict):
                continue  # the head's model says so
            kind = entry.get("kind")
            if kind not in TARGETS:
                spot = root.spot_of(("targets", name, "kind"))
                what = "has no kind" if kind is None else f"unknown kind '{kind}'"
                root.blame(spot, f"targets.{name}: {what}{hint(str(kind), TARGETS)}")
                continue
            target = validated(TARGETS[kind], root, ("targets", name), entry)
            if target is not None:
                yield name, target

    def _requirements(self, binder: Binder) -> Iterator[Requirement]:
        for i, document in enumerate(self._files.documents):
            if not isinstance(document.content, dict):
                if not document.mistakes:
                    document.blame((1, 1), "a spec is a mapping of sections")
                continue
            for section, entries in document.content.items():
                if section not in HEAD_KEYS:
                    yield from binder.section(document, section, entries)
                elif i > 0 and section not in _REPEATED:
                    spot = document.spot_of((section,), key=True)
                    document.blame(spot, f"'{section}' belongs in the root file")

    def _check_items(
        self, root: Document, items: tuple[Item, ...], requirements: tuple[Requirement, ...]
    ) -> None:
        names = {r.name for r in requirements} | {r.section for r in requirements}
        seen: dict[str, Spot] = {}
        for i, item in enumerate(items):
            route = ("checklist", "items", i)
            if item.id in seen:
                line, column = seen[item.id]
                message = f"checklist: id '{item.id}' is used twice, first at {line}:{column}"
                root.blame(root.spot_of(route), message)
            seen.setdefault(item.id, root.spot_of(route))
            for j, required in enumerate(item.requires):
                if required not in names and not self._broken(required):
                    spot = root.spot_of((*route, "requires", j))
                    root.blame(
                        spot,
                        f"requires '{required}', which the spec does not have"
                        f"{hint(required, names)}",
                    )

    def _broken(self, required: str) -> bool:
        """Tell whether a section was written but could not be read: one mistake is enough."""
        section = required.partition("/")[0]
        return any(
            document.mistakes
            and (not isinstance(document.content, dict) or section in document.content)
            for document in self._files.documents
        )


def _kinds(root: Document) -> dict[str, str]:
    said = root.content.get("targets")
    entries = said.items() if isinstance(said, dict) else ()
    return {name: str(entry.get("kind")) for name, entry in entries if isinstance(entry, dict)}


def _as(declared: object, text: str, where: str) -> object:
    """Read an override as the type that was declared. Raises UsageError for another."""
    if isinstance(declared, str):
        return text
    value = read_scalar(text)
    same = type(value) is type(declared) or {type(value), type(declared)} == {int, float}
    if not same:
        kind = type(declared).__name__
        raise UsageError(f"{where}: '{text}' is not of the declared type ({kind})")
    return value
