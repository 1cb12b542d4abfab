import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Make a folder that every user can enter; tmp_path can be entered by its owner only."""
    folder = Path(tempfile.mkdtemp(prefix="open-folder-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
