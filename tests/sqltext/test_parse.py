"""The parser's thread: no text ends the process, and none uses it up."""

import subprocess
import sys
import threading

import pytest

from perfcheck.sqltext import parse
from perfcheck.sqltext.parse import MAX_BYTES, UnreadableError, read


def test_a_statement_is_read():
    assert len(read("select 1; select 2").stmts) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select", None),
        ("select 1\0; drop table x", "holds a NUL byte"),
        ("select '\udcff'", "not valid Unicode"),
        ("select " + "1+" * (MAX_BYTES // 2), "longer than 64 KiB"),
        ("select " + "1+" * 32_000 + "1", "nested too deeply"),
        ("selec 1", "syntax error"),
    ],
    ids=["empty", "nul", "surrogate", "long", "deep", "no sql"],
)
def test_what_cannot_be_inspected_is_refused(text: str, message: str | None):
    if message is None:
        assert read(text).stmts
        return
    with pytest.raises(UnreadableError, match=message):
        read(text)


def test_a_text_that_takes_too_long_does_not_hold_up_the_next(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parse, "DEADLINE_S", 0.05)
    with pytest.raises(UnreadableError, match="not parsed in"):
        read("/*" * 15_000 + "*/" * 15_000 + "select 1")
    monkeypatch.setattr(parse, "DEADLINE_S", 5.0)
    assert len(read("select 1").stmts) == 1


def test_thousands_of_texts_leave_the_process_able_to_start_openssl():
    """Each thread that parses takes a key of the process for good; OpenSSL needs some."""
    code = (
        "from perfcheck.sqltext.parse import read\n"
        "for i in range(3000): read(f'select {i}')\n"
        "import ssl; ssl.create_default_context()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_many_threads_may_read_at_once():
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda i=i: found.append(len(read("select 1;" * i).stmts)))
        for i in range(1, 9)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(found) == list(range(1, 9))
