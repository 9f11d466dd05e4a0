"""The guard: what of ours raises ends at it, counted and told once; what is not ours passes."""

import logging

import pytest

from kansoku.emit.guard import Guard


def fail(guard: Guard, error: BaseException) -> None:
    with guard.kept("stream"):
        raise error


def test_an_exception_ends_with_the_block_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    guard = Guard()
    with caplog.at_level(logging.DEBUG, "kansoku"):
        fail(guard, LookupError("a secret"))
        fail(guard, LookupError("a secret"))
    assert guard.faults == {"stream": 2}
    assert [each.levelno for each in caplog.records] == [logging.WARNING, logging.DEBUG]
    assert caplog.messages[0].rstrip().endswith("LookupError")
    assert "a secret" not in caplog.text
    assert "in fail" in caplog.text


@pytest.mark.parametrize("error", [KeyboardInterrupt(), GeneratorExit(), SystemExit(1)])
def test_what_ends_more_than_the_block_passes(error: BaseException) -> None:
    guard = Guard()
    with pytest.raises(type(error)):
        fail(guard, error)
    assert guard.faults == {}


def test_a_block_that_does_nothing_wrong_counts_nothing() -> None:
    guard = Guard()
    with guard.kept("stream"):
        pass
    assert guard.faults == {}
