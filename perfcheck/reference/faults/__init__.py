"""How the reference service can be broken on purpose; found by walking this folder."""

import functools
import importlib
import pkgutil
from collections.abc import Mapping

from perfcheck.reference.faults.base import Fault


@functools.cache
def faults() -> Mapping[str, Fault]:
    """Return every fault by its name. Raises ValueError where two share one."""
    found: dict[str, Fault] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name == "base" or module.name.startswith("_"):
            continue
        for fault in importlib.import_module(f"{__name__}.{module.name}").FAULTS:
            if fault.name in found:
                raise ValueError(f"two faults are named {fault.name}")
            found[fault.name] = fault
    return dict(sorted(found.items()))
