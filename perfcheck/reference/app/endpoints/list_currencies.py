"""GET /api/v1/meta/currencies: static data, the same for everyone."""

from typing import LiteralString

from starlette.requests import Request
from starlette.responses import Response

from perfcheck.reference.app.cache import CacheGroup
from perfcheck.reference.app.json_body import cached_response, to_json
from perfcheck.reference.app.service import service_of

_CURRENCIES: LiteralString = "select code, name, minor_units from currencies order by code"
_GROUP = CacheGroup("static", "meta")


async def list_currencies(request: Request) -> Response:
    """Answer with every currency; shared caches may keep it, so it asks for no token."""
    service = service_of(request)

    async def produce() -> bytes:
        return to_json({"data": await service.database.fetch_all(_CURRENCIES, {})})

    ttl_s = service.settings.static_ttl_s
    key = _GROUP.key("currencies")
    cached = await service.cache.read_through(key, produce, group=_GROUP, ttl_s=ttl_s)
    return cached_response(cached, cache_control=f"public, max-age={ttl_s}")
