"""The repository checks itself: names, sizes, documents, and what the wheel holds."""

import ast
import itertools
import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from perfcheck.checks import check_of, sections
from perfcheck.cli import app
from perfcheck.spec.load import Asked, load_spec
from tests.readme import README, filled_in

ROOT = Path(__file__).parents[1]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
NEW = ("--cached", "--others", "--exclude-standard")  # what a commit would add, too


def tracked(*patterns: str) -> list[Path]:
    """Return the files of the repository, as git knows them; options of ls-files too."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    files = (ROOT / name for name in listed.stdout.split("\0") if name)
    return sorted(file for file in files if file.exists())


def check_file(section: str) -> Path:
    return ROOT / (sections()[section].replace(".", "/") + ".py")


def test_every_check_file_has_a_name_of_its_own():
    files = [
        file
        for file in (ROOT / "perfcheck" / "checks").glob("*/*.py")
        if not file.name.startswith("_")
    ]
    assert sorted(file.stem for file in files) == sorted(sections())


@pytest.mark.parametrize("section", sections())
def test_a_check_states_its_rule_and_its_source(section: str):
    doc = check_of(section).__doc__ or ""
    assert doc.split("\n\n", 1)[0].rstrip().endswith(".")
    assert "Source" in doc


@pytest.mark.parametrize("section", sections())
def test_every_field_of_a_check_is_described(section: str):
    fields = check_of(section).model_fields
    assert [name for name, field in fields.items() if not field.description] == []


@pytest.mark.parametrize("section", sections())
def test_a_check_is_tested_to_pass_to_fail_and_to_be_unverified(section: str):
    room = check_file(section).parent.name
    test = ROOT / "tests" / "checks" / room / f"test_{section}.py"
    text = test.read_text("utf-8").lower()
    for outcome in ("pass", "fail", "unverified"):
        assert re.search(rf"outcome\.{outcome}\b|[\"']{outcome}[\"']", text), outcome


def test_every_section_is_named_in_the_contract_of_independence():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (named,) = (c["modules"] for c in contracts if c["type"] == "independence")
    assert sorted(named) == sorted(sections().values())


@pytest.mark.parametrize("file", tracked("*.py"), ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_are_small(file: Path):
    text = file.read_text("utf-8")
    assert text.count("\n") <= MAX_FILE_LINES
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= MAX_FUNCTION_LINES
    ]
    assert long == []


@pytest.mark.parametrize(
    "file", tracked("sql/probes/*.sql"), ids=lambda file: str(file.relative_to(ROOT))
)
def test_a_query_says_what_it_asks_and_is_used(file: Path):
    assert file.read_text("utf-8").startswith("--")
    sources = "".join(f.read_text("utf-8") for f in tracked("perfcheck/*.py"))
    assert f'"{file.name}"' in sources


def test_nothing_in_the_repository_speaks_of_another_place():
    own = Path(__file__)
    words = re.compile(r"/work/|/root/|\bTODO\b|\bFIXME\b")
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in tracked()
        if file != own and file.suffix in (".py", ".sql", ".yaml", ".toml", ".md", "")
        for match in words.finditer(file.read_text("utf-8", errors="replace"))
    ]
    assert found == []


def test_nothing_waits_by_sleeping():
    """But for what tells nobody: a file that is closed, a grandchild that ends."""
    found = [
        str(file.relative_to(ROOT))
        for file in tracked("perfcheck/*.py")
        if "time.sleep(" in file.read_text("utf-8")
    ]
    assert found == ["perfcheck/reference/folder.py", "perfcheck/reference/orphans.py"]


def test_the_wheel_holds_exactly_the_tracked_files(tmp_path: Path):
    places = {"specs": "perfcheck/_data/specs", "sql": "perfcheck/_data/sql"}
    wanted = {
        "/".join([places.get(file.parts[0], file.parts[0]), *file.parts[1:]])
        for file in (f.relative_to(ROOT) for f in tracked(*NEW, "perfcheck", "specs", "sql"))
    }
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == wanted


def test_the_licence_is_in_the_wheel_and_in_the_metadata():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert settings["project"]["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")


def test_the_generated_parts_of_the_readme_are_true():
    text = README.read_text("utf-8")
    assert text == filled_in(text), "run: python -m tests.readme"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the spec of the README into a folder of its own, and go there."""
    (text,) = blocks("yaml")
    (tmp_path / "perfcheck.yaml").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOP_DSN", "postgresql://127.0.0.1:1/shop")
    monkeypatch.setenv("SHOP_TOKEN", "token")
    return tmp_path


def test_the_spec_of_the_readme_has_no_mistake(shop: Path):
    loaded = load_spec(shop)
    assert {r.section for r in loaded.requirements} == set(sections())


def readme_commands() -> list[str]:
    lines = "".join(blocks("sh")).splitlines()
    commands = [line.split("#", 1)[0].split(">", 1)[0].strip() for line in lines]
    return [command for command in commands if command.startswith("perfcheck ")]


@pytest.mark.parametrize("command", [c for c in readme_commands() if "reference up" not in c])
def test_a_command_of_the_readme_does_what_it_says(shop: Path, command: str):
    """The README's spec names an API that is not there: its host is replaced by a closed port."""
    text = (shop / "perfcheck.yaml").read_text("utf-8")
    closed = text.replace("https://shop.example", "http://127.0.0.1:1")
    (shop / "perfcheck.yaml").write_text(closed, "utf-8")
    arguments = shlex.split(command)[1:]
    if "--facts" in arguments:
        CliRunner().invoke(app, ["verify", "--save-facts", "facts.json"])
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == (3 if arguments[0] == "verify" else 0), ran.output
    for option, name in itertools.pairwise(arguments):
        if option in ("--report", "--save-facts"):
            assert (shop / name.split(":")[-1]).stat().st_size > 0


def test_every_command_has_help():
    for name in ("verify", "lint", "schema", "demo", "reference"):
        assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


def test_the_shipped_specs_load(monkeypatch: pytest.MonkeyPatch):
    for root in tracked("specs/*/perfcheck.yaml"):
        spec = load_spec(root, Asked(environ={}, unset="accepted"))
        assert spec.requirements


def test_the_workflows_run_what_runs_here():
    for file in tracked(".github/workflows/*.yaml"):
        workflow: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                uses = step.get("uses", "")
                assert not uses or re.search(r"@[0-9a-f]{40}$", uses), uses
