"""Turn every unexpected error into a 500 without details."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from perfcheck.reference.app.errors import ApiError, error_response


class ErrorBoundaryMiddleware:
    """Report unexpected errors and answer them as JSON.

    An error after the answer has begun goes on to the server, which then cuts the connection:
    the client must not take half an answer for a whole one.
    """

    def __init__(self, app: ASGIApp, *, report: Callable[[Exception], None]) -> None:
        self._app = app
        self._report = report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def watch(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            self._report(error)
            if has_begun:
                raise
            answer = error_response(ApiError(500, "internal_error", "the service has failed"))
            await answer(scope, receive, send)
