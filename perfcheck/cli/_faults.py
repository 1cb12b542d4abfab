"""Faults by their names, for `perfcheck reference up`."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from perfcheck.errors import UsageError
from perfcheck.suggest import hint

if TYPE_CHECKING:
    from perfcheck.reference.faults.base import Fault


def named(names: Sequence[str]) -> "tuple[Fault, ...]":
    """Return faults, each once. Raises UsageError for a name that is none."""
    if not names:
        return ()
    from perfcheck.reference.faults import faults

    known = faults()
    for name in names:
        if name not in known:
            raise UsageError(f"--fault {name}: there is no such fault{hint(name, known)}")
    return tuple(known[name] for name in dict.fromkeys(names))


def switches_of(faults: "Sequence[Fault]") -> dict[str, str]:
    """Return the application's environment for all faults together.

    Raises UsageError where two of them set one switch differently.
    """
    merged: dict[str, dict[str, object]] = {}
    for fault in faults:
        for area, switches in fault.switches.items():
            known = merged.setdefault(area, {})
            for switch, value in switches.items():
                if known.setdefault(switch, value) != value:
                    raise UsageError(f"--fault {fault.name}: another fault sets {area}.{switch}")
    return {"REFERENCE_SWITCHES": json.dumps(merged)} if merged else {}


def break_database(admin_dsn: str, faults: "Sequence[Fault]") -> None:
    """Run the SQL of faults. Raises UsageError where one refuses to follow another."""
    import asyncio

    from perfcheck.reference.copies import run_fault
    from perfcheck.reference.errors import ReferenceServiceError

    for fault in faults:
        if fault.sql:
            try:
                asyncio.run(run_fault(admin_dsn, fault.sql))
            except ReferenceServiceError as error:
                raise UsageError(f"--fault {fault.name}: {error}") from error
