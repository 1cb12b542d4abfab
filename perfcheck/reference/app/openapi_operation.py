"""What the OpenAPI document says of an endpoint beyond its method and path."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Operation:
    """The contract of one endpoint; names refer to openapi_schemas.

    Its path parameters, and the errors that follow from the rest, are not repeated here.
    """

    is_public: bool = False
    """Whether it asks for no token and no tenant."""
    query: tuple[str, ...] = ()
    """The query parameters."""
    body: str = ""
    """The schema of the request's JSON body."""
    answer: str = "Object"
    """The schema of the answer."""
    media_type: str = "application/json"
    headers: tuple[str, ...] = ()
    """The headers of the answer; with an ETag it can be revalidated."""
    failures: tuple[tuple[int, str], ...] = ((503, "Error"),)
    """Statuses of its own failures, and the schema of each."""
