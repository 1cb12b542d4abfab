"""Loading a spec: what a user may write, and every mistake with its place."""

from pathlib import Path

import pytest

from perfcheck.errors import SpecError, UsageError
from perfcheck.spec.files import MAX_FILE_BYTES, find_root
from perfcheck.spec.load import Asked, load_spec
from tests.spec.conftest import HEAD, Load, Mistakes

DB = "targets:\n  db: {kind: postgres, dsn: 'host=127.0.0.1'}\n"
INDEX = "indexes:\n  - {name: i, table: t, columns: [a]}\n"


def test_a_small_spec_loads(load: Load):
    spec = load(HEAD + DB + INDEX)
    (requirement,) = spec.requirements
    assert requirement.name == "indexes/i"
    assert requirement.target == "db"
    assert (requirement.location.file, requirement.location.line) == ("perfcheck.yaml", 6)


def test_the_shipped_spec_loads_unchanged():
    environ = {
        "PERFCHECK_DB_DSN": "host=127.0.0.1",
        "PERFCHECK_API_URL": "http://127.0.0.1",
        "PERFCHECK_API_TOKEN": "token",
        "PERFCHECK_REDIS_URL": "redis://127.0.0.1",
        "PERFCHECK_LOG_FILE": "log",
    }
    spec = load_spec(Path("specs/reconciliation"), Asked(profile="demo", environ=environ))
    assert len(spec.requirements) == 62
    assert len(spec.checklist) == 11


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            HEAD + DB + "indexs:\n  - {name: i, table: t, columns: [a]}\n",
            ["perfcheck.yaml:5:1: unknown section 'indexs'; did you mean 'indexes'?"],
            id="unknown section",
        ),
        pytest.param(
            HEAD + DB + "indexes:\n  - {name: i, table: t, columns: [a], usng: gin}\n",
            ["perfcheck.yaml:6:39: indexes.0.usng: unknown key; did you mean 'using'?"],
            id="unknown key",
        ),
        pytest.param(
            HEAD + DB + "indexes:\n  - {table: t, columns: [a]}\n",
            ["perfcheck.yaml:6:5: indexes.0: has no id"],
            id="no id",
        ),
        pytest.param(
            HEAD + DB + INDEX + "  - {name: i, table: u, columns: [b]}\n",
            [
                "perfcheck.yaml:7:5: indexes: id 'i' is used twice, first at perfcheck.yaml:6:5",
            ],
            id="an id twice",
        ),
        pytest.param(
            HEAD + "targets:\n  api: {kind: http, url: 'http://127.0.0.1'}\n"
            "compression:\n  - {id: c, path: /x}\n",
            [
                "perfcheck.yaml:6:5: compression.0: asserts nothing: add one of content_types, "
                "encoding, fallback, level, smaller_than, threshold"
            ],
            id="asserts nothing",
        ),
        pytest.param(
            HEAD + DB + "indexes: []\n",
            ["perfcheck.yaml:5:1: 'indexes' is empty: nothing is required"],
            id="an empty section",
        ),
        pytest.param(
            HEAD + DB + "indexes: {i: {table: t}}\n",
            ["perfcheck.yaml:5:1: 'indexes' must be a list of requirements, each after a `-`"],
            id="a section that is a map",
        ),
        pytest.param(
            HEAD + DB + "indexes:\n  - {name: i, table: t, columns: [a], analyzed_within: 7}\n",
            [
                "perfcheck.yaml:6:56: indexes.0.analyzed_within: '7' is not a duration: "
                "write 250ms, 30s, 15m, 1h, 7d or 2w"
            ],
            id="no unit",
        ),
        pytest.param(
            HEAD + INDEX,
            ["perfcheck.yaml:4:5: indexes: needs a target of kind postgres, and the spec has none"],
            id="no target",
        ),
        pytest.param(
            HEAD + DB + "  db2: {kind: postgres, dsn: x}\n" + INDEX,
            [
                "perfcheck.yaml:7:5: indexes: several targets are of kind postgres: "
                "add `target: db | db2`"
            ],
            id="two targets",
        ),
        pytest.param(
            HEAD + DB + "indexes:\n  - {name: i, table: t, columns: [a], target: dbb}\n",
            ["perfcheck.yaml:6:47: no postgres target is named 'dbb'; did you mean 'db'?"],
            id="unknown target",
        ),
        pytest.param(
            HEAD + "targets:\n  db: {kind: postgress, dsn: x}\n" + INDEX,
            [
                "perfcheck.yaml:4:14: targets.db: unknown kind 'postgress'; "
                "did you mean 'postgres'?",
            ],
            id="unknown kind",
        ),
        pytest.param(
            HEAD + DB + INDEX + "profiles:\n  prod: {allow: [read, wirte]}\n",
            [
                "perfcheck.yaml:8:24: profiles.prod.allow.1: "
                "should be 'read', 'execute', 'write' or 'load'"
            ],
            id="unknown permission",
        ),
        pytest.param(
            HEAD + DB + "indexes:\n  - {name: i, table: t, columns: [a], profiles: [prd]}\n"
            "profiles:\n  prod: {allow: [read]}\n",
            ["perfcheck.yaml:6:50: unknown profile 'prd'; did you mean 'prod'?"],
            id="unknown profile",
        ),
        pytest.param(
            HEAD + DB + INDEX + "checklist:\n  items:\n    - {id: x, item: X, requires: [index]}\n",
            [
                "perfcheck.yaml:9:35: requires 'index', which the spec does not have; "
                "did you mean 'indexes'?"
            ],
            id="an item without subject",
        ),
        pytest.param("- a\n", ["perfcheck.yaml:1:1: a spec is a mapping of sections"], id="a list"),
        pytest.param(HEAD, ["perfcheck.yaml:1:1: the spec has no requirement"], id="nothing"),
        pytest.param(
            "perfcheck: 2\nname: shop\n" + DB + INDEX,
            ["perfcheck.yaml:1:12: perfcheck: must be 1"],
            id="another version",
        ),
        pytest.param(
            HEAD + DB + INDEX + "colour: blue\n",
            ["perfcheck.yaml:7:1: unknown section 'colour'"],
            id="an unknown key at the top",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, expected: list[str], mistakes: Mistakes):
    found = mistakes(text)
    assert len(found) == len(expected), found
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start)


def test_all_mistakes_of_all_files_come_at_once(mistakes: Mistakes):
    found = mistakes(
        HEAD + "include: [a.yaml, none.yaml]\n" + DB + INDEX + "colur: 1\n",
        files={"a.yaml": "indexes:\n  - {name: j}\nname: other\n"},
    )
    assert [line.split(" ", 1)[0] for line in found] == [
        "perfcheck.yaml:3:19:",
        "perfcheck.yaml:8:1:",
        "a.yaml:2:5:",
        "a.yaml:2:5:",
        "a.yaml:3:1:",
    ]


def test_an_include_cycle_is_named(mistakes: Mistakes):
    found = mistakes(
        HEAD + "include: [a.yaml]\n" + DB + INDEX, files={"a.yaml": "include: [perfcheck.yaml]\n"}
    )
    assert found == ["a.yaml:1:11: includes itself, through perfcheck.yaml"]


def test_an_id_may_not_be_used_twice_over_files(mistakes: Mistakes):
    found = mistakes(HEAD + "include: [a.yaml]\n" + DB + INDEX, files={"a.yaml": INDEX})
    assert found == ["a.yaml:2:5: indexes: id 'i' is used twice, first at perfcheck.yaml:7:5"]


def test_a_large_file_is_refused_unread(tmp_path: Path):
    file = tmp_path / "perfcheck.yaml"
    with file.open("wb") as stream:
        stream.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(SpecError, match=r"1:1: 10\.0 MiB; a spec's file may have 10 MiB"):
        load_spec(file)


def test_bytes_that_are_no_text_are_named_with_their_place(tmp_path: Path):
    file = tmp_path / "perfcheck.yaml"
    file.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(SpecError, match=r":2:4: not UTF-8"):
        load_spec(file)


def test_references_are_filled_in_on_scalars(load: Load):
    text = (
        HEAD + "vars: {table: t, n: 3}\n"
        "targets:\n  db: {kind: postgres, dsn: '${env:DSN}', concurrency: '${var:n}'}\n"
        "indexes:\n  - {name: i, table: '${var:table}', columns: ['${env:COL:-a}']}\n"
    )
    spec = load(text, Asked(environ={"DSN": "host=x password=s3cret"}))
    assert spec.targets["db"].concurrency == 3
    assert {"host=x password=s3cret", "s3cret"} <= spec.secrets
    assert spec.requirements[0].check.model_dump()["table"] == '"public"."t"'


def test_a_variable_is_overridden_by_flag_environment_and_profile(load: Load):
    text = (
        HEAD + DB + "vars: {table: t}\nprofiles: {p: {allow: [read], vars: {table: u}}}\n"
        "indexes:\n  - {name: i, table: '${var:table}', columns: [a]}\n"
    )

    def table(asked: Asked) -> object:
        return load(text, asked).requirements[0].check.model_dump()["table"]

    assert table(Asked(environ={})) == '"public"."t"'
    assert table(Asked(environ={}, profile="p")) == '"public"."u"'
    assert table(Asked(environ={"PERFCHECK_VAR_TABLE": "v"}, profile="p")) == '"public"."v"'
    flag = Asked(environ={"PERFCHECK_VAR_TABLE": "v"}, variables={"table": "w"}, profile="p")
    assert table(flag) == '"public"."w"'


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("${env:NONE}", "environment variable NONE is not set and has no default"),
        ("${var:tabel}", "variable 'tabel' is not declared under `vars`; did you mean 'table'?"),
        ("${file:none}", "cannot read none: No such file or directory"),
        ("${HOME}", "'${HOME}' is not ${env:X}, ${env:X:-default}, ${file:PATH} or ${var:x}"),
    ],
)
def test_an_unset_reference_is_one_mistake(reference: str, message: str, mistakes: Mistakes):
    text = (
        HEAD
        + DB
        + f"vars: {{table: t}}\nindexes:\n  - {{name: i, table: '{reference}', columns: [a]}}\n"
    )
    assert mistakes(text) == [f"perfcheck.yaml:7:22: {message}"]


def test_unset_environment_variables_are_accepted_on_request(load: Load):
    text = (
        HEAD
        + "targets:\n  api: {kind: http, url: '${env:URL}'}\n  db: {kind: postgres, dsn: x}\n"
        + INDEX
    )
    assert load(text, Asked(environ={}, unset="accepted")).requirements


def test_a_secret_never_shows_in_a_mistake(mistakes: Mistakes):
    text = (
        HEAD + DB + "indexes:\n  - {name: i, table: t, columns: [a], analyzed_within: '${env:S}'}\n"
    )
    (found,) = mistakes(text, Asked(environ={"S": "hunter2"}))
    assert "hunter2" not in found
    assert "'***' is not a duration" in found


@pytest.mark.parametrize(
    "entry", ["{id: '${env:S}', name: i", "{name: '${env:S}'", "{name: 'a_${var:v}'"]
)
def test_an_id_may_not_be_a_secret(entry: str, mistakes: Mistakes):
    (found,) = mistakes(
        HEAD + DB + f"vars: {{v: '${{env:S}}'}}\nindexes:\n  - {entry}, table: t, columns: [a]}}\n",
        Asked(environ={"S": "x1"}),
    )
    assert "an id is shown everywhere" in found
    assert found.startswith("perfcheck.yaml:7:")


def test_a_key_without_a_value_is_a_mistake(mistakes: Mistakes):
    text = HEAD + DB + "indexes:\n  - {name: i, table: t, columns: [a], analyzed_within: }\n"
    assert mistakes(text) == [
        "perfcheck.yaml:6:39: indexes.0.analyzed_within: has no value: "
        "give it one, or leave the key out"
    ]


@pytest.mark.parametrize("text", ["null", "~", "many", "[1]"])
def test_a_variable_keeps_its_type(text: str, load: Load):
    spec = HEAD + DB + "vars: {n: 3}\n" + INDEX
    with pytest.raises(UsageError, match="is not of the declared type"):
        load(spec, Asked(environ={}, variables={"n": text}))


def test_an_included_file_that_is_no_mapping_is_one_mistake(mistakes: Mistakes):
    found = mistakes(
        HEAD
        + "include: [a.yaml]\n"
        + DB
        + INDEX
        + "checklist: {items: [{id: x, item: X, requires: [partitions]}]}\n",
        files={"a.yaml": "5\n"},
    )
    assert found == ["a.yaml:1:1: a spec is a mapping of sections"]


@pytest.mark.parametrize("url", ["http://h:99999", "http://", "http://h:x", "http://[::1"])
def test_an_address_that_is_none_is_a_mistake(url: str, mistakes: Mistakes):
    text = (
        HEAD + f"targets:\n  api: {{kind: http, url: '{url}'}}\n  db: {{kind: postgres, dsn: x}}\n"
    )
    (found,) = mistakes(text + INDEX)
    assert found.startswith("perfcheck.yaml:4:26: targets.api.url: is no address")


def test_a_header_that_cannot_be_sent_is_a_mistake(mistakes: Mistakes):
    target = "targets:\n  api: {kind: http, url: 'http://h', headers: {X-A: '${env:S}'}}\n"
    text = HEAD + target + "etags:\n  - {id: e, paths: [/a], algorithm: md5}\n"
    (found,) = mistakes(text, Asked(environ={"S": "caf\u00e9"}))
    assert "the value of X-A holds what a header cannot" in found
    assert "caf" not in found


def test_a_file_gives_a_secret(load: Load):
    text = HEAD + "targets:\n  db: {kind: postgres, dsn: '${file:dsn}'}\n" + INDEX
    assert "host=z" in load(text, files={"dsn": "host=z\n"}).secrets


def test_an_unknown_profile_or_variable_is_a_usage_error(load: Load):
    with pytest.raises(UsageError, match="the spec has no profile 'x'"):
        load(HEAD + DB + INDEX, Asked(environ={}, profile="x"))
    with pytest.raises(UsageError, match="--var x: the spec has no such variable"):
        load(HEAD + DB + INDEX, Asked(environ={}, variables={"x": "1"}))


def test_a_reserved_section_loads_and_is_named_by_what_it_names(load: Load):
    spec = load(
        HEAD + DB + "metrics: [{name: a_total}]\nquery_targets: [{class: join}]\n"
        "dashboards: [{title: API Performance}]\n"
    )
    assert [r.name for r in spec.requirements] == [
        "metrics/a_total",
        "query_targets/join",
        "dashboards/api-performance",
    ]


def test_a_spec_is_found_without_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"no spec is here: neither perfcheck\.yaml nor specs/"):
        find_root(None)
    (tmp_path / "perfcheck.yml").touch()
    with pytest.raises(UsageError, match=r"name the file that you mean, such as perfcheck\.yml"):
        find_root(None)
    (tmp_path / "specs" / "one").mkdir(parents=True)
    (tmp_path / "specs" / "one" / "perfcheck.yaml").touch()
    assert find_root(None) == find_root(Path("specs")) == Path("specs/one/perfcheck.yaml")
    (tmp_path / "specs" / "two").mkdir()
    (tmp_path / "specs" / "two" / "perfcheck.yaml").touch()
    with pytest.raises(UsageError, match="several specs are here: name one of specs/one"):
        find_root(None)
    (tmp_path / "perfcheck.yaml").touch()
    assert find_root(None) == Path("perfcheck.yaml")
    with pytest.raises(UsageError, match="no such file: nothing"):
        find_root(Path("nothing"))


def test_saved_facts_need_no_secret_of_a_target_but_every_one_of_a_requirement(
    load: Load, mistakes: Mistakes
):
    offline = Asked(environ={}, unset="accepted in targets")
    target = "targets:\n  db: {kind: postgres, dsn: '${env:DSN}'}\n"
    assert load(HEAD + target + INDEX, offline).requirements
    entry = "indexes:\n  - {name: i, table: '${env:SCHEMA}.t', columns: [a]}\n"
    (found,) = mistakes(HEAD + target + entry, offline)
    assert "environment variable SCHEMA is not set" in found


def test_two_targets_are_one_mistake_however_many_entries(mistakes: Mistakes):
    text = HEAD + DB + "  db2: {kind: postgres, dsn: x}\n" + INDEX
    (found,) = mistakes(text + "  - {name: j, table: t, columns: [a]}\n")
    assert found.endswith("several targets are of kind postgres: add `target: db | db2`")


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("path: orders", "must start with /"),
        ("id: My Id, path: /x", "may hold a-z, 0-9"),
        ("id: '', path: /x", "may hold a-z, 0-9"),
        ("path: /x, vary: yes", "must be true or false"),
    ],
)
def test_a_mistake_is_said_in_words_of_the_author(field: str, message: str, mistakes: Mistakes):
    name = "" if field.startswith("id") else "id: c, "
    text = f"compression:\n  - {{{name}{field}, encoding: gzip}}\n"
    (found,) = mistakes(HEAD + "targets:\n  api: {kind: http, url: 'http://h'}\n" + text)
    assert message in found


def test_braces_in_braces_say_that_they_want_quotes(mistakes: Mistakes):
    (found,) = mistakes("targets:\n  db: {kind: postgres, dsn: ${env:X}}\n")
    assert found.endswith('inside braces, quote a value that has some: "${env:X}"')
