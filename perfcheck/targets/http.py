"""Ask an HTTP API: bytes as they were sent, one deadline for the whole answer."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import httpx

from perfcheck.errors import ProbeError
from perfcheck.spec.targets import HttpTarget
from perfcheck.targets.http_alone import MAX_BODY_BYTES, Lone, ask_alone


@dataclass(frozen=True)
class Request:
    """A request below the target's URL.

    `accept_encoding` None sends no such header at all; `headers` are added to the target's.
    `{names}` in the path are filled in by the target's `resolve`.
    """

    path: str
    method: str = "GET"
    accept_encoding: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Response:
    """An answer: the body as it came over the wire, not decoded; header names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


class HttpSession:
    """One probe's requests. Redirects are not followed."""

    def __init__(self, client: "HttpClient") -> None:
        self._client = client
        self.journal: list[str] = []

    async def send(self, request: Request) -> Response:
        """Return the answer to one request. Raises ProbeError."""
        return await self._client.send(await self._noted(request))

    async def get(
        self,
        path: str,
        *,
        accept_encoding: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Response:
        """Return the answer to a GET, as `send` does."""
        return await self.send(Request(path, "GET", accept_encoding, headers))

    async def get_alone(
        self,
        path: str,
        *,
        accept_encoding: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Lone:
        """Return the answer to a GET on a connection of its own. Raises ProbeError."""
        request = Request(path, "GET", accept_encoding, headers)
        return await self._client.send_alone(await self._noted(request))

    async def _noted(self, request: Request) -> Request:
        """Return the request with its `{names}` filled in, after noting what is sent."""
        path = request.path
        for name in re.findall(r"\{(\w+)\}", path):
            value = await self._client.value_of(name, self.journal)
            path = path.replace("{" + name + "}", quote(value, safe=""))
        written = replace(request, path=path)
        self.journal.append(_line(written))
        return written


class HttpClient:
    """An API: one connection pool, and the values of `{names}` in paths, asked once."""

    def __init__(self, settings: HttpTarget) -> None:
        self._settings = settings
        self._limit_s = settings.timeout.total_seconds()
        self._http = httpx.AsyncClient(
            headers=settings.headers,
            follow_redirects=False,
            timeout=self._limit_s,
            trust_env=False,
            verify=settings.url.startswith("https:"),  # a TLS context costs 20 ms to make
        )
        self._http.headers.pop("accept-encoding", None)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._values: dict[str, str | ProbeError] = {}
        self._resolving = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[HttpSession]:
        """Let one probe ask, over the connections that all share."""
        yield HttpSession(self)

    async def close(self) -> None:
        """Close the connections."""
        with contextlib.suppress(TimeoutError, httpx.HTTPError, OSError):
            async with asyncio.timeout(1):
                await self._http.aclose()

    async def value_of(self, name: str, journal: list[str]) -> str:
        """Return what a `{name}` in a path stands for, asked for once. Raises ProbeError."""
        async with self._resolving:
            if name not in self._values:
                self._values[name] = await self._resolve(name, journal)
        value = self._values[name]
        if isinstance(value, ProbeError):
            raise ProbeError(value.reason_code, value.message, needs=value.needs)
        return value

    async def _resolve(self, name: str, journal: list[str]) -> str | ProbeError:
        source = self._settings.resolve.get(name)
        if source is None:
            needs = f"an entry '{name}' under the target's `resolve`"
            return ProbeError("not_found", f"{{{name}}} has no value", needs=needs)
        request = Request(source.get)
        journal.append(_line(request))
        try:
            answer = await self.send(request)
        except ProbeError as error:
            return error
        value = _picked(answer, source.json_path)
        if value is None:
            seen = f"GET {source.get} answered {answer.status} without {source.json_path}"
            needs = f"a resource to look at, so that GET {source.get} has {source.json_path}"
            return ProbeError("not_found", f"{{{name}}} has no value: {seen}", needs=needs)
        return value

    async def send(self, request: Request) -> Response:
        """Return the answer, its body raw and at most 16 MiB. Raises ProbeError.

        The time that a request waits for its turn does not count.
        """
        built = self._built(request)
        try:
            async with self._slots, asyncio.timeout(self._limit_s):
                answer = await self._http.send(built, stream=True)
                try:
                    return Response(answer.status_code, _fields(answer), await _body(answer))
                finally:
                    await answer.aclose()
        except TimeoutError as error:
            raise ProbeError("timeout", f"no whole answer within {self._limit_s:g} s") from error
        except httpx.HTTPError as error:
            raise explain(error, self._limit_s) from error

    async def send_alone(self, request: Request) -> Lone:
        """Return the answer to a request on a connection of its own. Raises ProbeError."""
        built = self._built(request)
        async with self._slots:
            return await ask_alone(built, self._limit_s)

    def _built(self, request: Request) -> httpx.Request:
        headers = [*request.headers]
        if request.accept_encoding is not None:
            headers.append(("Accept-Encoding", request.accept_encoding))
        url = self._settings.url.rstrip("/") + request.path
        try:
            return self._http.build_request(request.method, url, headers=headers)
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            needs = "a path that a URL can hold"
            message = f"no request can be made of {request.path}"
            raise ProbeError("not_found", message, needs=needs) from error


def _line(request: Request) -> str:
    """Return a request as a person would write it, without the target's own headers."""
    shown = [*request.headers]
    if request.accept_encoding is not None:
        shown.insert(0, ("Accept-Encoding", request.accept_encoding))
    return "; ".join(
        [f"{request.method} {request.path}", *(f"{name}: {value}" for name, value in shown)]
    )


def _fields(answer: httpx.Response) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower(), value) for name, value in answer.headers.multi_items())


async def _body(answer: httpx.Response) -> bytes:
    chunks, size_bytes = [], 0
    async for chunk in answer.aiter_raw():
        size_bytes += len(chunk)
        if size_bytes > MAX_BODY_BYTES:
            raise ProbeError("garbage", "the body is larger than 16 MiB")
        chunks.append(chunk)
    return b"".join(chunks)


def explain(error: httpx.HTTPError, limit_s: float) -> ProbeError:
    """Return what went wrong with a request, without host or URL."""
    match error:
        case httpx.TimeoutException():
            return ProbeError("timeout", f"no answer within {limit_s:g} s")
        case httpx.ConnectError():
            return ProbeError("unreachable", _at_connect(str(error)))
        case httpx.RemoteProtocolError():
            return ProbeError("garbage", "what answers there does not speak HTTP, or broke off")
        case _:
            return ProbeError("connection", "the connection was lost")


_AT_CONNECT = (
    ("CERTIFICATE_VERIFY_FAILED", "the server's TLS certificate cannot be trusted"),
    ("SSL|TLS", "the TLS handshake failed: the port may not speak HTTPS"),
    ("Name or service|resolution|getaddrinfo|nodename", "the host name cannot be resolved"),
)


def _at_connect(said: str) -> str:
    for pattern, sentence in _AT_CONNECT:
        if re.search(pattern, said):
            return sentence
    return "the connection was refused: nothing listens there"


def _picked(answer: Response, path: str) -> str | None:
    """Return what stands at a path of a JSON answer, None if it has nothing there."""
    if answer.status != httpx.codes.OK:
        return None
    try:
        return str(pick(httpx.Response(200, content=answer.body).json(), path))
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def pick(value: Any, path: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what stands at a path such as `data[0].id`. Raises LookupError, TypeError."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        value = value[int(index)] if index else value[name]
    if isinstance(value, dict | list) or value is None:
        raise LookupError(path)
    return value
