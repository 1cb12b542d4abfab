"""Responses carry entity tags that save a second transfer."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from perfcheck.checks.base import Check
from perfcheck.checks.http._conditions import judge_conditions
from perfcheck.checks.http._seen import Row, Seen, fold
from perfcheck.checks.http._tags import (
    judge_algorithm,
    judge_distinctness,
    judge_presence,
    judge_stability,
)
from perfcheck.checks.http._unanswered import each_part, refused
from perfcheck.model import Finding
from perfcheck.probes.base import Answers, Probe
from perfcheck.probes.http.path import ApiPath
from perfcheck.probes.http.revalidation import Revalidation
from perfcheck.units import Names


class Etags(Check):
    """GET answers carry an ETag, and a client that sends it back gets a 304 instead of the body.

    The tag is valid, stable and made as declared; the answer to If-None-Match is right for the
    tag that was received under each Accept-Encoding, and the 304 has no body and keeps the
    headers that caches need.

    Source: RFC 9110, 8.8.3, 13.1.2, 13.2.2 and 15.4.5.
    """

    kind: ClassVar[str] = "http"

    paths: tuple[ApiPath, ...] = Field(
        min_length=1,
        strict=False,  # a list of YAML
        description="Paths that answer GET with 200; {names} are filled in by the target.",
    )
    algorithm: Literal["any", "weak", "strong", "md5", "sha1", "sha256", "crc32"] = Field(
        default="any", description="What the tag is: a hash of the body, or only weak or strong."
    )
    revalidates: bool = Field(
        default=True, description="Whether If-None-Match answers 304; false asserts nothing."
    )
    encodings: Annotated[Names, Field(min_length=1)] = Field(
        default=("identity", "gzip", "br"),
        description="The Accept-Encodings under which each path is asked.",
    )

    @override
    def probes(self) -> tuple[Probe[Any], ...]:
        found = (self._probe(path, name) for path in self.paths for name in self.encodings)
        return tuple(dict.fromkeys(found))

    def _probe(self, path: str, accept_encoding: str) -> Revalidation:
        return Revalidation(path, accept_encoding, with_conditions=self.revalidates)

    @override
    def evaluate(self, answers: Answers) -> Iterator[Finding]:
        for path in self.paths:
            yield from each_part(f"GET {path}", (partial(self._about, path),), answers)

    def _about(self, path: str, answers: Answers) -> Iterator[Finding]:
        seen = {name: answers[self._probe(path, name)] for name in self.encodings}
        for facts in seen.values():
            if facts.first.status != 200:
                yield refused(path, facts.first)
                return
        empty = [name for name, facts in seen.items() if not facts.first.body.size_bytes]
        nothing = Seen.undecided("the body is empty", "a path with a body that is not empty")
        rows = (Row(name, nothing) for name in empty)
        yield from fold(f"GET {path}", "a body that a tag can stand for", rows)
        seen = {name: facts for name, facts in seen.items() if name not in empty}
        yield from judge_presence(path, seen)
        yield from judge_algorithm(path, self.algorithm, seen)
        yield from judge_stability(path, seen)
        yield from judge_distinctness(path, seen)
        if self.revalidates:
            yield from judge_conditions(path, seen)
