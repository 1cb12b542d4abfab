"""The section compression, as tables of facts."""

import gzip
import hashlib
from typing import Any

import brotli  # type: ignore[import-untyped]  # the package brings no types
import pytest
from pydantic import ValidationError

from perfcheck.checks.http.compression import Compression
from perfcheck.model import Proof, Verdict
from perfcheck.probes.base import Failure
from perfcheck.probes.http.exchange import Exchange, ExchangeFacts
from perfcheck.probes.http.gzip_level import GzipLevel, GzipLevelFacts
from perfcheck.probes.http.reply import Reply
from perfcheck.probes.http.variants import VariantsFacts
from tests.checks.http.answers import BODY, CODED, answered, judged, messages, outcome
from tests.checks.http.compression_cases import (
    ALL,
    PATH,
    both,
    check,
    facts,
    level,
    negotiation,
    sizes,
    variants,
)

NOISE = hashlib.shake_128(b"noise").digest(300)

OTHER = answered("gzip", CODED["gzip"][:-8] + bytes(4) + CODED["gzip"][-4:])
BODIES: dict[str, tuple[VariantsFacts, str]] = {
    "gzip of the identity body": (variants(), "pass"),
    "not compressed": (variants(gzip=answered()), "fail"),
    "br for a client that accepts gzip alone": (variants(gzip=answered("br")), "fail"),
    "encoded twice": (variants(gzip=answered("gzip, gzip")), "fail"),
    "a wrong CRC": (variants(gzip=OTHER), "fail"),
    "no body in gzip": (variants(gzip=answered("gzip", b"")), "fail"),
    "no body in gzip for anyone": (variants(**dict.fromkeys(ALL, answered("gzip", b""))), "fail"),
    "no body at all": (variants(**dict.fromkeys(ALL, answered(body=b""))), "unverified"),
    "gzip of nothing": (
        variants(gzip=answered("gzip", gzip.compress(b"")), **both(b"")),
        "unverified",
    ),
    "gzip that is larger": (variants(gzip=answered("gzip", gzip.compress(BODY, 0))), "fail"),
    "gzip of a body too small to shrink": (
        variants(gzip=answered("gzip", gzip.compress(b"[]")), **both(b"[]")),
        "unverified",
    ),
    "gzip of noise": (variants(gzip=answered("gzip", gzip.compress(NOISE)), **both(NOISE)), "fail"),
    "another entity": (variants(gzip=answered("br", content_encoding="gzip")), "fail"),
    "another entity, in whole": (
        variants(before=answered(body=b"[]"), after=answered(body=b"[]")),
        "fail",
    ),
    "an entity that changes": (
        variants(before=answered(body=b"[1]"), after=answered(body=b"[2]")),
        "unverified",
    ),
    "an entity that changed once": (variants(before=answered(body=b"[1]")), "pass"),
    "no Vary on identity": (variants(before=answered(vary=None)), "fail"),
    "no Vary on gzip": (variants(gzip=answered("gzip", vary=None)), "fail"),
    "Vary names something else": (variants(gzip=answered("gzip", vary="Origin")), "fail"),
    "Vary names it among others": (
        variants(gzip=answered("gzip", vary="origin, accept-encoding")),
        "pass",
    ),
    "401": (variants(before=answered(status=401)), "unverified"),
    "404": (variants(before=answered(status=404)), "unverified"),
    "503 for gzip alone": (variants(gzip=answered(status=503)), "unverified"),
}


@pytest.mark.parametrize(("found", "expected"), BODIES.values(), ids=BODIES)
def test_the_encoded_body(found: VariantsFacts, expected: str):
    assert outcome(judged(check(), facts(check(), found))) == expected


def test_vary_is_not_asked_for_where_the_spec_says_so():
    entry = check(vary=False)
    found = variants(before=answered(vary=None), gzip=answered("gzip", vary=None))
    assert outcome(judged(entry, facts(entry, found))) == "pass"


UNNAMED = answered(body=CODED["gzip"])
REFUSALS: dict[str, tuple[dict[str, Reply], str]] = {
    "all are respected": ({}, "pass"),
    "gzip for q=0": ({"gzip;q=0": answered("gzip")}, "fail"),
    "gzip for q=0.000": ({"gzip;q=0.000": answered("gzip")}, "fail"),
    "gzip for all but gzip": ({"gzip;q=0, *": answered("gzip")}, "fail"),
    "br for all but gzip": ({"gzip;q=0, *": answered("br")}, "pass"),
    "br where br is refused": ({"br;q=0, gzip": answered("br")}, "fail"),
    "gzip where all is refused": ({"*;q=0": answered("gzip")}, "fail"),
    "406 where all is refused": ({"*;q=0": answered(status=406)}, "pass"),
    "gzip for identity": ({"identity": answered("gzip")}, "fail"),
    "gzip for nothing": ({"": answered("gzip")}, "fail"),
    "gzip for an unknown coding": ({"bogus": answered("gzip")}, "fail"),
    "gzip under its old name": ({"gzip;q=0": answered("x-gzip", CODED["gzip"])}, "fail"),
    "500 for q=0": ({"gzip;q=0": answered(status=500)}, "unverified"),
    "gzip without a name for q=0": ({"gzip;q=0": UNNAMED}, "fail"),
    "gzip without a name for nothing": ({"": UNNAMED}, "fail"),
    "gzip without a name for an unknown coding": ({"bogus": UNNAMED}, "fail"),
    "gzip without a name where all is refused": ({"*;q=0": UNNAMED}, "fail"),
    "another body in the end": ({"": UNNAMED, "after": answered(body=b"[2]")}, "unverified"),
    "Vary is missing without Accept-Encoding": ({"no header": answered(vary=None)}, "fail"),
    "503 without Accept-Encoding": ({"no header": answered(status=503)}, "unverified"),
    "406 for identity": ({"identity": answered(status=406)}, "unverified"),
}


@pytest.mark.parametrize(("replaced", "expected"), REFUSALS.values(), ids=REFUSALS)
def test_a_coding_that_the_client_refuses(replaced: dict[str, Reply], expected: str):
    found = negotiation("gzip", **replaced)
    assert outcome(judged(check(), facts(check(), found))) == expected


def test_what_is_only_recommended_is_noted_and_breaks_nothing():
    found = negotiation("gzip", GZIP=answered(), **{"*": answered()})
    findings = judged(check(), facts(check(), found))
    assert outcome(findings) == "pass"
    assert "'GZIP' is not taken for gzip" in messages(findings, Verdict.HOLDS)


LEVELS: dict[str, tuple[GzipLevelFacts, str]] = {
    "the level alone": (level((6,)), "pass"),
    "another level": (level((5,)), "fail"),
    "other levels": (level((8, 9)), "fail"),
    "the level among others": (level((6, 7)), "unverified"),
    "no level": (level(()), "unverified"),
    "XFL says the slowest": (level((), xfl=2), "unverified"),
    "XFL says the fastest": (level((), xfl=4), "unverified"),
    "XFL of .NET at the level": (level((6,), xfl=4), "pass"),
    "XFL 0 at another level": (level((9,), xfl=0), "fail"),
    "several members": (level((), not_replayed="several_members"), "unverified"),
    "too large": (level((), not_replayed="too_large"), "unverified"),
    "zlib-ng": (level((), not_replayed="zlib_ng"), "unverified"),
    "broken": (level((), reply=OTHER, not_replayed="broken"), "fail"),
    "403": (level((), reply=answered(status=403), not_replayed="not_gzip"), "unverified"),
}


@pytest.mark.parametrize(("found", "expected"), LEVELS.values(), ids=LEVELS)
def test_the_level(found: GzipLevelFacts, expected: str):
    entry = check(level=6)
    assert outcome(judged(entry, facts(entry, found))) == expected


def test_the_hint_of_the_header_is_shown():
    entry = check(level=6)
    findings = judged(entry, facts(entry, level((6,), xfl=4)))
    assert "XFL 4 in the header stands for the fastest level" in messages(findings, Verdict.HOLDS)


@pytest.mark.parametrize("encoding", ["br", "zstd"])
def test_the_level_of_another_encoding_cannot_be_told(encoding: str):
    entry = check(encoding=encoding, level=5)
    zstd = ExchangeFacts(reply=answered("zstd", b"\x28\xb5\x2f\xfd"))
    findings = judged(entry, facts(entry, zstd))
    assert outcome(findings) == "unverified"
    assert "the level cannot be told" in messages(findings, Verdict.UNDECIDED)


def test_zstd_is_seen_but_its_entity_stays_open():
    entry = check(encoding="zstd")
    findings = judged(entry, facts(entry, ExchangeFacts(reply=answered("zstd", b"\x28\xb5"))))
    assert "answered in zstd" in messages(findings, Verdict.HOLDS)
    (finding,) = [f for f in findings if f.verdict is Verdict.UNDECIDED]
    assert finding.message.startswith(f"zstd of {PATH}: there is no decoder for zstd")


THRESHOLDS: dict[str, tuple[tuple[tuple[int, str], ...], str]] = {
    "on both sides": (((900, "identity"), (1100, "gzip")), "pass"),
    "at the threshold": (((1023, "identity"), (1024, "gzip")), "pass"),
    "one byte too early": (((900, "identity"), (1023, "gzip"), (1100, "gzip")), "fail"),
    "one byte too late": (((900, "identity"), (1024, "identity"), (1100, "gzip")), "fail"),
    "nothing small": (((1100, "gzip"), (9000, "gzip")), "unverified"),
    "nothing large": (((900, "identity"),), "unverified"),
    "too far below": (((100, "identity"), (1100, "gzip")), "unverified"),
    "too far above": (((900, "identity"), (9000, "gzip")), "unverified"),
    "another coding": (((900, "identity"), (1100, "br")), "unverified"),
    "nothing": ((), "unverified"),
}


@pytest.mark.parametrize(("seen", "expected"), THRESHOLDS.values(), ids=THRESHOLDS)
def test_the_threshold(seen: tuple[tuple[int, str], ...], expected: str):
    entry = check(threshold="1KB")
    assert outcome(judged(entry, facts(entry, sizes(*seen)))) == expected


def test_a_small_answer_seen_elsewhere_closes_the_bracket():
    entry = check(threshold="1KB", content_types={"text/plain": "/about"})
    small = ExchangeFacts(reply=answered(body=b"x" * 900, content_type="text/plain"))
    findings = judged(entry, facts(entry, small, sizes((100, "identity"), (1100, "gzip"))))
    assert "it begins in (900, 1100] B" in messages(findings, Verdict.HOLDS)


TYPES: dict[str, tuple[Reply, str]] = {
    "compressed": (answered("gzip", content_type="text/html; charset=utf-8"), "pass"),
    "not compressed": (answered(content_type="text/html"), "fail"),
    "not smaller": (answered("gzip", gzip.compress(BODY, 0), content_type="text/html"), "fail"),
    "no body in gzip": (answered("gzip", b"", content_type="text/html"), "fail"),
    "another type": (answered("gzip", content_type="application/json"), "fail"),
    "no type": (answered("gzip", content_type=None), "fail"),
    "502": (answered(status=502), "unverified"),
}


@pytest.mark.parametrize(("reply", "expected"), TYPES.values(), ids=TYPES)
def test_a_content_type(reply: Reply, expected: str):
    entry = check(content_types={"text/html": "/docs"})
    assert outcome(judged(entry, facts(entry, ExchangeFacts(reply=reply)))) == expected


def test_a_page_below_the_threshold_need_not_be_compressed():
    entry = check(content_types={"text/html": "/docs"}, threshold="1KB")
    page = ExchangeFacts(reply=answered(body=b"<p>", content_type="text/html"))
    findings = judged(entry, facts(entry, page))
    assert outcome(findings) == "unverified"
    assert "smaller than the threshold of 1024 B" in messages(findings, Verdict.UNDECIDED)


OTHER_GZIP = gzip.compress(BODY + b" ")
TINY = {"gzip": gzip.compress(b"[]"), "br": brotli.compress(b"[]")}
EMPTY_LIST = {"before": answered(body=b"[]"), "after": answered(body=b"[]")}
SIZES: dict[str, tuple[VariantsFacts, str]] = {
    "smaller": (variants(), "pass"),
    "no gzip to compare with": (variants(gzip=answered()), "unverified"),
    "gzip of another entity": (variants(gzip=answered("gzip", OTHER_GZIP)), "unverified"),
    "a body of a few bytes": (
        variants(**{name: answered(name, TINY[name]) for name in ("gzip", "br")}, **EMPTY_LIST),
        "unverified",
    ),
}


@pytest.mark.parametrize(("found", "expected"), SIZES.values(), ids=SIZES)
def test_the_size_against_another_coding(found: VariantsFacts, expected: str):
    entry = check(encoding="br", smaller_than="gzip")
    assert outcome(judged(entry, facts(entry, found))) == expected


def test_a_coding_that_is_larger_fails_and_says_by_how_much():
    entry = check(encoding="gzip", smaller_than="br")
    findings = judged(entry, facts(entry))
    assert outcome(findings) == "fail"
    assert f"{len(CODED['gzip'])} B against {len(CODED['br'])} B in br" in messages(
        findings, Verdict.BREAKS
    )


def test_a_smaller_size_is_measured():
    entry = check(encoding="br", smaller_than="gzip")
    assert Proof.MEASURED in {f.proof for f in judged(entry, facts(entry))}


FALLBACKS: dict[str, tuple[VariantsFacts, str]] = {
    "gzip, then identity": (variants(), "pass"),
    "identity for gzip": (variants(gzip=answered()), "fail"),
    "gzip for identity": (variants(before=answered("gzip")), "fail"),
    "gzip that is not called so": (variants(**both(CODED["gzip"])), "fail"),
}


@pytest.mark.parametrize(("found", "expected"), FALLBACKS.values(), ids=FALLBACKS)
def test_the_fallback(found: VariantsFacts, expected: str):
    entry = check(encoding="br", fallback="gzip")
    assert outcome(judged(entry, facts(entry, found))) == expected


NO_FALLBACKS: dict[str, tuple[str, VariantsFacts, str]] = {
    "identity for gzip": ("br", variants(gzip=answered()), "pass"),
    "gzip for gzip": ("br", variants(), "fail"),
    "br for br, of gzip": ("gzip", variants(), "fail"),
    "identity for br, of gzip": ("gzip", variants(br=answered()), "pass"),
    "gzip without its name": ("br", variants(gzip=UNNAMED), "fail"),
    "503 for gzip": ("br", variants(gzip=answered(status=503)), "unverified"),
}


@pytest.mark.parametrize(("encoding", "found", "expected"), NO_FALLBACKS.values(), ids=NO_FALLBACKS)
def test_the_fallback_to_no_coding(encoding: str, found: VariantsFacts, expected: str):
    entry = check(encoding=encoding, fallback="identity")
    assert outcome(judged(entry, facts(entry, found))) == expected


def test_a_body_below_the_threshold_need_not_fall_back_on_gzip():
    entry = check(encoding="br", fallback="gzip", threshold="1KB")
    small = dict.fromkeys(ALL, answered(body=b"x" * 900))
    found = facts(entry, variants(**small), sizes((900, "identity"), (1100, "br")))
    findings = [f for f in judged(entry, found) if f.subject.startswith("Fallback")]
    assert outcome(findings) == "unverified"


def test_a_probe_without_facts_costs_only_its_own_finding():
    entry = check(level=6, threshold="1KB")
    lost = Failure(reason_code="timeout", message="no answer within 10 s")
    found = facts(entry, lost, to=GzipLevel(PATH))
    findings = judged(entry, found)
    assert messages(findings, Verdict.UNDECIDED) == "no answer within 10 s"
    assert "it begins in" in messages(findings, Verdict.HOLDS)


def test_equal_exchanges_are_asked_once():
    entry = check(content_types={"application/json": PATH, "text/json": PATH})
    assert entry.probes().count(Exchange(PATH, "gzip")) == 1


WRONG: dict[str, dict[str, Any]] = {
    "nothing asserted": {"id": "x", "path": "/x"},
    "no path": {"id": "x", "encoding": "gzip"},
    "a relative path": {"id": "x", "path": "x", "encoding": "gzip"},
    "an unknown encoding": {"id": "x", "path": "/x", "encoding": "deflate"},
    "a level that gzip does not have": {"id": "x", "path": "/x", "level": 11},
    "a threshold without a unit": {"id": "x", "path": "/x", "threshold": 1024},
    "compared with itself": {"id": "x", "path": "/x", "encoding": "br", "smaller_than": "br"},
}


@pytest.mark.parametrize("entry", WRONG.values(), ids=WRONG)
def test_an_entry_that_makes_no_sense_is_refused(entry: dict[str, Any]):
    with pytest.raises(ValidationError):
        Compression.model_validate(entry)


def test_the_facts_hold_no_body():
    assert BODY[:20].decode() not in variants().model_dump_json()
