"""Connect the worker to the service's database."""

import psycopg
from psycopg.rows import DictRow, dict_row

Connection = psycopg.AsyncConnection[DictRow]


async def connect(dsn: str) -> Connection:
    """Open a connection whose statements and waits for locks end.

    Raises:
        psycopg.OperationalError: the server is away or refuses.
    """
    # A short wait for locks: readers queue behind a request for an exclusive one.
    options = "-c timezone=UTC -c statement_timeout=600000 -c lock_timeout=3000"
    return await psycopg.AsyncConnection.connect(
        dsn,
        autocommit=True,
        row_factory=dict_row,
        connect_timeout=5,
        application_name="reconciliation-worker",
        options=options,
    )
