from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from kansoku_demo import incidents
from kansoku_demo.answers import (
    Answer,
    ErrorEvent,
    Failure,
    Raw,
    Received,
    Reply,
    Text,
    Thinking,
    ToolUse,
    WebSearch,
)
from kansoku_demo.plan import SeededPlan

if TYPE_CHECKING:
    from kansoku_demo.answers import Json, JsonObject
    from kansoku_demo.incidents import Trouble

SEED = 7
QUESTION = "Where is my order?"
ANSWER = "On the van: it will be with you before six."


def received(
    number: int,
    body: JsonObject | None = None,
    *,
    retry: int = 0,
    path: str = "/v1/messages",
) -> Received:
    message: JsonObject = {"role": "user", "content": QUESTION}
    full: JsonObject = {"model": "claude-sonnet-5-5", "messages": [message], **(body or {})}
    headers = {"x-stainless-retry-count": str(retry)}
    return Received(number=number, method="POST", path=path, headers=headers, body=full)


def plan(seed: int = SEED, now_s: float = 0.0, **settings: float) -> SeededPlan:
    return SeededPlan(seed, {QUESTION: ANSWER}, clock=lambda: now_s, **settings)


def answers(of: SeededPlan, count: int, **body: Json) -> list[Answer]:
    return [of(received(number, body)) for number in range(1, count + 1)]


def during(trouble: Trouble) -> float:
    """A time inside an incident of a kind."""
    found = (incidents.of_hour(SEED, hour) for hour in range(10_000))
    return next(i.start_s + 1 for i in found if i is not None and i.trouble == trouble)


def failure_share(given: list[Answer], error_type: str) -> float:
    return sum(isinstance(a, Failure) and a.type == error_type for a in given) / len(given)


def test_the_same_seed_gives_the_same_answers_and_another_seed_others() -> None:
    assert answers(plan(), 300, stream=True) == answers(plan(), 300, stream=True)
    assert answers(plan(), 300, stream=True) != answers(plan(seed=8), 300, stream=True)


def test_a_known_question_gets_its_known_answer() -> None:
    texts = collections.Counter(answer.blocks for answer in answers(plan(), 100) if isinstance(answer, Reply))
    assert texts.most_common(1)[0][0] == (Text(ANSWER),)


def test_few_attempts_fail_and_all_kinds_of_failure_are_met() -> None:
    given = answers(plan(), 4_000)
    failures = collections.Counter(a.type for a in given if isinstance(a, Failure))
    assert set(failures) == {
        "overloaded_error",
        "rate_limit_error",
        "api_error",
        "invalid_request_error",
    }
    assert 0.012 < failures.total() / 4_000 < 0.035
    assert failures["invalid_request_error"] == 5


def test_a_retry_is_not_answered_with_an_error_that_no_retry_heals() -> None:
    given = plan()
    retried = [given(received(n, retry=1)) for n in range(1, 2_000)]
    assert failure_share(retried, "invalid_request_error") == 0


def test_only_streams_break_off_and_about_one_in_two_hundred_does() -> None:
    streams = [a for a in answers(plan(), 4_000, stream=True) if isinstance(a, Reply)]
    broken = [reply for reply in streams if reply.ending is not None]
    assert 0.002 < len(broken) / len(streams) < 0.008
    assert sum(isinstance(reply.ending, ErrorEvent) for reply in broken) > len(broken) / 3
    whole = [a for a in answers(plan(), 4_000) if isinstance(a, Reply)]
    assert all(reply.ending is None for reply in whole)


def test_an_overload_and_a_rate_limit_incident_fail_a_third_of_the_attempts() -> None:
    overloaded = answers(plan(now_s=during("overloaded")), 1_000)
    assert 0.25 < failure_share(overloaded, "overloaded_error") < 0.45
    limited = answers(plan(now_s=during("rate_limited")), 1_000)
    assert 0.25 < failure_share(limited, "rate_limit_error") < 0.45


def test_a_slow_incident_delays_the_first_token_and_fails_nothing_more() -> None:
    def slow_share(now_s: float) -> float:
        replies = [a for a in answers(plan(now_s=now_s), 1_000) if isinstance(a, Reply)]
        return sum(r.delay_s + r.first_token_s > 4 for r in replies) / len(replies)

    assert slow_share(0.0) < 0.02
    assert slow_share(during("slow_first_token")) > 0.5
    failing = answers(plan(now_s=during("slow_first_token")), 1_000)
    assert failure_share(failing, "overloaded_error") < 0.03


def test_no_incident_starts_in_the_quiet_time() -> None:
    now_s = during("overloaded")
    quiet = answers(plan(now_s=now_s, quiet_until_s=now_s + 1), 1_000)
    assert failure_share(quiet, "overloaded_error") < 0.03


def test_a_tool_of_the_request_is_used_with_an_example_of_its_schema() -> None:
    tool: JsonObject = {
        "name": "lookup",
        "input_schema": {"properties": {"order_id": {"examples": ["A-1", "A-2"]}}},
    }
    replies = [a for a in answers(plan(), 400, tools=[tool]) if isinstance(a, Reply)]
    uses = [b for reply in replies for b in reply.blocks if isinstance(b, ToolUse)]
    assert 0.6 < len(uses) / len(replies) < 0.9
    assert {str(use.input["order_id"]) for use in uses} == {"A-1", "A-2"}


def test_after_a_tool_result_the_answer_to_the_question_mostly_follows() -> None:
    tool: JsonObject = {"name": "lookup", "input_schema": {"properties": {}}}
    messages: list[Json] = [
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "lookup"}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t"}]},
    ]
    given = answers(plan(), 400, tools=[tool], messages=messages)
    replies = [a for a in given if isinstance(a, Reply)]
    assert sum(reply.blocks == (Text(ANSWER),) for reply in replies) / len(replies) > 0.75


def test_thinking_and_web_search_come_only_when_the_request_allows_them() -> None:
    def kinds(**body: Json) -> set[type]:
        replies = [a for a in answers(plan(), 60, **body) if isinstance(a, Reply)]
        return {type(block) for reply in replies for block in reply.blocks}

    search: JsonObject = {"type": "web_search_20250305", "name": "web_search"}
    assert kinds() == {Text}
    assert kinds(tools=[search]) == {Text, WebSearch}
    assert kinds(thinking={"type": "adaptive"}) == {Text, Thinking}


def test_count_tokens_gives_the_size_of_the_prompt() -> None:
    answer = plan()(received(1, path="/v1/messages/count_tokens"))
    assert isinstance(answer, Raw)
    assert answer.body == b'{"input_tokens":10}'


def test_speed_divides_every_wait() -> None:
    slow = plan()(received(1))
    fast = plan(speed=100.0)(received(1))
    assert isinstance(slow, Reply)
    assert isinstance(fast, Reply)
    assert fast.delay_s * 100 == slow.delay_s
    assert 0 < fast.delta_s < slow.delta_s / 99
