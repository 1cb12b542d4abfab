"""The Markdown document keeps its shape whatever the texts hold."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from typing_extensions import override

from perfcheck.model import Report
from perfcheck.report._escape import block, cell_code, code, text
from perfcheck.report.markdown import render

PARSER = MarkdownIt("commonmark").enable("table")
SHAPE = {"heading_open", "tr_open", "td_open", "list_item_open", "html_block", "html_inline"}
TASK = re.compile(r"\[(?P<box>[ xX])\](?:\s|$)")
HOSTILE = (
    "- [x] done",
    "a | b",
    r"a \| b",
    "`",
    "``` \n# heading\n```",
    "<details>",
    "</summary></details>",
    "<!--",
    "&lt;script&gt;",
    "[link](javascript:x)",
    "![image](x)",
    "\n\n- [x] injected\n",
    "\x1b[31mred",
    "\u202eright to left",
    "***",
    "\\",
    "#",
    "| --- |",
)
hostile = st.lists(
    st.one_of(
        st.text(min_size=1), st.sampled_from(HOSTILE), st.text("`|\\ \n<>[]x-*_", min_size=1)
    ),
    min_size=1,
    max_size=20,
)


def shape(markdown: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for token in _tokens(markdown):
        if token.type in SHAPE:
            found[token.type] += 1
        if token.type.startswith("html_"):
            found.update(_Tags(token.content).found)
    found.update(f"[{box}]" for box in tasks(markdown))
    return found


class _Tags(HTMLParser):
    """Collects what a browser would act upon."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(content)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(f"<{tag}{attrs or ''}>")

    @override
    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"</{tag}>")

    @override
    def handle_comment(self, data: str) -> None:
        self.found.append("<!-->")


def tasks(markdown: str) -> list[str]:
    tokens = PARSER.parse(markdown)
    starts = [i + 2 for i, token in enumerate(tokens) if token.type == "list_item_open"]
    boxes = [TASK.match(tokens[i].content) for i in starts if tokens[i].type == "inline"]
    return [box["box"] for box in boxes if box]


def shown(markdown: str) -> str:
    """Return what a reader sees of inline Markdown."""
    children = PARSER.parseInline(markdown)[0].children or []
    return "".join(token.content for token in children)


def _tokens(markdown: str) -> Iterator[Token]:
    for token in PARSER.parse(markdown):
        yield token
        yield from token.children or ()


def test_the_document_is_written_as_reviewed(
    report: Report, golden: Callable[[str, str], None]
) -> None:
    golden("report.md", render(report))


def test_only_what_was_proved_is_ticked(report: Report) -> None:
    assert tasks(render(report)) == [" ", " ", "x", " "]


def test_every_result_has_its_row(report: Report) -> None:
    rows = shape(render(report))["tr_open"]
    bare = sum(result.reason_code == "no_check" for result in report.results)
    assert rows == len(report.results) - bare + 3  # and the heads of three tables


@given(texts=hostile)
@example(texts=list(HOSTILE))
def test_no_text_changes_the_shape_of_the_document(
    report: Report, with_texts: Callable[[list[str]], Report], texts: list[str]
) -> None:
    assert shape(render(with_texts(texts))) == shape(render(report))


@given(texts=hostile)
@example(texts=list(HOSTILE))
def test_no_control_character_is_written(
    with_texts: Callable[[list[str]], Report], texts: list[str]
) -> None:
    assert render(with_texts(texts)).replace("\n", "").isprintable()


@given(foreign=st.text(st.characters(codec="ascii", exclude_categories=["Cc"])))
@example(foreign=r"a \| b \\| `c` __d__ &amp; <b> ![x](y)")
def test_an_escaped_text_reads_as_it_was(foreign: str) -> None:
    read = shown(text(foreign)).replace("\u200b", "")
    assert read == " ".join(foreign.split())


@given(foreign=st.text(st.characters(codec="ascii", exclude_categories=["Cc"])))
@example(foreign="``a` |")
@example(foreign=r"a\|b\\|c")
def test_code_in_a_cell_reads_as_it_was(foreign: str) -> None:
    table = f"| head |\n| --- |\n| {cell_code(foreign)} |\n"
    cells = [token for token in PARSER.parse(table) if token.type == "inline"]
    assert len(cells) == 2
    read = "".join(token.content for token in cells[1].children or ())
    assert read == " ".join(foreign.split()) or not foreign.strip()


@given(foreign=st.text("`~ab \n", min_size=1))
@example(foreign="```\n````")
def test_a_block_cannot_be_closed_by_its_text(foreign: str) -> None:
    fences = [token for token in PARSER.parse(block(foreign)) if token.type == "fence"]
    assert len(fences) == 1
    assert fences[0].content.strip("\n") == foreign.strip("\n")


@pytest.mark.parametrize("foreign", ["", " \n"])
def test_an_empty_text_is_still_seen(foreign: str) -> None:
    assert code(foreign) == "(empty)"


def test_a_name_in_a_text_notifies_nobody() -> None:
    assert text("ask @dba") == "ask @&#8203;dba"


def test_names_with_underscores_stay_readable() -> None:
    assert text("idx_jobs_tenant is _invalid_") == r"idx_jobs_tenant is \_invalid\_"
