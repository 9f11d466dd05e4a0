"""What a node does again and again goes on whatever happens."""

import threading

import pytest

from kansoku.errors import StoreUnavailable
from kansoku.store.clickhouse.repeating import repeat


def test_no_failure_ends_it_and_being_told_to_stop_does(caplog: pytest.LogCaptureFixture) -> None:
    stopping = threading.Event()
    faults: list[Exception] = [StoreUnavailable("away"), ValueError("never seen before")]

    def act() -> None:
        if faults:
            raise faults.pop(0)
        stopping.set()

    repeat("the lease", act, stopping, 0.0)
    assert "the lease: away" in caplog.text
    assert "ValueError: never seen before" in caplog.text
