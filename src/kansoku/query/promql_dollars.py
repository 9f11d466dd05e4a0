"""What is reckoned in dollars as PromQL: the prompt cache, and what a month costs at its pace.

The application prices the tokens of its cache itself, as no label tells the rates of a call. A feature is no
label either: what is lost is reckoned by model.
"""

from dataclasses import replace

from kansoku.catalog import instruments as i
from kansoku.catalog.slos import DAY_S, PACE_S
from kansoku.query.promql import MODEL, Selector, Window, span

_AGE_STEP_S = 3_600


def saved(window: Window) -> str:
    """USD by model that reads from the cache saved."""
    return _by_model(Selector(f"{i.CACHE_SAVED.name}_total"), window)


def paid(window: Window) -> str:
    """USD by model that writes to the cache cost beyond uncached input."""
    return _by_model(Selector(f"{i.CACHE_PREMIUM.name}_total"), window)


def lost(window: Window) -> str:
    """USD by model that were paid to write what nobody can have read, as `query.cache_dollars` says."""
    unread = f"clamp_min(1 - {_tokens('cache_read', window)} / ({_tokens('cache_creation', window)} > 0), 0)"
    return f"{paid(window)} * on ({MODEL}) {unread}"


def net(window: Window) -> str:
    """USD by model that the cache saved in all, below 0 where it cost more."""
    return f"{saved(window)} - {paid(window)}"


def month(only: tuple[str, ...]) -> str:
    """USD that this calendar month costs in all, at the pace of the last week or of what is known of it."""
    week = Window(PACE_S, only=only)
    cost = Selector(f"{i.COST.name}_total")
    # At least a day: a minute of spending says nothing about a month.
    first = f"min(min_over_time(timestamp({cost.within(only)})[{span(PACE_S)}:{span(_AGE_STEP_S)}]))"
    known_s = f"clamp(time() - {first}, {DAY_S}, {PACE_S})"
    return f"{week.increase(cost)} / {known_s} * {DAY_S} * days_in_month()"


def _tokens(kind: str, window: Window) -> str:
    return _by_model(Selector(f"{i.TOKENS.name}_total", (f'type="{kind}"',)), window)


def _by_model(selector: Selector, window: Window) -> str:
    return replace(window, by=MODEL).increase(selector)
