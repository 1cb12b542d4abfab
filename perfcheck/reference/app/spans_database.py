"""Show each statement in the trace, without its values."""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Self

import psycopg
from opentelemetry.trace import Span
from psycopg.abc import Params, Query
from psycopg.rows import DictRow
from typing_extensions import override

from perfcheck.reference.app.spans import client_span, is_recording

# As the statements here are laid out: what follows the common table expressions starts a line.
_OPERATIONS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"})
_VERB = re.compile(r"^[a-z]+", re.IGNORECASE | re.MULTILINE)


class TracedCursor(psycopg.AsyncCursor[DictRow]):
    """A cursor whose statements are spans: they are written with placeholders, never values."""

    @override
    async def execute(
        self,
        query: Query,
        params: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Self:
        """Run the statement in a span."""
        with _statement_span(self.connection.info, query):
            # The base class has the same signature below its overloads.
            return await super().execute(query, params, prepare=prepare, binary=binary)  # type: ignore[arg-type,misc]

    @override
    async def executemany(
        self, query: Query, params_seq: Iterable[Params], *, returning: bool = False
    ) -> None:
        """Run the statement once for all parameters, in one span."""
        with _statement_span(self.connection.info, query):
            await super().executemany(query, params_seq, returning=returning)


def _statement_span(
    server: psycopg.ConnectionInfo, query: Query
) -> AbstractContextManager[Span | None]:
    if not is_recording():
        return nullcontext()
    # A composed statement may hold values: its text stays out.
    text = query.strip() if isinstance(query, str) else ""
    verbs = [verb.upper() for verb in _VERB.findall(text)]
    operation = next((verb for verb in verbs if verb in _OPERATIONS), "statement")
    attributes: dict[str, str | int] = {
        "db.system.name": "postgresql",
        "db.namespace": server.dbname,
        "db.operation.name": operation,
        "db.query.text": text,
        "server.address": server.host,
        "server.port": server.port,
    }
    return client_span("db", f"{operation} {server.dbname}", attributes)
