"""An API on loopback that is right, or wrong in exactly the ways a test plants."""

import asyncio
import hashlib
import json
import re
import zlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import brotli  # type: ignore[import-untyped]  # the package brings no types

from perfcheck.checks.base import Check
from perfcheck.errors import ProbeError
from perfcheck.model import Finding, Verdict
from perfcheck.probes.base import Answer, Answers, Facts, Failure, Probe
from perfcheck.spec.targets import HttpTarget
from perfcheck.targets.http import HttpClient

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
THRESHOLD_BYTES = 1024
ROWS = [
    {
        "id": hashlib.sha256(f"{n}".encode()).hexdigest()[:32],
        "created_at": f"2026-01-01T{n % 24:02}:{n * 7 % 60:02}:00Z",
        "status": ("queued", "running", "succeeded", "failed")[n * n % 7 % 4],
        "name": f"job-{n}",
        "owner": ("ops", "billing", "search")[n * n % 11 % 3],
    }
    for n in range(1200)
]


class PlantedApi:
    """Answers GET as a correct server would, but for its flaws."""

    def __init__(self, flaws: frozenset[str]) -> None:
        self.flaws = flaws
        self.requests: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *rest = head.decode("latin-1").split("\r\n")
                headers = {
                    k.lower(): v.strip() for k, _, v in (h.partition(":") for h in rest if h)
                }
                path = line.split(" ")[1]
                self.requests.append(path)
                writer.write(self.answer(path, headers))
                await writer.drain()
                if headers.get("connection") == "close":
                    break
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    def answer(self, path: str, asked: dict[str, str]) -> bytes:
        media_type, body = self.entity(path)
        status = 401 if "unauthorized" in self.flaws else 200
        coding, encoded = self.encode(path, body, asked.get("accept-encoding"))
        if "empty_gzip" in self.flaws:
            coding, encoded = "gzip", b""
        headers = {
            "Content-Type": f"{media_type}; charset=utf-8",
            "Content-Length": str(len(encoded)),
            "Cache-Control": "private, max-age=60",
            "Date": formatdate(usegmt=True),
            "Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT",
        }
        unasked = "no_vary_unasked" in self.flaws and "accept-encoding" not in asked
        if f"no_vary_on_{coding}" not in self.flaws and not unasked:
            headers["Vary"] = "Accept-Encoding"
        if coding != "identity":
            headers["Content-Encoding"] = coding
        tag = self.tag(body, encoded, coding)
        if tag and f"no_tag_on_{coding}" not in self.flaws:
            headers["ETag"] = tag
            if self.is_current(asked, tag):
                return self.not_modified(headers)
        return _write(status, headers, encoded)

    def entity(self, path: str) -> tuple[str, bytes]:
        if path == "/text":
            lines = "".join(f'jobs_total{{n="{n}"}} {n * 17}\n' for n in range(200))
            return "text/plain", f"{lines}asked {len(self.requests)}\n".encode()
        if path == "/empty":
            return "application/json", b""
        if path == "/page":
            return "text/html", b"<html>" + b"<p>a paragraph of the page</p>" * 100
        limit = re.search(r"limit=(\d+)", path)
        rows = ROWS[: int(limit[1])] if limit else ROWS[:30]
        body = json.dumps({"data": rows}).encode()
        if "changes" in self.flaws or ("changes_early" in self.flaws and len(self.requests) < 4):
            body += str(len(self.requests)).encode()
        return "application/json", body

    def encode(self, path: str, body: bytes, accept: str | None) -> tuple[str, bytes]:
        coding = self.choose(accept)
        threshold_bytes = 3000 if "late_threshold" in self.flaws else THRESHOLD_BYTES
        if len(body) < threshold_bytes and "no_threshold" not in self.flaws:
            return "identity", body
        if path == "/page" and "no_html" in self.flaws:
            return "identity", body
        if coding == "gzip":
            return "gzip", self.gzip(body)
        if "unlabelled" in self.flaws and accept in {"", "bogus", "*;q=0", "gzip;q=0"}:
            return "identity", self.gzip(body)
        if coding == "br":
            quality = 0 if "br_large" in self.flaws else 5
            encoded: bytes = brotli.compress(body, quality=quality)
            return "br", encoded
        return "identity", body

    def gzip(self, body: bytes) -> bytes:
        if "other_entity" in self.flaws:
            body = body.replace(b"job-1", b"job-x")
        level = next((int(f.removeprefix("level_")) for f in self.flaws if "level_" in f), 6)
        encoder = zlib.compressobj(level, zlib.DEFLATED, 31)
        encoded = encoder.compress(body) + encoder.flush()
        if "bad_crc" in self.flaws:
            return encoded[:-8] + b"\0\0\0\0" + encoded[-4:]
        return encoded + (b"\r\n" if "trailing" in self.flaws else b"")

    def choose(self, accept: str | None) -> str:
        weights: dict[str, float] = {}
        for element in (accept or "").lower().split(","):
            name, _, weight = element.partition(";q=")
            weights[name.strip()] = float(weight or 1)
        if "gzip_for_q0" in self.flaws and "gzip" in (accept or ""):
            return "gzip"
        offers = {c: weights.get(c, weights.get("*", 0.0)) for c in ("br", "gzip")}
        if "no_gzip" in self.flaws:
            offers["gzip"] = 0
        if "gzip_always" in self.flaws and not offers["br"]:
            return "gzip"
        best = max(offers, key=lambda coding: offers[coding])
        return best if offers[best] > 0 else "identity"

    def digest(self, body: bytes) -> str:
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        if "sha1" in self.flaws:
            digest = hashlib.sha1(body, usedforsecurity=False).hexdigest()
        if "unstable" in self.flaws:
            digest = f"{len(self.requests)}"
        return f"abc123-{digest}" if "prefixed" in self.flaws else digest

    def tag(self, body: bytes, encoded: bytes, coding: str) -> str | None:
        digest = self.digest(body)
        if "unquoted" in self.flaws:
            return digest
        if "constant" in self.flaws:
            return f'"{coding}"'
        if "strong_shared" in self.flaws:
            return f'"{digest}"'
        if "strong_of_encoded" in self.flaws:
            return f'"{hashlib.md5(encoded, usedforsecurity=False).hexdigest()}"'
        if "strong_suffixed" in self.flaws:
            return f'"{digest}{"" if coding == "identity" else "-" + coding}"'
        return f'W/"{digest}"'

    def is_current(self, asked: dict[str, str], tag: str) -> bool:
        wanted = asked.get("if-none-match")
        if wanted is None or "never_304" in self.flaws:
            return False
        if "since_first" in self.flaws and "if-modified-since" in asked:
            return True
        if wanted == "*":
            return "no_star" not in self.flaws
        if "strong_comparison" in self.flaws and "," not in wanted:
            return wanted == tag
        is_unread_list = "no_list" in self.flaws and "," in wanted
        is_named = tag.removeprefix("W/") in wanted and not is_unread_list
        return is_named or "always_304" in self.flaws

    def not_modified(self, headers: dict[str, str]) -> bytes:
        for name in ("Content-Type", "Content-Length", "Content-Encoding", "Last-Modified"):
            headers.pop(name, None)
        if "304_without_vary" in self.flaws:
            del headers["Vary"]
        others = {"ETag": '"other"', "Cache-Control": "no-store", "Vary": "Origin"}
        headers |= {k: v for k, v in others.items() if f"304_other_{k.lower()}" in self.flaws}
        return _write(304, headers, b"a body" if "304_with_body" in self.flaws else b"")


def _write(status: int, headers: dict[str, str], body: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Planted\r\n{lines}\r\n".encode("latin-1") + body


@asynccontextmanager
async def _running(flaws: frozenset[str]) -> AsyncIterator[tuple[PlantedApi, str]]:
    api = PlantedApi(flaws)
    server = await asyncio.start_server(api.serve, "127.0.0.1", 0)
    async with server:
        yield api, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _ask(client: HttpClient, probe: Probe[Any]) -> Facts | Failure:
    async with client.session() as session:
        try:
            found = await probe.ask(session)
        except ProbeError as error:
            return Failure(reason_code=error.reason_code, message=error.message, needs=error.needs)
    facts: Facts = probe.facts.model_validate_json(found.model_dump_json())
    assert facts == found
    assert probe.excerpt(facts)
    return facts


async def gather_and_judge(check: Check, target: HttpTarget) -> list[Finding]:
    """Ask the target what a check wants to know, and judge the answers."""
    client = HttpClient(target)
    probes = check.probes()
    try:
        outcomes = await asyncio.gather(*(_ask(client, probe) for probe in probes))
    finally:
        await client.close()
    answers = {
        probe: Answer(outcome=outcome, asked=(), taken_at=NOON, duration_ms=0.0)
        for probe, outcome in zip(probes, outcomes, strict=True)
    }
    return list(check.evaluate(Answers(answers)))


def verify(check: Check, *flaws: str) -> tuple[list[Finding], PlantedApi]:
    """Ask a planted server everything that a check wants to know, and judge the answers."""

    async def run() -> tuple[list[Finding], PlantedApi]:
        async with _running(frozenset(flaws)) as (api, url):
            return await gather_and_judge(check, HttpTarget(kind="http", url=url)), api

    return asyncio.run(run())


def broken(findings: Iterable[Finding]) -> set[str]:
    """Return the subjects of what breaks."""
    return {finding.subject for finding in findings if finding.verdict is Verdict.BREAKS}


def unclear(findings: Iterable[Finding]) -> set[str]:
    """Return the subjects of what is undecided."""
    return {finding.subject for finding in findings if finding.verdict is Verdict.UNDECIDED}
