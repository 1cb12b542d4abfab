"""Where a fault is shown: a copy of the database, an instance of the application, the checker."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from perfcheck.checks import sections
from perfcheck.clock import SystemClock
from perfcheck.data import bundled
from perfcheck.engine import run
from perfcheck.gather import Unwatched
from perfcheck.plan import make_plan
from perfcheck.reference.copies import Databases
from perfcheck.reference.faults.base import Fault
from perfcheck.reference.messages import AppOrder
from perfcheck.reference.service import Service
from perfcheck.reference.valkey import configured
from perfcheck.selftest.judge import declared, seen
from perfcheck.selftest.model import Turned
from perfcheck.spec.load import Asked, load_spec
from perfcheck.spec.model import Spec

PROFILE = "demo"


def shipped_folder() -> Path:
    """Return the folder of the shipped spec."""
    return bundled("specs", "reconciliation")


def spec_of(folder: Path, environ: Mapping[str, str]) -> Spec:
    """Return the spec of a folder for a service; without its environment, to read names from."""
    asked = Asked(profile=PROFILE, environ=environ, unset="refused" if environ else "accepted")
    return load_spec(folder, asked)


def checked_sections(spec: Spec) -> tuple[str, ...]:
    """Return the sections of a spec that have a check."""
    named = dict.fromkeys(requirement.section for requirement in spec.requirements)
    return tuple(section for section in named if section in sections())


@dataclass(frozen=True)
class Stage:
    """One of several that work side by side: each has names and a cache of its own.

    `good` is the environment of a service without a fault, whose database no other stage uses.
    """

    number: int
    service: Service
    databases: Databases
    good: Mapping[str, str]
    of_database: frozenset[str]  # the requirements that ask the database itself

    async def show(self, fault: Fault | None) -> dict[str, Turned]:
        """Break a copy of the service, and verify it; None breaks nothing.

        Raises:
            ReferenceServiceError: the fault's SQL was refused, or its application did not start.
        """
        name = f"stage_{self.number}_fault"
        async with self.databases.copy(name) as dsn, contextlib.AsyncExitStack() as stack:
            environ = {**self.good, "PERFCHECK_DB_DSN": dsn}
            if fault is None:
                return await _verified(shipped_folder(), environ)
            if fault.sql:
                await self.databases.break_(name, fault.sql)
            if fault.cache_config:
                url = self.good["PERFCHECK_REDIS_URL"]
                await stack.enter_async_context(configured(url, fault.cache_config))
            if self._needs_app(fault):
                order = AppOrder(
                    f"{fault.name}-{self.number}",
                    name,
                    cache=2 * self.number + 2,
                    environment={"REFERENCE_SWITCHES": json.dumps(fault.switches)},
                )
                environ |= (await stack.enter_async_context(self.service.app(order))).environment
            return await _verified(stack.enter_context(_folder(fault.files)), environ)

    def _needs_app(self, fault: Fault) -> bool:
        """Return whether it takes an application on the broken copy to notice the fault."""
        seen_through_app = not self.of_database.issuperset(declared(fault))
        return bool(fault.switches or (fault.sql and seen_through_app))


@contextlib.asynccontextmanager
async def stage(
    number: int, service: Service, databases: Databases, of_database: frozenset[str]
) -> AsyncIterator[Stage]:
    """Set up a stage for a block: a database and an application without a fault."""
    name = f"stage_{number}_good"
    order = AppOrder(name, name, cache=2 * number + 1)
    async with databases.copy(name), service.app(order) as app:
        good = {**service.running.environment, **app.environment}
        yield Stage(number, service, databases, good, of_database)


@contextlib.contextmanager
def _folder(files: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folder of the shipped spec, or a copy of it with files replaced."""
    if not files:
        yield shipped_folder()
        return
    with tempfile.TemporaryDirectory(prefix="perfcheck-selftest-") as place:
        folder = Path(place) / "spec"
        shutil.copytree(shipped_folder(), folder)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        yield folder


async def _verified(folder: Path, environ: Mapping[str, str]) -> dict[str, Turned]:
    """Verify every section that has a check."""
    spec = spec_of(folder, environ)
    only = checked_sections(spec)
    plan = make_plan(spec, only=only)
    report, _ = await run(plan, clock=SystemClock(), observer=Unwatched())
    return seen(report, only)
