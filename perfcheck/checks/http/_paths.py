"""How a spec writes paths of an API."""

from typing import Annotated

from pydantic import BeforeValidator, Field

ApiPath = Annotated[str, Field(pattern=r"^/")]
"""A path with its query; `{names}` are filled in by the target's `resolve`."""

ApiPaths = Annotated[
    tuple[ApiPath, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)
]
