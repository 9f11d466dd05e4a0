"""Tokens of a call, read from what the API reported.

Field names and rules are those of Anthropic's Messages API: `input_tokens` excludes cached ones;
the usage of a `message_delta` is cumulative, so it overwrites and is never added; the split of
cache writes into five minutes and an hour stands in `message_start` only.
"""

from collections.abc import Iterable
from dataclasses import replace

from kansoku.price.usage import Iteration, Usage
from kansoku.record.maker import maker
from kansoku.record.reading import NOTHING, Json, count, part, parts, text

_FALLBACK = "fallback_message"
"""Iterations of this type and of `message` repeat the top-level usage, but for those of models that declined.

An answer that another model gave after the first one declined has one of this type, in place of that
message's own; its top-level usage is that attempt's (docstrings of the SDK's iteration types).
"""


def merged(before: Json, after: Json) -> Json:
    """What a stream told so far, overwritten by every value that its next event knows."""
    return {**before, **{key: value for key, value in after.items() if value is not None}}


def told_last(stop: Json) -> Json:
    """What a stream's last event tells of usage, which only Bedrock's does: for what nothing told before.

    It is the same usage once more, never more of it. Bedrock's metrics leave cached tokens out of the input,
    as the API does (see LiteLLM's issue 34373, where streams told of cached tokens nowhere else).
    """
    metrics = part(stop, _METRICS)
    return merged({name: metrics.get(key) for key, name in _OF_METRICS.items()}, part(stop, "usage"))


_METRICS = "amazon-bedrock-invocationMetrics"
_OF_METRICS = {
    "inputTokenCount": "input_tokens",
    "outputTokenCount": "output_tokens",
    "cacheReadInputTokenCount": "cache_read_input_tokens",
    "cacheWriteInputTokenCount": "cache_creation_input_tokens",
}


def usage_of(data: Json, *, output_known: bool = True) -> Usage:
    """The usage in an API response.

    Args:
        data: The response's `usage` object.
        output_known: False where the stream ended before its total was told; the number in
            `message_start` is a placeholder and would be a guess.
    """
    write_5m, write_1h, odd = _cache_writes(data)
    told = parts(data, "iterations")
    return _made(
        input_tokens=count(data, "input_tokens"),
        cache_read_tokens=count(data, "cache_read_input_tokens"),
        cache_write_5m_tokens=write_5m,
        cache_write_1h_tokens=write_1h,
        output_tokens=count(data, "output_tokens") if output_known else None,
        thinking_tokens=count(part(data, "output_tokens_details"), "thinking_tokens"),
        web_search_requests=count(part(data, "server_tool_use"), "web_search_requests"),
        odd_write_tokens=odd,
        iterations=_beside(told) if told else (),
    )


_made = maker(Usage)


_5M, _1H = "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"
_LIFETIMES = frozenset((_5M, _1H))


def _cache_writes(data: Json) -> tuple[int | None, int | None, int]:
    """Tokens written for five minutes and for an hour, and how many of the first are for another time.

    The total is what is billed; a split from `message_start` that no longer adds up to it is stale,
    so the hour's part is kept and the rest counts as five minutes, the default.
    """
    total = count(data, "cache_creation_input_tokens")
    split = part(data, "cache_creation")
    if split is NOTHING or not split:
        return total, None, 0
    hour = count(split, _1H) or 0
    odd = (
        0
        if _LIFETIMES.issuperset(split)
        else sum(count(split, one) or 0 for one in split if one not in _LIFETIMES)
    )
    if total is None:
        minutes = count(split, _5M)
        return (minutes or 0) + odd if odd else minutes, hour, odd
    hour = min(hour, total)
    return total - hour, hour, min(odd, total - hour)


def _beside(told: tuple[Json, ...]) -> tuple[Iteration, ...]:
    """The iterations that are billed beside the top-level usage."""
    served_by = _served_by(told)
    return tuple(_iteration(each) for each in told if _is_beside(each, served_by))


def served_by(data: Json) -> str:
    """The model that answered after another declined; the empty string where none did.

    In a stream that model's answer comes under the head of the first one's.
    """
    return _served_by(parts(data, "iterations"))


def _served_by(told: tuple[Json, ...]) -> str:
    """The model of the iteration that stands for the answer of another model."""
    return next((text(each, "model") for each in told if text(each, "type") == _FALLBACK), "")


def passed_over(message: Json) -> tuple[Iteration, ...]:
    """What an answer is billed that the application did not get, as a middleware of its client asked again.

    A model that declined before it wrote anything bills nothing.
    """
    data = part(message, "usage")
    is_billed = text(message, "stop_reason") != _REFUSAL or bool(count(data, "output_tokens"))
    beside = _beside(parts(data, "iterations"))
    if not is_billed or not data:
        return beside
    own = _iteration({**data, "type": "message", "model": text(message, "model")})
    return (replace(own, web_search_requests=_searches(data)), *beside)


def with_searches(iterations: tuple[Iteration, ...], messages: Iterable[Json]) -> tuple[Iteration, ...]:
    """The iterations with the searches of the answers they stand for, which their entries do not tell."""
    found = list(iterations)
    for message in messages:
        model, searches = text(message, "model"), _searches(part(message, "usage"))
        is_its = (each.model == model and not each.web_search_requests for each in found)
        at = next((number for number, its in enumerate(is_its) if its), None)
        if searches and at is not None:
            found[at] = replace(found[at], web_search_requests=searches)
    return tuple(found)


def _searches(usage: Json) -> int:
    """Web searches of an answer."""
    return count(part(usage, "server_tool_use"), "web_search_requests") or 0


_REFUSAL = "refusal"


def _is_beside(data: Json, served_by: str) -> bool:
    """Whether top-level usage leaves the iteration out.

    Of a model that declined, one counts that had begun to write; before that a refusal is not billed.
    """
    kind = text(data, "type")
    if kind == "message":
        return bool(served_by and text(data, "model") not in {"", served_by} and count(data, "output_tokens"))
    return kind != _FALLBACK


def _iteration(data: Json) -> Iteration:
    """One entry of `usage.iterations`."""
    write_5m, write_1h, odd = _cache_writes(data)
    return Iteration(
        kind=text(data, "type"),
        model=text(data, "model"),
        input_tokens=count(data, "input_tokens") or 0,
        output_tokens=count(data, "output_tokens") or 0,
        cache_read_tokens=count(data, "cache_read_input_tokens") or 0,
        cache_write_5m_tokens=write_5m or 0,
        cache_write_1h_tokens=write_1h or 0,
        odd_write_tokens=odd,
    )
