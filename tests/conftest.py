"""What every layer of tests may ask for."""

from collections.abc import Generator, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from kansoku.store.segments import Layout
from tests import ready_tables
from tests.servers import RunningServer, running

if find_spec("hypothesis"):  # not where the oldest SDK is tested
    from hypothesis import settings

    # The same examples each time, so that what fails is what was changed; "deep" looks for new ones.
    settings.register_profile("quick", max_examples=50, deadline=None, derandomize=True)
    settings.register_profile("deep", max_examples=2_000, deadline=None)
    settings.load_profile("quick")  # of a property that says no number of its own


@pytest.fixture(scope="session", autouse=True)
def _ready_tables(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where a database with every table is made, once, when a test first wants a copy."""
    ready_tables.make_in(tmp_path_factory.mktemp("ready") / "data")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """An empty server in a process of its own."""
    ready_tables.give_tables(Layout(tmp_path / "data"))
    with running(tmp_path / "data") as started:
        yield started


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Half a surrogate pair, which some tests log, cannot be sent from the worker that ran the test."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report
