"""A month in which nothing is wrong, as rows of the narrow tables: more by day, less at weekends."""

from __future__ import annotations

from collections.abc import Iterator

from bench.store.draw import chosen, lognormal, texts, uniform
from bench.store.shape import Day, days

FEATURES = {"answer": 50, "summary": 30, "search": 20}
MODELS = {"claude-sonnet-5": 60, "claude-haiku-4-5": 40}
TOOLS = {"lookup_order": 60, "search_docs": 40}
_NS = 10**9


def healthy(calls: int, until: int, count: int, seed: int = 1) -> Iterator[str]:
    """The INSERTs of that many calls over the days that end at `until`, midnight in unix seconds.

    Three calls in a thousand fail; a call takes 1.8 s (median) and costs five cents; half of the prompt comes
    from the cache; one call in twenty ends a task, is rated or is judged.
    """
    for day in days(calls, until, count):
        yield from _day(day, seed)


def _day(day: Day, seed: int) -> Iterator[str]:
    context = {
        "service": "'shop'",
        "environment": "'production'",
        "feature": chosen(FEATURES, "feature", seed),
        "user_id": f"concat('u-', toString(toUInt32({uniform('user', seed)} * 900)))",
    }
    fails = f"({uniform('fails', seed)} < 0.003)"
    model = chosen(MODELS, "model", seed)
    yield _insert(
        day,
        "calls",
        {
            "time": _time(day, seed),
            "operation": "'chat'",
            "outcome": f"multiIf({fails}, 'error', number % 97 = 0, 'cancelled', 'ok')",
            "error_type": f"if({fails}, {texts(['overloaded_error', 'api_error'])}[1 + number % 2], '')",
            "request_model": model,
            "response_model": f"if({fails}, '', {model})",
            "stop_reason": f"multiIf({fails}, '', number % 100 = 0, 'max_tokens', 'end_turn')",
            "duration_s": lognormal("duration", seed, "1.8", 0.6),
            "ttft_s": f"if(number % 2, {lognormal('first', seed, '0.6', 0.4)}, NULL)",
            "attempts": f"toUInt64(1 + ({uniform('retry', seed)} < 0.02))",
            "failed_attempts": f"if({fails}, toUInt64(1), NULL)",
            "rate_limit_remaining_ratio": f"0.5 + {uniform('limit', seed)} / 2",
            "input_tokens": "toUInt64(1000)",
            "cache_read_tokens": f"toUInt64(4000 * {uniform('cache', seed)})",
            "cache_write_tokens": "toUInt64(500)",
            "output_tokens": "toUInt64(300)",
            "cost_usd": lognormal("cost", seed, "0.05", 0.8),
            **context,
        },
    )
    runs = f"if({uniform('run', seed)} < 0.02, 'error', 'ok')"
    tool = {"tool": chosen(TOOLS, "tool", seed), "outcome": runs, "duration_s": "0.2"}
    yield _insert(day, "tool_calls", {"time": _time(day, seed), **tool, **context}, "number % 3 = 0")
    rated = f"if({uniform('rating', seed)} < 0.1, 'down', 'up')"
    judged = f"if({uniform('judged', seed)} < 0.008, 'hallucinated', 'grounded')"
    outcome = {
        "kind": f"{texts(['task', 'feedback', 'evaluation'])}[1 + number % 3]",
        "name": f"{texts(['answer', '', 'hallucination'])}[1 + number % 3]",
        "label": f"multiIf(number % 3 = 1, {rated}, number % 3 = 2, {judged}, 'completed')",
    }
    yield _insert(day, "outcomes", {"time": _time(day, seed), **outcome, **context}, "number % 7 = 0")


def runaway(begin: int, hours: float, usd_an_hour: float) -> str:
    """The INSERT of a loop that spends evenly from `begin` (unix seconds) on, in one feature."""
    calls = round(hours * 360)
    columns = {
        "time": f"fromUnixTimestamp64Nano(toInt64({begin} + number * 10) * {_NS})",
        "operation": "'chat'",
        "outcome": "'ok'",
        "request_model": "'claude-opus-5'",
        "response_model": "'claude-opus-5'",
        "service": "'shop'",
        "environment": "'production'",
        "feature": "'digest'",
        "user_id": "'u-nightly'",
        "duration_s": "5.0",
        "output_tokens": "toUInt64(4000)",
        "cost_usd": repr(usd_an_hour / 360),
    }
    return _text("calls", columns, f"numbers({calls})")


def _time(day: Day, seed: int) -> str:
    """Nanoseconds since 1970: the calls of an hour lie evenly in it, each a little off."""
    starts = [sum(day.hours[:hour]) for hour in range(24)]
    sizes = list(day.hours)
    hour = f"arrayCount(c -> c <= number - {day.first}, {starts[1:]})"
    begun = f"(number - {day.first} - {starts}[{hour} + 1] + {uniform('time', seed)})"
    within = f"{begun} / {sizes}[{hour} + 1]"
    return f"fromUnixTimestamp64Nano({day.begin * _NS} + toInt64(({hour} + {within}) * 3600 * {_NS}))"


def _insert(day: Day, table: str, columns: dict[str, str], where: str = "1") -> str:
    return _text(table, columns, f"numbers({day.first}, {day.calls}) WHERE {where}")


def _text(table: str, columns: dict[str, str], rows: str) -> str:
    told = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {told} FROM {rows}"


def peak_hour(day: Day) -> int:
    """The hour of the day with most calls."""
    return max(range(24), key=day.hours.__getitem__)
