"""Ask an HTTP API: bytes as they were sent, one deadline for the whole answer."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from perfcheck.errors import ProbeError
from perfcheck.spec.targets import HttpTarget
from perfcheck.targets.http_alone import Lone, ask_alone

MAX_BODY_BYTES = 16 * 1024 * 1024


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

    def header(self, name: str) -> str | None:
        """Return a header's value; several are joined with `, ` (RFC 9110, 5.3)."""
        values = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(values) if values else None


class HttpSession:
    """One probe's requests."""

    def __init__(self, client: "HttpClient") -> None:
        self._client = client
        self.settings = client.settings
        self.journal: list[str] = []

    async def send(self, request: Request) -> Response:
        """Return the answer to one request. Redirects are not followed. Raises ProbeError."""
        return await self._client.send(request, await self._written(request))

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
        return await self._client.send_alone(request, await self._written(request))

    async def _written(self, request: Request) -> str:
        path = await self._client.expand(request.path)
        line = f"{request.method} {path}"
        shown = [*request.headers]
        if request.accept_encoding is not None:
            shown.insert(0, ("Accept-Encoding", request.accept_encoding))
        self.journal.append("; ".join([line, *(f"{name}: {value}" for name, value in shown)]))
        return path


class HttpClient:
    """An API: one connection pool, and the values of `{names}` in paths, asked once."""

    def __init__(self, settings: HttpTarget) -> None:
        self.settings = settings
        self._limit_s = settings.timeout.total_seconds()
        self._http = httpx.AsyncClient(
            headers=settings.headers,
            follow_redirects=False,
            timeout=self._limit_s,
            limits=httpx.Limits(max_connections=settings.concurrency),
            trust_env=False,
            verify=settings.url.startswith("https:"),  # a TLS context costs 20 ms to make
        )
        self._http.headers.pop("accept-encoding", None)
        self._resolved: dict[str, str | ProbeError] = {}
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

    async def expand(self, path: str) -> str:
        """Return the path with its `{names}` filled in. Raises ProbeError."""
        for name in re.findall(r"\{(\w+)\}", path):
            async with self._resolving:
                if name not in self._resolved:
                    self._resolved[name] = await self._resolve(name)
            value = self._resolved[name]
            if isinstance(value, ProbeError):
                raise ProbeError(value.reason_code, value.message, needs=value.needs)
            path = path.replace("{" + name + "}", value)
        return path

    async def _resolve(self, name: str) -> str | ProbeError:
        source = self.settings.resolve.get(name)
        if source is None:
            return ProbeError(
                "not_found",
                f"{{{name}}} has no value",
                needs=f"an entry '{name}' under the target's `resolve`",
            )
        try:
            answer = await self.send(Request(source.get), source.get)
        except ProbeError as error:
            return error
        try:
            value = pick(httpx.Response(200, content=answer.body).json(), source.json_path)
        except (ValueError, LookupError, TypeError):
            return ProbeError(
                "not_found",
                f"{{{name}}} has no value: GET {source.get} answered {answer.status} "
                f"without {source.json_path}",
                needs=f"a resource to look at, so that GET {source.get} has {source.json_path}",
            )
        return str(value)

    async def send(self, request: Request, path: str) -> Response:
        """Return the answer, its body raw and at most 16 MiB. Raises ProbeError."""
        url = self.settings.url.rstrip("/") + path
        try:
            async with (
                asyncio.timeout(self._limit_s),
                self._http.stream(request.method, url, headers=_headers(request)) as answer,
            ):
                return Response(
                    answer.status_code,
                    tuple((name.lower(), value) for name, value in answer.headers.multi_items()),
                    await _body(answer),
                )
        except TimeoutError as error:
            raise ProbeError("timeout", f"no whole answer within {self._limit_s:g} s") from error
        except httpx.HTTPError as error:
            raise explain(error, self._limit_s) from error
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise ProbeError("connection", "the target's URL or a header is not valid") from error

    async def send_alone(self, request: Request, path: str) -> Lone:
        """Return the answer to a request on a connection of its own. Raises ProbeError."""
        url = self.settings.url.rstrip("/") + path
        try:
            built = self._http.build_request(request.method, url, headers=_headers(request))
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise ProbeError("connection", "the target's URL or a header is not valid") from error
        return await ask_alone(built, self._limit_s)


def _headers(request: Request) -> list[tuple[str, str]]:
    if request.accept_encoding is None:
        return [*request.headers]
    return [*request.headers, ("Accept-Encoding", request.accept_encoding)]


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
            return ProbeError("connection", "the connection failed: nothing answers there")
        case httpx.RemoteProtocolError():
            return ProbeError("garbage", "what answers there does not speak HTTP, or broke off")
        case _:
            return ProbeError("connection", "the connection was lost")


def pick(value: Any, path: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what stands at a path such as `data[0].id`. Raises LookupError, TypeError."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        value = value[int(index)] if index else value[name]
    if isinstance(value, dict | list) or value is None:
        raise LookupError(path)
    return value
