"""The reference service for all tests of a session; nothing is skipped where CI forbids it."""

import os
from collections.abc import Generator, Iterator

import pytest

from perfcheck.reference.binaries import find_postgres, find_valkey
from perfcheck.reference.errors import ReferenceServiceError
from perfcheck.reference.service import Running, running
from perfcheck.reference.webserver import has_app


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what is skipped where PERFCHECK_NOTHING_SKIPPED is set: CI installs everything."""
    report = yield
    if report.skipped and os.environ.get("PERFCHECK_NOTHING_SKIPPED"):
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def servers_installed() -> bool:
    """Skip the test where PostgreSQL or Valkey is not installed."""
    try:
        find_postgres()
        find_valkey()
    except ReferenceServiceError as error:
        pytest.skip(str(error))
    return True


@pytest.fixture(scope="session")
def reference_db(servers_installed: bool) -> Iterator[Running]:
    """Run PostgreSQL with the service's database, and Valkey, for all tests of the session."""
    assert servers_installed
    with running(scale=0.01, app=False) as service:
        yield service


@pytest.fixture(scope="session")
def reference(servers_installed: bool) -> Iterator[Running]:
    """Run the whole reference service for all tests of the session."""
    assert servers_installed
    if not has_app():
        pytest.skip("perfcheck.reference.app is not there")
    with running(scale=0.02) as service:
        yield service
