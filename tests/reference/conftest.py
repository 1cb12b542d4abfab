import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfcheck.reference.service import Running, running


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Make a folder that every user can enter; tmp_path can be entered by its owner only."""
    folder = Path(tempfile.mkdtemp(prefix="open-folder-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def fresh_db(servers_installed: bool) -> Iterator[Running]:
    """Run a database of the module's own, for what looks at rows that other tests add to."""
    assert servers_installed
    with running(scale=0.01, app=False) as service:
        yield service


@pytest.fixture(scope="module")
def fresh(servers_installed: bool) -> Iterator[Running]:
    """Run a whole service of the module's own."""
    assert servers_installed
    with running(scale=0.02) as service:
        yield service
