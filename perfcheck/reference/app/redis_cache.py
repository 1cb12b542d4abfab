"""Keep cached bodies in Redis, each with a time to live."""

import re
import uuid
from contextlib import suppress
from typing import Any

from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from perfcheck.reference.app.deadline import within
from perfcheck.reference.app.spans_cache import TracedRedis

FAILURES = (RedisError, OSError, TimeoutError)

_GENERATION_TTL_S = 3600
_SCAN_COUNT = 1000
# A deletion walks the whole keyspace, so it may take longer than one command.
_DELETE_TIMEOUT_S = 2.0
# Refuses to keep what was read before the last deletion: else a slow reader would put the state
# before a write back after the write had deleted it.
_FILL = """
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


class RedisCache:
    """One Redis database; every command ends in time, or raises one of FAILURES."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._redis = TracedRedis.from_url(
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            # One more try on a fresh connection, for a server that was restarted.
            retry=Retry(NoBackoff(), 1),
        )

    async def ping(self) -> None:
        """Ask whether Redis answers."""
        await within(self._timeout_s, self._execute("PING"))

    async def get(self, key: str) -> bytes | None:
        """Return the value of the key."""
        value: bytes | None = await within(self._timeout_s, self._execute("GET", key))
        return value

    async def generation(self, group: str) -> str:
        """Return a mark that every deletion in the group changes."""
        mark = await self.get(_generation_key(group))
        return (mark or b"").decode("ascii", "replace")

    async def fill(
        self, key: str, value: bytes, *, ttl_s: int, group: str, generation: str
    ) -> None:
        """Keep the value, unless something was deleted since the generation was read."""
        keys = (key, _generation_key(group))
        command = self._execute("EVAL", _FILL, len(keys), *keys, generation, value, ttl_s)
        await within(self._timeout_s, command)

    async def delete(self, group: str, prefix: str) -> None:
        """Delete every key that starts with the prefix, with SCAN and UNLINK."""
        mark = uuid.uuid4().hex
        key = _generation_key(group)
        await within(self._timeout_s, self._execute("SET", key, mark, "EX", _GENERATION_TTL_S))
        await within(_DELETE_TIMEOUT_S, self._unlink_matching(_glob_escaped(prefix) + "*"))

    async def close(self) -> None:
        """Close the connections."""
        with suppress(*FAILURES):
            await within(self._timeout_s, self._redis.aclose())

    async def _execute(self, *command: str | bytes | int) -> Any:  # noqa: ANN401 - as redis-py
        return await self._redis.execute_command(*command)  # type: ignore[no-untyped-call] # redis-py

    async def _unlink_matching(self, pattern: str) -> None:
        cursor = 0
        while True:
            cursor, keys = await self._redis.scan(cursor, match=pattern, count=_SCAN_COUNT)
            if keys:
                await self._redis.unlink(*keys)
            if cursor == 0:
                return


def _generation_key(group: str) -> str:
    return f"generation:{group}"


def _glob_escaped(text: str) -> str:
    return re.sub(r"([*?\[\]\\])", r"\\\1", text)
