"""Rows of the narrow tables and of spans and logs, as SELECTs over call numbers.

A call's row follows from its number, the seed and its day, so its span, its tool runs, its log lines
and what users thought of it fit together without being looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.store import shape
from bench.store.draw import PAIR, chosen, hexadecimal, lognormal, named, place, texts, uniform
from bench.store.shape import Day
from kansoku.store.schema.relations import STORED_AT

_NS = 10**9


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one day under one seed."""

    day: Day
    seed: int

    def numbers(self) -> str:
        """The source of their numbers."""
        return f"numbers_mt({self.day.first}, {self.day.calls})"

    def facts(self) -> tuple[Mapping[str, str], ...]:
        """Expressions of a call's columns and of what they need (`_…`); a stage builds on those before."""
        return (self._around(), self._made(), self._end(), self._usage(), self._cost())

    def _around(self) -> dict[str, str]:
        """When, for whom, in what: the same for the calls of a request but for the time and the span."""
        seed = self.seed
        rank = (
            f"toUInt32(({shape.USERS_FLAT} * (exp({uniform('user', seed, 'pair')}"
            f" * log({shape.USERS} / {shape.USERS_FLAT} + 1)) - 1)))"
        )
        release = "intDiv(toUInt32(_time_ns / 86400000000000), 3)"
        return {
            "_time_ns": self._time_ns(),
            "time": "fromUnixTimestamp64Nano(_time_ns)",
            "trace_id": hexadecimal("trace", seed, 16, "pair"),
            "span_id": hexadecimal("span", seed, 8),
            "parent_span_id": hexadecimal("parent", seed, 8, "pair"),
            "service": chosen(shape.SERVICES, "service", seed, "pair"),
            "environment": chosen(shape.ENVIRONMENTS, "environment", seed, "pair"),
            "feature": chosen(shape.FEATURES, "feature", seed, "pair"),
            "task": chosen(shape.TASKS, "task", seed, "pair"),
            "release": f"concat('2026.', toString({release} - (cityHash64(service) % 3 = 0)))",
            "_user": rank,
            "user_id": f"concat('u_', substring(lower(hex(sipHash128(_user, {seed}))), 1, 26))",
            "session_id": f"concat('s_', substring(lower(hex(sipHash128(_user, {PAIR} % 3,"
            f" intDiv(_time_ns, 86400000000000)))), 1, 26))",
        }

    def _time_ns(self) -> str:
        """Nanoseconds since 1970: the calls of an hour lie evenly in it, each a little off."""
        starts = [sum(self.day.hours[:hour]) for hour in range(24)]
        bounds = ", ".join(map(str, starts[1:]))
        hour = f"arrayCount(c -> c <= number - {self.day.first}, [{bounds}])"
        within = (
            f"(number - {self.day.first} - {starts}[{hour} + 1] + {uniform('time', self.seed)})"
            f" / {list(self.day.hours)}[{hour} + 1]"
        )
        return f"{self.day.begin * _NS} + toInt64(({hour} + {within}) * 3600 * {_NS})"

    def _made(self) -> dict[str, str]:
        """What was asked for."""
        seed = self.seed
        return {
            "_model": place(shape.MODELS, "model", seed),
            "operation": chosen(shape.OPERATIONS, "operation", seed),
            "route": "if(operation = 'other', 'GET /v1/models', '')",
            "provider": chosen(shape.PROVIDERS, "provider", seed, "pair"),
            "request_model": named(shape.MODELS, "_model"),
            "stream": f"if(operation = 'chat', {uniform('stream', seed)} < 0.6, NULL)",
            "batch_id": "if(operation = 'batch_result', concat('msgbatch_', substring(trace_id, 1, 24)), '')",
            "custom_id": "if(operation = 'batch_result', concat('row-', toString(number)), '')",
        }

    def _end(self) -> dict[str, str]:
        """How it ended."""
        seed = self.seed
        burst = (
            f"cityHash64(intDiv(_time_ns, {shape.BURST_S * _NS}), _model, {seed}) % {shape.BURST_ONE_IN} = 0"
        )
        statuses = f"[{', '.join(shape.STATUSES)}]"
        return {
            "_fails": f"{uniform('fails', seed)} < if({burst}, {shape.BURST_ERRORS}, {shape.USUAL_ERRORS})",
            "_error": place(shape.ERRORS, "error", seed),
            "_left": uniform("left", seed),
            "outcome": "multiIf(_fails, 'error', _left < 0.006, 'cancelled',"
            " _left < 0.012 AND stream, 'aborted', 'ok')",
            "_ok": "outcome = 'ok'",
            "error_type": f"if(_fails, {named(shape.ERRORS, '_error')}, '')",
            "error_message": "if(_fails, concat('the API answered ', error_type, ' to request ',"
            " substring(span_id, 1, 8)), '')",
            "http_status": f"if(_fails, {statuses}[_error],"
            " if(outcome = 'cancelled', NULL, 200))::Nullable(UInt64)",
            "response_model": "if(outcome IN ('ok', 'aborted') AND operation != 'other', request_model, '')",
            "stop_reason": f"if(_ok AND operation IN ('chat', 'batch_result'),"
            f" {chosen(shape.STOP_REASONS, 'stop', seed)}, '')",
            "refusal_category": "if(stop_reason = 'refusal', 'policy', '')",
            "_retries": f"if({uniform('retry', seed)} < if({burst}, 0.5, 0.02), 1 + (number % 2), 0)",
            "attempts": "toUInt64(1 + _retries)",
            "failed_attempts": "if(_retries + _fails > 0, toUInt64(_retries + _fails), NULL)",
            "attempt_statuses": "if(_retries > 0, arrayPushBack(arrayResize(['529'], _retries, '529'),"
            " ifNull(toString(http_status), 'connection_error')), [])",
            "retry_wait_s": f"if(_retries > 0, {lognormal('wait', seed, '0.7', 0.5)}, NULL)",
            "retry_after_s": "if(error_type = 'rate_limit_error', 1 + number % 30, NULL)::Nullable(Float64)",
            "rate_limit": f"if(_ok, {chosen(shape.RATE_LIMITS, 'limit', seed)}, '')",
            "rate_limit_remaining_ratio": f"if(_ok, round({uniform('left/limit', seed)}, 3), NULL)",
            "request_id": f"concat('req_', substring({hexadecimal('request', seed, 16)}, 1, 24))",
            "response_id": f"if(outcome IN ('ok', 'aborted'),"
            f" concat('msg_', substring({hexadecimal('response', seed, 16)}, 1, 24)), '')",
        }

    def _usage(self) -> dict[str, str]:
        """Tokens and the time that they take."""
        seed = self.seed
        speeds = list(shape.TOKENS_PER_S)
        answered = "outcome IN ('ok', 'aborted') AND operation IN ('chat', 'batch_result')"
        return {
            "_in": f"toUInt64({lognormal('in', seed, '420', 1.0)})",
            "_context": f"toUInt64({lognormal('context', seed, '5200', 0.9)})",
            "_out": f"toUInt64(1 + {lognormal('out', seed, '260', 1.0)})",
            "_cached": f"{uniform('cache', seed)}",
            "input_tokens": f"if({answered} OR operation = 'count_tokens' AND _ok, _in, NULL)",
            "cache_read_tokens": f"if({answered}, if(_cached < 0.62, _context, 0), NULL)",
            "cache_write_tokens": f"if({answered}, if(_cached BETWEEN 0.62 AND 0.74, _context, 0), NULL)",
            "cache_write_1h_tokens": "if(cache_write_tokens > 0 AND number % 5 = 0, _context, NULL)",
            "output_tokens": f"if({answered} AND _ok, _out, NULL)",
            "thinking_tokens": "if(output_tokens > 400, intDiv(output_tokens, 3), NULL)",
            "web_search_requests": f"if(_ok AND {uniform('search', seed)} < 0.01, toUInt64(1), NULL)",
            "tool_names": f"if(stop_reason = 'tool_use', [{chosen(shape.TOOLS, 'tool', seed)}], [])",
            "_first": f"{lognormal('first', seed, '0.55', 0.45)} * (1 + _context / 60000)",
            "ttft_s": "if(stream AND outcome IN ('ok', 'aborted'), round(_first, 9), NULL)",
            "duration_s": f"round(multiIf(operation != 'chat', _first, _fails, _first * 1.6,"
            f" _first + _out / ({speeds}[_model] * {lognormal('speed', seed, '1', 0.2)})), 9)",
        }

    def _cost(self) -> dict[str, str]:
        """What it cost."""
        each = list(zip(*shape.rates(), strict=True))
        price = [f"{list(rates)}[_model]" for rates in each]
        return {
            "_unpriced": "_out % 400 = 0",
            "cost_usd": f"if(output_tokens IS NULL OR _unpriced, NULL, input_tokens * {price[0]}"
            f" + cache_read_tokens * {price[1]} + cache_write_tokens * {price[2]}"
            f" + output_tokens * {price[3]})",
            "price_source": "if(cost_usd IS NULL, '', 'genai-prices 0.2.3')",
            "unpriced_reason": "if(_unpriced AND output_tokens IS NOT NULL, 'unknown model', '')",
            "service_tier": "multiIf(NOT _ok, '', operation = 'batch_result', 'batch', 'standard')",
            "speed": "if(_ok, 'standard', '')",
            "inference_geo": "multiIf(NOT _ok, '', number % 9 = 0, 'us', 'global')",
        }


def over_facts(calls: Calls, columns: Mapping[str, str], where: str = "1") -> str:
    """The SELECT of the columns, given as expressions over a call's facts."""
    source = calls.numbers()
    for stage in calls.facts():
        source = f"(SELECT *, {_named(stage)} FROM {source})"
    return f"SELECT {_named(columns)} FROM {source} WHERE {where}"


def _named(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{value} AS `{name}`" if value != name else name for name, value in columns.items())


TOOL_SHARE = 0.35
TASK_SHARE = 0.08
FEEDBACK_SHARE = 0.02
EVALUATION_SHARE = 0.03
"""Rows of each kind to one call."""


def narrow(calls: Calls) -> Mapping[str, tuple[str, ...]]:
    """For each narrow table, the INSERTs of the day's rows."""
    context = ("service", "environment", "release", "feature", "task", "user_id", "session_id")
    call = {name: name for stage in calls.facts() for name in stage if not name.startswith("_")}
    return {
        "calls": (_kept("calls", calls, call),),
        "tool_calls": (_kept("tool_calls", calls, _tool(calls, context), _share("runs", calls, TOOL_SHARE)),),
        "outcomes": tuple(
            _kept("outcomes", calls, columns, f"{_share(kind, calls, share)} AND _ok")
            for kind, share, columns in _outcomes(calls, context)
        ),
    }


def insert(table: str, calls: Calls, columns: Mapping[str, str], where: str = "1") -> str:
    """The INSERT of the day's rows into a table."""
    names = ", ".join(columns)
    return f"INSERT INTO {table} ({names}) {over_facts(calls, columns, where)}"


def _kept(table: str, calls: Calls, columns: Mapping[str, str], where: str = "1") -> str:
    """The same, with the moment a little later at which a loader would have stored the row."""
    return insert(
        table, calls, {**columns, STORED_AT: "fromUnixTimestamp(intDiv(_time_ns, 1000000000) + 3)"}, where
    )


def _share(salt: str, calls: Calls, share: float) -> str:
    return f"{uniform(f'{salt}/share', calls.seed)} < {share}"


def _tool(calls: Calls, context: tuple[str, ...]) -> dict[str, str]:
    """A tool run, begun when its call had ended."""
    seed = calls.seed
    fails = f"{uniform('tool/fails', seed)} < 0.02"
    return {
        "time": "fromUnixTimestamp64Nano(_time_ns + toInt64(duration_s * 1000000000))",
        "trace_id": "trace_id",
        "span_id": hexadecimal("tool/span", seed, 8),
        "parent_span_id": "parent_span_id",
        "duration_s": f"round({lognormal('tool/time', seed, '0.18', 1.1)}, 9)",
        "tool": chosen(shape.TOOLS, "tool", seed),
        "outcome": f"if({fails}, 'error', 'ok')",
        "error_type": f"if({fails}, {texts(['TimeoutError', 'KeyError'])}[1 + number % 2], '')",
        **{name: name for name in context},
    }


def _outcomes(calls: Calls, context: tuple[str, ...]) -> tuple[tuple[str, float, dict[str, str]], ...]:
    """Tasks, feedback and evaluations: kind, share of the calls, columns."""
    seed = calls.seed
    completed = chosen({"completed": 91, "failed": 6, "cancelled": 3}, "task/label", seed)
    common = {
        "time": "fromUnixTimestamp64Nano(_time_ns + 20000000000)",
        "trace_id": "trace_id",
        **{name: name for name in context},
    }
    feedback = {"span_id": "''", "name": "''", "label": chosen(shape.RATINGS, "rating", seed)}
    comment = "if(number % 3 = 0, concat('it said ', feature, ' ', toString(_out), ' and more'), '')"
    evaluation = {
        "span_id": "span_id",
        "name": "'groundedness'",
        "label": chosen(shape.LABELS, "label", seed),
    }
    score = f"round({uniform('score', seed)}, 2)"
    return (
        (
            "task",
            TASK_SHARE,
            {**common, "kind": "'task'", "span_id": "parent_span_id", "name": "task", "label": completed},
        ),
        (
            "feedback",
            FEEDBACK_SHARE,
            {**common, "kind": "'feedback'", **feedback, "comment": comment, "response_id": "response_id"},
        ),
        (
            "evaluation",
            EVALUATION_SHARE,
            {**common, "kind": "'evaluation'", **evaluation, "score": score, "response_id": "response_id"},
        ),
    )
