"""`kansoku.testing.capture`, for the tests of applications."""

from itertools import count

import pytest

import kansoku
import kansoku.testing
from kansoku.instrument.session import Source, active
from kansoku.record.facts import Feedback, Place, TaskRun


def test_what_was_in_force_returns() -> None:
    assert active() is None
    with kansoku.testing.capture() as outer:
        with kansoku.testing.capture() as inner:
            kansoku.feedback("up")
        kansoku.feedback("down")
        assert [fact.label for fact in inner.facts if isinstance(fact, Feedback)] == ["up"]
        assert [fact.label for fact in outer.facts if isinstance(fact, Feedback)] == ["down"]
    assert active() is None


def test_clocks_and_ids_can_be_fixed() -> None:
    ids, seconds = count(1), count(10)
    source = Source(
        unix_ns=lambda: 7, clock=lambda: float(next(seconds)), trace_id=lambda: 99, span_id=lambda: next(ids)
    )
    with kansoku.testing.capture(service="shop", source=source) as captured:
        with kansoku.task("answer"):
            pass
        (run,) = captured.facts
        assert isinstance(run, TaskRun)
        assert (run.place, run.started_unix_ns, run.duration_s) == (Place(99, 1), 7, 1.0)
        assert captured.logs[0]["service"] == "shop"
        assert captured.spans[0].resource.attributes["service.name"] == "shop"


def test_an_exception_in_the_block_goes_on_and_recording_ends() -> None:
    with pytest.raises(LookupError), kansoku.testing.capture():
        raise LookupError
    assert active() is None


def test_an_unknown_metric_is_named() -> None:
    with kansoku.testing.capture() as captured:
        assert captured.metric("claude_tasks", "never", "failed") == 0
        with pytest.raises(KeyError, match="claude_nothing"):
            captured.metric("claude_nothing")
