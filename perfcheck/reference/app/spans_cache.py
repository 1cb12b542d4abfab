"""Show each command to Redis in the trace, without keys and values."""

from typing import Any

from redis.asyncio import Redis
from typing_extensions import override

from perfcheck.reference.app.spans import client_span, is_recording


class TracedRedis(Redis):
    """A client whose commands are spans."""

    @override
    async def execute_command(self, *args: Any, **options: Any) -> Any:  # Any: as redis-py
        """Run the command in a span."""
        if not is_recording():
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call] # redis-py
        with client_span("cache", str(args[0]), self._describe(*args)):
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call] # redis-py

    def _describe(self, command: str, *operands: object) -> dict[str, str | int]:
        server = self.connection_pool.connection_kwargs
        return {
            "db.system.name": "redis",
            "db.namespace": str(server.get("db", 0)),
            "db.operation.name": command,
            "db.query.text": " ".join((command, *("?" for _ in operands))),
            "server.address": str(server.get("host", "")),
            "server.port": int(server.get("port", 6379)),
        }
