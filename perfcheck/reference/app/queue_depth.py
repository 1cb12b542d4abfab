"""Read how many webhooks wait to be delivered."""

from typing import LiteralString

from perfcheck.reference.app.database import Database

# By the two partial indexes of the queue: what was delivered or given up is not read. Webhooks
# to other machines never leave this one, so nobody works through them and they do not count.
_QUEUE_DEPTH: LiteralString = """
select count(*) as depth
  from webhook_deliveries
 where (status = 'pending' or (status = 'failed' and next_retry_at is not null))
   and is_loopback_url(url)"""


async def read_queue_depth(database: Database) -> int:
    """Return the number of deliveries that are pending or will be tried again.

    Raises:
        psycopg.OperationalError: the database is away.
        TimeoutError: it did not answer in time.
    """
    row = await database.fetch_one(_QUEUE_DEPTH, {})
    return 0 if row is None else int(row["depth"])
