"""YAML with the scalars of version 1.2 and a place for every key and value.

PyYAML's C parser, walked by hand: `off` is text, `010` is ten, `5:30` is text; duplicate
keys, keys that are not text, foreign tags, alias bombs and deep nesting are refused.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as _BaseLoader
except ImportError:  # no libyaml: the same result, about five times slower
    from yaml import SafeLoader as _BaseLoader  # type: ignore[assignment]  # the same interface

MAX_DEPTH = 64
MAX_NODES = 200_000  # counted after aliases are followed

Spot = tuple[int, int]  # line and column, both from 1
Route = tuple[str | int, ...]  # ("indexes", 0, "columns")

_PREFIX = "tag:yaml.org,2002:"
_MERGE = f"{_PREFIX}merge"
_CORE = {f"{_PREFIX}{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map")}


class Yaml12Loader(_BaseLoader):
    """The C parser with the YAML 1.2 core schema."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML extends it per class


def _whole_number(loader: Any, node: yaml.ScalarNode) -> int:  # noqa: ANN401 - PyYAML's interface
    """Build an int; PyYAML's own constructor keeps octal, so that `010` would be 8."""
    text = str(loader.construct_scalar(node))
    base = {"0x": 16, "0o": 8}.get(text[:2], 10)
    return int(text[2:], base) if base != 10 else int(text)


def _install_core_schema() -> None:
    add = Yaml12Loader.add_implicit_resolver
    add(f"{_PREFIX}bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
    add(f"{_PREFIX}null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
    add(_MERGE, re.compile(r"^<<$"), ["<"])
    whole = re.compile(r"^(?:[-+]?[0-9]{1,4000}|0o[0-7]+|0x[0-9a-fA-F]+)$")
    add(f"{_PREFIX}int", whole, list("-+0123456789"))
    decimal = re.compile(
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    )
    add(f"{_PREFIX}float", decimal, list("-+0123456789."))
    Yaml12Loader.add_constructor(f"{_PREFIX}int", _whole_number)


_install_core_schema()


@dataclass
class Document:
    """What one file holds, and where each key and value of it is written."""

    file: str
    content: Any = None
    keys: dict[Route, Spot] = field(default_factory=dict)
    values: dict[Route, Spot] = field(default_factory=dict)
    mistakes: list[tuple[Spot, str]] = field(default_factory=list)
    secrets: set[Route] = field(default_factory=set)  # what ${env:} or ${file:} gave

    def blame(self, spot: Spot, message: str) -> None:
        """Note a mistake and go on, so that all are found at once."""
        self.mistakes.append((spot, message))

    def spot_of(self, route: Route, *, key: bool = False) -> Spot:
        """Return where a pydantic location is written, or its nearest known ancestor.

        Union tags that pydantic puts into a location are no keys: they are dropped.
        """
        known: Route = ()
        for part in route:
            if (*known, part) in self.values:
                known = (*known, part)
        if key and known in self.keys:
            return self.keys[known]
        return self.values.get(known, (1, 1))


class _RefusedError(Exception):
    """The file cannot be read any further."""

    def __init__(self, spot: Spot, message: str) -> None:
        super().__init__(message)
        self.spot = spot


def read_document(text: str, file: str) -> Document:
    """Return the document with every mistake that can be seen without a model."""
    document = Document(file)
    try:
        _refuse_deep_nesting(text)
        loader = Yaml12Loader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                raise _RefusedError((1, 1), "the file is empty")
            document.content = _Builder(loader, document).build(root, ())
        finally:
            loader.dispose()
    except _RefusedError as refused:
        document.blame(refused.spot, str(refused))
    except yaml.MarkedYAMLError as error:
        document.blame(_spot(error.problem_mark or error.context_mark), _not_yaml(error))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        column = int(error.position) - (text.rfind("\n", 0, int(error.position)) + 1) + 1
        document.blame((line, column), "not YAML: a control character")
    return document


def _not_yaml(error: yaml.MarkedYAMLError) -> str:
    said = f"not YAML: {error.problem or error.context}"
    if "expected ',' or '}'" in said:
        return f'{said}; inside braces, quote a value that has some: "${{env:X}}"'
    return said


def _spot(mark: Any) -> Spot:  # noqa: ANN401 - the C parser's marks have no public type
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _refuse_deep_nesting(text: str) -> None:
    """Stop before composing: libyaml's composer recurses and kills the process (SIGSEGV)."""
    depth = 0
    for event in yaml.parse(text, Loader=Yaml12Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _RefusedError(_spot(event.start_mark), f"nested more than {MAX_DEPTH} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Builder:
    """Turns nodes into values and notes where each of them stands."""

    def __init__(self, loader: Yaml12Loader, document: Document) -> None:
        self._loader = loader
        self._document = document
        self._left = MAX_NODES
        self._pairs_of: dict[int, dict[str, tuple[Any, Any]]] = {}

    def build(self, node: Any, route: Route) -> Any:  # noqa: ANN401 - any YAML
        self._left -= 1
        spot = _spot(node.start_mark)
        if self._left < 0 or len(route) > MAX_DEPTH:
            raise _RefusedError(spot, "too large or too deep: aliases that multiply?")
        self._document.values[route] = spot
        if node.tag not in _CORE:
            self._document.blame(spot, f"the tag {node.tag.replace(_PREFIX, '!!')} is not allowed")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, route)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*route, i)) for i, child in enumerate(node.value)]
        return self._loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, route: Route) -> dict[str, Any]:
        built = {}
        for name, (key, value) in self._pairs(node).items():
            self._document.keys[(*route, name)] = _spot(key.start_mark)
            built[name] = self.build(value, (*route, name))
        return built

    def _pairs(self, node: yaml.MappingNode) -> dict[str, tuple[Any, Any]]:
        """Return each key with its value, `<<` merged in; keys written here win.

        The node itself is left alone: PyYAML's flatten_mapping changes it, so that an
        aliased mapping read twice shows false duplicates, and it multiplies merges.
        """
        if id(node) in self._pairs_of:
            return self._pairs_of[id(node)]
        self._pairs_of[id(node)] = {}  # a mapping that merges itself finds nothing
        own: dict[str, tuple[Any, Any]] = {}
        merged: dict[str, tuple[Any, Any]] = {}
        for key, value in node.value:
            if key.tag == _MERGE:
                self._merge(value, merged)
            elif key.tag != f"{_PREFIX}str" or not isinstance(key, yaml.ScalarNode):
                self._document.blame(_spot(key.start_mark), "a key must be text: quote it")
            elif key.value in own:
                line, column = _spot(own[key.value][0].start_mark)
                message = f"duplicate key '{key.value}', first at {line}:{column}"
                self._document.blame(_spot(key.start_mark), message)
            else:
                own[key.value] = (key, value)
        self._pairs_of[id(node)] = merged | own
        return self._pairs_of[id(node)]

    def _merge(self, value: Any, merged: dict[str, tuple[Any, Any]]) -> None:  # noqa: ANN401 - a node
        sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
        for source in sources:
            if isinstance(source, yaml.MappingNode):
                for name, pair in self._pairs(source).items():
                    merged.setdefault(name, pair)
            else:
                self._document.blame(_spot(source.start_mark), "`<<` takes mappings only")


def read_scalar(text: str) -> Any:  # noqa: ANN401 - any scalar
    """Return one scalar as YAML 1.2 reads it; what is no scalar stays text."""
    document = read_document(text, "")
    is_scalar = not document.mistakes and not isinstance(document.content, dict | list)
    return document.content if is_scalar else text
