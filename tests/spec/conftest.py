"""Write a spec into a folder and load it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from perfcheck.errors import SpecError
from perfcheck.spec.load import Asked, load_spec
from perfcheck.spec.model import Spec

HEAD = "perfcheck: 1\nname: shop\n"

Load = Callable[..., Spec]
Mistakes = Callable[..., list[str]]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return a function that loads a root file's text; `files` are written beside it."""
    monkeypatch.chdir(tmp_path)

    def load_text(text: str, asked: Asked | None = None, files: Mapping[str, str] = {}) -> Spec:
        (tmp_path / "perfcheck.yaml").write_text(text, "utf-8")
        for name, content in files.items():
            (tmp_path / name).write_text(content, "utf-8")
        return load_spec(Path("perfcheck.yaml"), asked or Asked(environ={}))

    return load_text


@pytest.fixture
def mistakes(load: Load) -> Mistakes:
    """Return a function that gives the mistakes of a text, a line each; none: an empty list."""

    def mistakes_of(
        text: str, asked: Asked | None = None, files: Mapping[str, str] = {}
    ) -> list[str]:
        try:
            load(text, asked, files)
        except SpecError as error:
            return [str(problem) for problem in error.problems]
        return []

    return mistakes_of
