"""Usage of any stream: the last told value stands, whatever the order of the rest; nothing is invented."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kansoku.price.book import PriceBook
from kansoku.record.facts import NOWHERE, Call, Place
from kansoku.record.observer import Began, CallObserver

KEYS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
USAGES = st.dictionaries(st.sampled_from(KEYS), st.one_of(st.none(), st.integers(0, 10**7)))
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def no_tariff(*_: object) -> None:
    """A price table that knows nothing."""


def call_of(events: list[Any]) -> Call:
    began = Began(Place(1, 2), "chat", "anthropic", "claude-sonnet-5-5", True, NOWHERE, 10**18, 0.0)
    seen = CallObserver(began, lambda: 1.0, lambda _: None)
    for event in events:
        seen.item(event)
    seen.end("read")
    return seen.read(PriceBook(no_tariff))


@given(USAGES, st.lists(USAGES, min_size=1, max_size=5))
def test_the_last_told_value_stands(
    start: dict[str, int | None], deltas: list[dict[str, int | None]]
) -> None:
    events: list[Any] = [{"type": "message_start", "message": {"id": "m", "usage": start}}]
    events += [{"type": "message_delta", "delta": {}, "usage": usage} for usage in deltas]
    call = call_of([*events, {"type": "message_stop"}])
    last = {
        key: next((each[key] for each in (*reversed(deltas), start) if each.get(key) is not None), None)
        for key in KEYS
    }
    usage = call.usage
    told = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens)
    assert told == tuple(last[key] for key in KEYS)
    assert call.outcome == "ok"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["message", "delta", "usage", "content_block", "error"]), ANYTHING)
    )
)
def test_events_of_any_shape_are_read_without_a_fault(events: list[dict[str, Any]]) -> None:
    kinds = ("message_start", "message_delta", "content_block_start", "message_stop", "error", "new")
    typed = [{**event, "type": kinds[at % len(kinds)]} for at, event in enumerate(events)]
    call = call_of(typed)
    assert call.outcome in ("ok", "error")
    for figure in (call.usage.input_tokens, call.usage.output_tokens):
        assert figure is None or figure >= 0
