"""Refusals by a clock of the test's, and by a socket that nobody listens at."""

import socket

import pytest
import requests

from kansoku.emit.refusals import Refusals


def refused() -> Exception:
    """What the exporters' library raises where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and no `listen`
        with pytest.raises(requests.ConnectionError) as raised:
            requests.post(f"http://127.0.0.1:{taken.getsockname()[1]}/v1/traces", data=b"", timeout=60)
        return raised.value


def test_attempts_at_once_are_one_refusal_and_later_ones_are_more() -> None:
    now = [10.0]
    refusals, error = Refusals(lambda: now[0]), refused()
    for _ in range(2):
        refusals.heard(error)
    assert refusals.count == 1
    for count in (2, 3):
        now[0] += 1
        refusals.heard(error)
        assert refusals.count == count


@pytest.mark.parametrize("other", [None, requests.Timeout("slow"), requests.ConnectionError("reset")])
def test_anything_else_that_is_heard_begins_anew(other: Exception | None) -> None:
    now = [10.0]
    refusals, error = Refusals(lambda: now[0]), refused()
    refusals.heard(error)
    now[0] += 1
    refusals.heard(other)
    assert refusals.count == 0
    now[0] += 1
    refusals.heard(error)
    assert refusals.count == 1
