"""Entity tags on servers of our own, right and wrong in one way each."""

from typing import Any

import pytest

from perfcheck.checks.http.etags import Etags
from perfcheck.model import Verdict
from tests.probes.http.planted import broken, unclear, verify

PATH = "/api?limit=100"
MD5: dict[str, Any] = {"id": "all", "paths": [PATH], "algorithm": "md5", "revalidates": True}
ALL = "under identity, gzip, br"

# flaw: what breaks; nothing else may break.
FLAWS: dict[str, set[str]] = {
    "no_tag_on_gzip": {f"ETag of GET {PATH} under gzip"},
    "unquoted": {f"ETag of GET {PATH} {ALL}"},
    "sha1": {f"ETag of GET {PATH} {ALL}"},
    "strong_shared": {f"ETag of GET {PATH} in identity, gzip, br"},
    "never_304": {f"If-None-Match with its own tag on {PATH} {ALL}"},
    "strong_comparison": {
        f"If-None-Match with its tag, weak for strong or strong for weak on {PATH} {ALL}"
    },
    "no_list": {f"If-None-Match with a list with its tag on {PATH} {ALL}"},
    "no_star": {f"If-None-Match with '*' on {PATH} under identity"},
    "since_first": {
        f"If-None-Match with a tag of nothing and a matching If-Modified-Since on {PATH} "
        "under identity"
    },
    "304_with_body": {f"304 of {PATH} {ALL}"},
    "304_without_vary": {f"304 of {PATH} {ALL}"},
    "304_other_etag": {f"304 of {PATH} {ALL}"},
    "304_other_cache-control": {f"304 of {PATH} {ALL}"},
    "304_other_vary": {f"304 of {PATH} {ALL}"},
    "prefixed": {f"ETag of GET {PATH} {ALL}"},
}


@pytest.mark.parametrize("flaw", [(), ("strong_of_encoded",), ("strong_suffixed",)])
def test_everything_holds_on_a_correct_server(flaw: tuple[str, ...]):
    findings, api = verify(Etags.model_validate({**MD5, "paths": [PATH, "/api?limit=2"]}), *flaw)
    assert {finding.verdict for finding in findings} == {Verdict.HOLDS}
    assert len(api.requests) <= 2 * 18


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_breaks_its_own_finding_and_no_other(flaw: str):
    findings, _ = verify(Etags.model_validate(MD5), flaw)
    assert broken(findings) == FLAWS[flaw]


def test_a_304_for_any_tag_breaks():
    findings, _ = verify(Etags.model_validate(MD5), "always_304")
    assert f"If-None-Match with a tag of nothing on {PATH} under identity" in broken(findings)


def test_a_tag_that_changes_with_each_answer_breaks():
    findings, _ = verify(Etags.model_validate({**MD5, "algorithm": "any"}), "unstable")
    assert f"ETag of GET {PATH} under gzip" in broken(findings)
    assert f"If-None-Match with its own tag on {PATH} under gzip" in broken(findings)


def test_it_is_said_of_which_bytes_the_tag_is_a_hash():
    findings, _ = verify(Etags.model_validate(MD5), "strong_of_encoded")
    (message,) = [f.message for f in findings if "md5" in f.message]
    assert "strong, hex md5 of the identity body" in message
    assert "strong, hex md5 of the body encoded with gzip" in message


def test_a_body_that_changes_with_each_answer_decides_nothing_about_304():
    findings, _ = verify(Etags.model_validate(MD5), "changes")
    assert broken(findings) == set()
    assert f"If-None-Match with its own tag on {PATH} {ALL}" in unclear(findings)


def test_one_strong_tag_of_a_body_that_changes_breaks():
    entry = Etags.model_validate({**MD5, "algorithm": "any"})
    findings, _ = verify(entry, "changes", "constant")
    assert f"ETag of GET {PATH} under gzip" in broken(findings)


def test_a_change_in_the_first_round_is_enough_to_refute_a_strong_tag():
    entry = Etags.model_validate({**MD5, "algorithm": "any", "encodings": ["gzip"]})
    findings, _ = verify(entry, "changes_early", "constant")
    assert broken(findings) == {f"ETag of GET {PATH} under gzip"}


def test_the_hash_of_an_empty_body_decides_nothing():
    findings, _ = verify(Etags.model_validate({**MD5, "paths": ["/empty"]}))
    assert {finding.verdict for finding in findings} == {Verdict.UNDECIDED}
    assert "body that is not empty" in (findings[0].needs or "")


def test_a_body_that_changes_once_is_asked_again():
    findings, _ = verify(Etags.model_validate(MD5), "changes_early")
    assert {finding.verdict for finding in findings} == {Verdict.HOLDS}


def test_a_refused_request_is_no_verdict_on_tags():
    findings, _ = verify(Etags.model_validate(MD5), "unauthorized")
    assert {finding.verdict for finding in findings} == {Verdict.UNDECIDED}
    assert unclear(findings) == {f"GET {PATH}"}


def test_a_304_with_a_body_does_not_spoil_the_other_answers():
    findings, _ = verify(Etags.model_validate(MD5), "304_with_body")
    assert unclear(findings) == set()


def test_without_revalidation_no_condition_is_sent():
    findings, api = verify(Etags.model_validate({**MD5, "revalidates": False}), "never_304")
    assert {finding.verdict for finding in findings} == {Verdict.HOLDS}
    assert len(api.requests) == 6
