"""GET /docs: the API on one page, made from the route table."""

from collections.abc import Iterable
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.endpoint import Endpoint, Handler

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Reconciliation API</title>
<style>
body {{ font: 16px/1.5 sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }}
code {{ font-family: ui-monospace, monospace }}
table {{ border-collapse: collapse }}
td, th {{ border-bottom: 1px solid #ccc; padding: .4rem; text-align: left }}
</style>
</head>
<body>
<h1>Reconciliation API</h1>
<p>Requests under <code>/api/v1/jobs</code> and <code>/api/v1/reconciliations</code> carry
<code>Authorization: Bearer</code> and the tenant's id in <code>X-Tenant-Id</code>.
Errors are JSON: <code>{{"error": {{"code": ..., "message": ...}}}}</code>.</p>
<p>JSON, text and HTML bodies of 1024 bytes or more are sent with Brotli or gzip when
<code>Accept-Encoding</code> allows it. GET answers carry a weak <code>ETag</code>: send it back in
<code>If-None-Match</code>, and 304 says that nothing changed.</p>
<p>The same for programs: <a href="/openapi.json">OpenAPI 3.1</a>.</p>
<table>
<tr><th>Request</th><th>What it does</th><th>Answer</th></tr>
{rows}
</table>
</body>
</html>
"""
_ROW = "<tr><td><code>{method} {path}</code></td><td>{summary} {details}</td><td>{status}</td></tr>"


def docs_handler(endpoints: Iterable[Endpoint]) -> Handler:
    """Make the handler that shows the endpoints."""
    rows = "\n".join(
        _ROW.format(
            method=endpoint.method,
            path=escape(endpoint.path),
            summary=escape(endpoint.summary),
            details=escape(endpoint.details),
            status=endpoint.status,
        )
        for endpoint in endpoints
    )
    page = _PAGE.format(rows=rows)

    async def get_docs(_request: Request) -> Response:
        return Response(
            page, media_type="text/html", headers={"Cache-Control": "public, max-age=3600"}
        )

    return get_docs
