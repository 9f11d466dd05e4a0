"""What every layer of tests may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import RunningServer, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """A fresh, empty server in a process of its own."""
    with running(tmp_path / "data") as started:
        yield started
