"""Compression on servers of our own, right and wrong in one way each."""

from typing import Any

import pytest

from perfcheck.checks.http.compression import Compression
from perfcheck.model import Verdict
from tests.probes.http.planted import broken, unclear, verify

PATH = "/api?limit=100"
GZIP: dict[str, Any] = {
    "id": "gzip",
    "path": PATH,
    "encoding": "gzip",
    "level": 6,
    "threshold": "1KB",
    "content_types": {"application/json": PATH, "text/plain": "/text", "text/html": "/page"},
}
BROTLI: dict[str, Any] = {
    "id": "brotli",
    "path": PATH,
    "encoding": "br",
    "smaller_than": "gzip",
    "fallback": "gzip",
}
IN_GZIP = f"gzip of {PATH}"
IN_BR = f"br of {PATH}"
UNASKED = "an answer to no Accept-Encoding"
TYPES = [f"application/json at {PATH}", "text/plain at /text", "text/html at /page"]

# flaw: (what breaks for gzip, what breaks for Brotli); nothing else may break.
FLAWS: dict[str, tuple[set[str], set[str]]] = {
    "gzip_for_q0": (
        {
            f"GET {PATH} with Accept-Encoding 'gzip;q=0', 'gzip;q=0.000', 'gzip;q=0, *', "
            "'gzip;q=0, br'"
        },
        {f"GET {PATH} with Accept-Encoding 'gzip;q=0, br'"},
    ),
    "gzip_always": (
        {
            f"GET {PATH} with Accept-Encoding 'gzip;q=0', 'gzip;q=0.000', 'identity', '', "
            "'bogus', '*;q=0'"
        },
        {
            f"GET {PATH} with Accept-Encoding 'identity', '', 'bogus', '*;q=0'",
            f"Fallback of GET {PATH} for identity",
        },
    ),
    "no_vary_on_identity": (
        {f"Vary of GET {PATH} on identity, {UNASKED}"},
        {f"Vary of GET {PATH} on identity, {UNASKED}"},
    ),
    "no_vary_on_gzip": ({f"Vary of GET {PATH} on gzip"}, set()),
    "no_vary_on_br": (set(), {f"Vary of GET {PATH} on br"}),
    "level_1": ({IN_GZIP}, set()),
    "level_5": ({IN_GZIP}, set()),
    "level_7": ({IN_GZIP}, set()),
    "level_9": ({IN_GZIP}, set()),
    "no_threshold": ({IN_GZIP}, set()),
    "late_threshold": ({IN_GZIP}, set()),
    "no_html": ({"text/html at /page"}, set()),
    "other_entity": ({IN_GZIP}, {f"Fallback of GET {PATH} for gzip"}),
    "br_large": (set(), {IN_BR}),
    "level_0": ({IN_GZIP, *TYPES}, set()),
    "unlabelled": (
        {f"GET {PATH} with Accept-Encoding 'gzip;q=0', '', 'bogus', '*;q=0'"},
        {f"GET {PATH} with Accept-Encoding '', 'bogus', '*;q=0'"},
    ),
    "no_vary_unasked": ({f"Vary of GET {PATH} on {UNASKED}"}, {f"Vary of GET {PATH} on {UNASKED}"}),
}


@pytest.mark.parametrize("entry", [GZIP, BROTLI], ids=["gzip", "brotli"])
def test_everything_holds_on_a_correct_server(entry: dict[str, Any]):
    findings, api = verify(Compression.model_validate(entry))
    assert {finding.verdict for finding in findings} == {Verdict.HOLDS}
    assert len(api.requests) <= 30


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_breaks_its_own_finding_and_no_other(flaw: str):
    for entry, expected in zip((GZIP, BROTLI), FLAWS[flaw], strict=True):
        findings, _ = verify(Compression.model_validate(entry), flaw)
        assert broken(findings) == expected


def test_the_level_that_was_found_is_named():
    findings, _ = verify(Compression.model_validate(GZIP), "level_5")
    (finding,) = [f for f in findings if f.verdict is Verdict.BREAKS]
    assert finding.message.startswith(f"{IN_GZIP}: level 5 makes the same")


def test_a_threshold_that_is_ignored_shows_the_smallest_compressed_body():
    findings, _ = verify(Compression.model_validate(GZIP), "no_threshold")
    (finding,) = [f for f in findings if f.verdict is Verdict.BREAKS]
    assert finding.observed == "a body of 145 B was compressed"


@pytest.mark.parametrize("flaw", ["bad_crc", "trailing"])
def test_a_gzip_body_that_is_not_whole_breaks(flaw: str):
    findings, _ = verify(Compression.model_validate({**GZIP, "content_types": {}}), flaw)
    assert broken(findings) == {IN_GZIP}


def test_a_server_without_gzip_breaks_gzip_and_the_fallback():
    findings, _ = verify(
        Compression.model_validate({"id": "x", "path": PATH, "encoding": "gzip"}), "no_gzip"
    )
    assert broken(findings) == {f"GET {PATH}"}
    findings, _ = verify(Compression.model_validate(BROTLI), "no_gzip")
    assert broken(findings) == {f"Fallback of GET {PATH} for gzip"}
    assert unclear(findings) == {IN_BR}


def test_a_body_that_changes_with_each_answer_decides_nothing_about_the_entity():
    findings, _ = verify(Compression.model_validate(BROTLI), "changes")
    assert broken(findings) == set()
    assert {IN_BR, f"Fallback of GET {PATH} for gzip"} <= unclear(findings)
    assert f"GET {PATH} with Accept-Encoding 'br;q=0, gzip'" not in unclear(findings)


def test_a_refused_request_is_no_verdict_on_compression():
    findings, _ = verify(Compression.model_validate(GZIP), "unauthorized")
    (finding,) = findings
    assert finding.verdict is Verdict.UNDECIDED
    assert finding.message.startswith(f"GET {PATH}: answered 401")
    assert "credentials" in (finding.needs or "")


def test_without_a_limit_in_the_path_the_threshold_stays_open():
    entry = {"id": "x", "path": "/api", "threshold": "1KB"}
    findings, _ = verify(Compression.model_validate(entry))
    (finding,) = [f for f in findings if f.verdict is not Verdict.HOLDS]
    assert finding.verdict is Verdict.UNDECIDED
    assert "`limit`" in (finding.needs or "")


def test_a_body_too_small_to_tell_levels_apart_needs_a_larger_one():
    entry = {"id": "x", "path": "/api?limit=9", "level": 6}
    findings, _ = verify(Compression.model_validate(entry), "level_8")
    assert broken(findings) == set()
    (finding,) = [f for f in findings if f.verdict is Verdict.UNDECIDED]
    assert "larger body" in (finding.needs or "")


def test_a_body_too_large_to_replay_is_asked_smaller():
    entry = {"id": "x", "path": "/api?limit=1200", "level": 6}
    findings, api = verify(Compression.model_validate(entry))
    assert {finding.verdict for finding in findings} == {Verdict.HOLDS}
    assert set(api.requests) - {"/api?limit=1200"}


def test_an_empty_body_that_is_called_gzip_breaks():
    entry = {"id": "x", "path": PATH, "encoding": "gzip"}
    findings, _ = verify(Compression.model_validate(entry), "empty_gzip")
    assert IN_GZIP in broken(findings)


def test_an_empty_body_decides_nothing_about_compression():
    entry = {"id": "x", "path": "/empty", "encoding": "gzip"}
    findings, _ = verify(Compression.model_validate(entry))
    assert broken(findings) == set()
    assert "GET /empty" in unclear(findings)


def test_gzip_for_a_gzip_client_is_no_fallback_to_identity():
    entry = Compression.model_validate({**BROTLI, "smaller_than": None, "fallback": "identity"})
    findings, _ = verify(entry)
    assert broken(findings) == {f"Fallback of GET {PATH} for gzip"}
    findings, _ = verify(entry, "no_gzip")
    assert {finding.verdict for finding in findings} == {Verdict.HOLDS}
