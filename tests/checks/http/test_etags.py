"""The section etags, as tables of facts."""

import base64
import hashlib
from typing import Any

import pytest
from pydantic import ValidationError

from perfcheck.checks.http.etags import Etags
from perfcheck.model import Verdict
from perfcheck.probes.base import Facts, Failure, Probe
from perfcheck.probes.http.entity_tag import EntityTag
from perfcheck.probes.http.reply import Reply
from perfcheck.probes.http.revalidation import Condition, ConditionalReply, RevalidationFacts
from tests.checks.http.answers import BODY, CODED, answered, judged, messages, outcome

PATH = "/jobs"
ENCODINGS = ("identity", "gzip", "br")
MD5 = hashlib.md5(BODY, usedforsecurity=False).hexdigest()
BASE64 = base64.b64encode(bytes.fromhex(MD5)).decode()
WEAK = f'W/"{MD5}"'
CONDITIONS: dict[Condition, int] = {
    "own": 304,
    "weak": 304,
    "list": 304,
    "star": 304,
    "other": 200,
    "older": 200,
}


def check(**fields: Any) -> Etags:
    return Etags.model_validate({"id": "x", "paths": [PATH], **fields})


def revalidated(
    encoding: str,
    *,
    tag: str | None = WEAK,
    first: Reply | None = None,
    last: Reply | None = None,
    **replaced: Reply | int,
) -> RevalidationFacts:
    """Return facts of a correct server; `own=200` and the like replace one answer."""
    first = first or answered(encoding, etag=tag, cache_control="no-cache")
    valid = first.status == 200 and EntityTag.parse(first.header("etag")) is not None
    names: tuple[Condition, ...] = (
        tuple(CONDITIONS) if encoding == "identity" else ("own", "weak", "list")
    )
    return RevalidationFacts(
        accept_encoding=encoding,
        first=first,
        conditionals=tuple(conditional(name, first, replaced) for name in names if valid),
        last=last or first,
    )


def conditional(
    condition: Condition, first: Reply, replaced: dict[str, Reply | int]
) -> ConditionalReply:
    found = replaced.get(condition, CONDITIONS[condition])
    if found == 304:
        found = first.model_copy(update={"status": 304})
    elif isinstance(found, int):
        found = first.model_copy(update={"status": found})
    excess = replaced.get("excess_bytes", 0)
    return ConditionalReply(
        condition=condition,
        if_none_match=first.header("etag") or "",
        reply=found,
        excess_bytes=excess if condition == "own" and isinstance(excess, int) else None,
    )


def facts(
    entry: Etags, /, *replaced: RevalidationFacts, **arguments: Any
) -> dict[Probe[Any], Facts | Failure]:
    usual = {name: revalidated(name, **arguments) for name in entry.encodings}
    usual |= {found.accept_encoding: found for found in replaced}
    return {
        probe: usual[getattr(probe, "accept_encoding")]  # noqa: B009 - of any probe
        for probe in entry.probes()
    }


def test_a_weak_tag_that_is_answered_304_passes_under_every_encoding():
    entry = check(algorithm="md5")
    findings = judged(entry, facts(entry))
    assert outcome(findings) == "pass"
    assert f"ETag of GET {PATH} under identity, gzip, br: weak, hex md5 of the identity body" in (
        messages(findings, Verdict.HOLDS)
    )


TAGS: dict[str, tuple[str | None, str, str]] = {
    "hex md5": (WEAK, "md5", "pass"),
    "hex md5 in capitals": (f'W/"{MD5.upper()}"', "md5", "pass"),
    "md5 in base64": (f'W/"{BASE64}"', "md5", "pass"),
    "md5 in base64 without padding": (f'W/"{BASE64.rstrip("=")}"', "md5", "pass"),
    "express: the length, then a hash": (f'W/"{len(BODY):x}-{MD5}"', "md5", "pass"),
    "the length in decimal, then a hash": (f'W/"{len(BODY)}-{MD5}"', "md5", "pass"),
    "another number, then a hash": (f'W/"abc123-{MD5}"', "md5", "fail"),
    "a hash, then what no body says": (f'W/"{MD5}-v2"', "md5", "fail"),
    "a hash, then a coding that is not the answer's": (f'W/"{MD5}-zstd"', "md5", "fail"),
    "half a hash": (f'W/"{MD5[:16]}"', "md5", "fail"),
    "sha1 where md5 is declared": (
        f'W/"{hashlib.sha1(BODY, usedforsecurity=False).hexdigest()}"',
        "md5",
        "fail",
    ),
    "sha256": (f'W/"{hashlib.sha256(BODY).hexdigest()}"', "sha256", "pass"),
    "no hash where any will do": ('W/"7"', "any", "pass"),
    "weak as declared": ('W/"7"', "weak", "pass"),
    "weak where strong is declared": ('W/"7"', "strong", "fail"),
    "strong and shared": (f'"{MD5}"', "md5", "fail"),
    "none": (None, "any", "fail"),
    "without quotes": (MD5, "md5", "fail"),
    "with a space": ('W/"a b"', "any", "fail"),
    "a small w": (f'w/"{MD5}"', "any", "fail"),
    "empty but quoted": ('W/""', "any", "pass"),
}


@pytest.mark.parametrize("mark", ["-", "--", ";", ":"])
def test_the_coding_of_the_answer_may_follow_the_hash(mark: str):
    entry = check(algorithm="md5")
    found = [revalidated(name, tag=f'"{MD5}{mark}{name}"') for name in ("gzip", "br")]
    assert outcome(judged(entry, facts(entry, *found))) == "pass"


@pytest.mark.parametrize(("tag", "algorithm", "expected"), TAGS.values(), ids=TAGS)
def test_the_tag(tag: str | None, algorithm: str, expected: str):
    entry = check(algorithm=algorithm)
    assert outcome(judged(entry, facts(entry, tag=tag))) == expected


def test_a_strong_tag_of_the_encoded_bytes_passes_and_is_named():
    entry = check(algorithm="md5")
    found = [
        revalidated(name, tag=f'"{hashlib.md5(CODED[name], usedforsecurity=False).hexdigest()}"')
        for name in ENCODINGS
    ]
    findings = judged(entry, facts(entry, *found))
    assert outcome(findings) == "pass"
    assert "strong, hex md5 of the body encoded with br" in messages(findings, Verdict.HOLDS)


EMPTY, JUNK = (
    f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"' for body in (b"", b"junk")
)


def carried(**headers: str) -> Reply:
    """Return a 304 as a correct server gives it, but for some headers."""
    usual = {"etag": WEAK, "cache_control": "no-cache"}
    return answered(body=b"", status=304, **{**usual, **headers})


def located(place: str) -> Reply:
    return answered("br", etag=WEAK, cache_control="no-cache", content_location=place)


def dated(time: str, *, status: int = 200) -> Reply:
    date = f"Sun, 01 Mar 2026 {time} GMT"
    return answered("br", status=status, etag=WEAK, cache_control="no-cache", date=date)


def aged(seconds: int, *, status: int = 200) -> Reply:
    return answered("br", status=status, etag=WEAK, cache_control=f"max-age={seconds}")


ANSWERS: dict[str, tuple[RevalidationFacts, str]] = {
    "200 to its own tag": (revalidated("gzip", own=200), "fail"),
    "200 to the tag compared weakly": (revalidated("gzip", weak=200), "fail"),
    "200 to a list": (revalidated("gzip", list=200), "fail"),
    "200 to *": (revalidated("identity", star=200), "fail"),
    "304 to a tag of nothing": (revalidated("identity", other=304), "fail"),
    "304 by the date": (revalidated("identity", older=304), "fail"),
    "412 to its own tag": (revalidated("gzip", own=412), "fail"),
    "503 to its own tag": (revalidated("gzip", own=503), "unverified"),
    "a body behind the 304": (revalidated("br", excess_bytes=20), "fail"),
    "200 with a new body and a new tag": (
        revalidated("gzip", own=answered("identity", b"[]", etag='W/"new"')),
        "unverified",
    ),
    "200 with a new tag for the same body": (
        revalidated("gzip", own=answered("gzip", etag='W/"new"')),
        "fail",
    ),
    "304 without Vary": (revalidated("br", own=answered(status=304, etag=WEAK, vary=None)), "fail"),
    "304 without Cache-Control": (revalidated("br", own=answered(status=304, etag=WEAK)), "fail"),
    "304 with another tag": (revalidated("br", own=carried(etag='W/"other"')), "fail"),
    "304 with the tag as a strong one": (revalidated("br", own=carried(etag=f'"{MD5}"')), "pass"),
    "304 with another Cache-Control": (
        revalidated("br", own=carried(cache_control="no-store")),
        "fail",
    ),
    "304 with Cache-Control in capitals": (
        revalidated("br", own=carried(cache_control="No-Cache")),
        "pass",
    ),
    "304 with another Vary": (revalidated("br", own=carried(vary="Origin")), "fail"),
    "304 with another Content-Location": (
        revalidated("br", first=located("/a"), own=carried(content_location="/b")),
        "fail",
    ),
    "304 of another instant": (
        revalidated("br", first=dated("10:00:00"), own=dated("10:00:01", status=304)),
        "pass",
    ),
    "304 without Date": (revalidated("br", first=dated("10:00:00"), own=carried()), "fail"),
    "304 whose max-age counts down": (
        revalidated(
            "br",
            first=aged(60),
            own=aged(59, status=304),
            last=aged(58),
        ),
        "unverified",
    ),
    "304 with the max-age of the end": (
        revalidated("br", first=aged(60), own=aged(59, status=304), last=aged(59)),
        "pass",
    ),
    "two bodies with one strong tag": (
        revalidated("br", tag='"7"', last=answered(body=b"[]", etag='"7"')),
        "fail",
    ),
    "two bodies with one weak tag": (
        revalidated("br", last=answered(body=b"[]", etag=WEAK)),
        "unverified",
    ),
    "no body": (revalidated("identity", first=answered(body=b"", etag=EMPTY)), "unverified"),
    "no body in gzip": (revalidated("gzip", first=answered("gzip", b"", etag=EMPTY)), "unverified"),
    "a broken body": (
        revalidated("gzip", first=answered("gzip", b"junk", etag=JUNK)),
        "unverified",
    ),
    "another tag for the same body": (
        revalidated("br", last=answered("br", etag='W/"new"')),
        "fail",
    ),
    "another body in the end": (
        revalidated("br", last=answered("identity", b"[]", etag='W/"new"')),
        "unverified",
    ),
    "401": (revalidated("identity", first=answered(status=401)), "unverified"),
    "500 under br": (revalidated("br", first=answered(status=500)), "unverified"),
}


@pytest.mark.parametrize(("found", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_one_answer_that_is_not_as_it_should_be(found: RevalidationFacts, expected: str):
    entry = check(algorithm="md5")
    assert outcome(judged(entry, facts(entry, found))) == expected


def test_a_small_body_in_one_coding_may_have_one_strong_tag():
    entry = check()
    found = [revalidated(name, first=answered(etag='"7"')) for name in ENCODINGS]
    assert outcome(judged(entry, facts(entry, *found))) == "pass"


def test_a_path_that_cannot_be_asked_does_not_hide_the_others():
    entry = check(paths=["/lost", PATH])
    found = facts(entry)
    lost = Failure(reason_code="not_found", message="{id} has no value", needs="an entry 'id'")
    found |= dict.fromkeys(entry.probes()[:3], lost)
    findings = judged(entry, found)
    assert messages(findings, Verdict.UNDECIDED) == "{id} has no value"
    assert f"304 of {PATH} under" in messages(findings, Verdict.HOLDS)


@pytest.mark.parametrize(
    "entry",
    [{"id": "x"}, {"id": "x", "paths": []}, {"id": "x", "paths": ["jobs"]}],
    ids=["no paths", "an empty list", "a relative path"],
)
def test_an_entry_without_paths_is_refused(entry: dict[str, Any]):
    with pytest.raises(ValidationError):
        Etags.model_validate(entry)
