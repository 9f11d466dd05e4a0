"""The demo app: six features of a shop, written as a user of the `anthropic` SDK would write them.

Each function does one task for one visit; what the SDK raises goes through to the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import kansoku
from kansoku_demo import toolbox
from kansoku_demo.toolbox import ToolFault

if TYPE_CHECKING:
    import random

    from anthropic import Anthropic, AsyncAnthropic
    from anthropic.types import (
        CacheControlEphemeralParam,
        Message,
        MessageParam,
        TextBlockParam,
        ToolResultBlockParam,
        ToolUseBlock,
    )

    from kansoku_demo.features import Feature
    from kansoku_demo.personas import Persona

_MOST_TOOL_ROUNDS = 3
_COUNTS_TOKENS_FIRST = 0.2
_LEAVES_EARLY = 0.01
_IN_A_HURRY = 0.15
_FIVE_MINUTES: CacheControlEphemeralParam = {"type": "ephemeral"}
_ONE_HOUR: CacheControlEphemeralParam = {"type": "ephemeral", "ttl": "1h"}


@dataclass(frozen=True, slots=True)
class Visit:
    """One user with one question and what belongs to it, the `material` (never the same twice).

    `unsolved` is the user's view that the answer did not help.
    """

    feature: Feature
    persona: Persona
    session_id: str
    model: str
    question: str
    material: str
    unsolved: bool
    rng: random.Random


@dataclass(frozen=True, slots=True)
class Answered:
    """The end of a task: what feedback and evaluations refer to, and whether the task succeeded."""

    call: Message | kansoku.Task
    completed: bool


async def support_chat(client: AsyncAnthropic, visit: Visit, history: list[MessageParam]) -> Answered:
    """A turn of a chat: the async `messages.stream` helper, with tools; extends `history`."""
    with _task(visit) as task:
        history.append(_asked(visit, cached=True))
        message = await _chat_round(client, visit, history)
        for _ in range(_MOST_TOOL_ROUNDS):
            if message.stop_reason != "tool_use":
                break
            results = [await _run_tool(block) for block in _tool_uses(message)]
            history.append({"role": "user", "content": results})
            message = await _chat_round(client, visit, history)
        return _answered(task, visit, message)


async def _chat_round(client: AsyncAnthropic, visit: Visit, history: list[MessageParam]) -> Message:
    async with client.messages.stream(
        model=visit.model,
        max_tokens=1_024,
        system=_system(visit, _FIVE_MINUTES),
        tools=toolbox.SUPPORT_DEFINITIONS,
        messages=history,
    ) as stream:
        async for _text in stream.text_stream:
            pass  # a real app shows the text here
        message = await stream.get_final_message()
    history.append({"role": "assistant", "content": message.content})
    return message


def search_summary(client: Anthropic, visit: Visit) -> Answered:
    """A summary: sync `messages.create(stream=True)`, web search; some users leave early."""
    leaves = visit.rng.random() < _LEAVES_EARLY
    with _task(visit) as task:
        finished = False
        with client.messages.create(
            model=visit.model,
            max_tokens=512,
            system=_system(visit, _FIVE_MINUTES),
            tools=[{"type": "web_search_20250305", "name": "web_search", "max_uses": 2}],
            messages=[_asked(visit)],
            stream=True,
        ) as events:
            for event in events:
                finished = event.type == "message_stop"
                if leaves and event.type == "content_block_delta":
                    break
        if not finished and not leaves:
            task.fail("the summary broke off")
        elif visit.unsolved:
            task.fail("no useful result")
        return Answered(task, completed=(finished or leaves) and not visit.unsolved)


async def ticket_triage(client: AsyncAnthropic, visit: Visit) -> Answered:
    """A label for a ticket: async `messages.create`, at times after `count_tokens`."""
    with _task(visit) as task:
        messages = [_asked(visit)]
        if visit.rng.random() < _COUNTS_TOKENS_FIRST:
            await client.messages.count_tokens(model=visit.model, messages=messages)
        message = await client.messages.create(
            model=visit.model,
            max_tokens=64,
            system=_system(visit, _FIVE_MINUTES),
            messages=messages,
        )
        return _answered(task, visit, message)


def code_review(client: Anthropic, visit: Visit) -> Answered:
    """A review: the sync `messages.stream` helper with thinking and tools, at times in fast mode."""
    fast = visit.rng.random() < _IN_A_HURRY
    history: list[MessageParam] = [_asked(visit)]
    with _task(visit) as task:
        message = _review_round(client, visit, history, fast=fast)
        for _ in range(_MOST_TOOL_ROUNDS):
            if message.stop_reason != "tool_use":
                break
            results = [_run_review_tool(block) for block in _tool_uses(message)]
            history.append({"role": "user", "content": results})
            message = _review_round(client, visit, history, fast=fast)
        return _answered(task, visit, message)


def _review_round(client: Anthropic, visit: Visit, history: list[MessageParam], *, fast: bool) -> Message:
    with client.messages.stream(
        model=visit.model,
        max_tokens=4_096,
        system=_system(visit, _ONE_HOUR),
        thinking={"type": "adaptive"},
        tools=toolbox.REVIEW_DEFINITIONS,
        messages=history,
        speed="fast" if fast else "standard",
    ) as stream:
        message = stream.get_final_message()
    history.append({"role": "assistant", "content": message.content})
    return message


async def translation(client: AsyncAnthropic, visit: Visit) -> Answered:
    """A translation: async `messages.create`, nothing cached."""
    with _task(visit) as task:
        message = await client.messages.create(
            model=visit.model,
            max_tokens=256,
            system=visit.feature.instructions,
            messages=[_asked(visit)],
        )
        return _answered(task, visit, message)


def knowledge_answers(client: Anthropic, visit: Visit) -> Answered:
    """An answer from the handbook: sync `messages.create` in the US, cached for an hour."""
    with _task(visit) as task:
        message = client.messages.create(
            model=visit.model,
            max_tokens=512,
            system=_system(visit, _ONE_HOUR),
            messages=[_asked(visit)],
            inference_geo="us",
        )
        return _answered(task, visit, message)


def _task(visit: Visit) -> kansoku.Task:
    return kansoku.task(
        visit.feature.task,
        user_id=visit.persona.user_id,
        session_id=visit.session_id,
        feature=visit.feature.name,
    )


def _answered(task: kansoku.Task, visit: Visit, message: Message) -> Answered:
    """Close a task: an answer that broke off, was refused or did not help is not a success."""
    if message.stop_reason is None:
        task.fail("the answer broke off")
    elif message.stop_reason == "refusal":
        task.fail("refused")
    elif visit.unsolved:
        task.fail("handed over to a person")
    else:
        return Answered(message, completed=True)
    return Answered(message, completed=False)


def _system(visit: Visit, lifetime: CacheControlEphemeralParam) -> list[TextBlockParam]:
    text = visit.feature.instructions
    return [{"type": "text", "text": text, "cache_control": lifetime}]


def _asked(visit: Visit, *, cached: bool = False) -> MessageParam:
    question: TextBlockParam = {"type": "text", "text": visit.question}
    material: TextBlockParam = {"type": "text", "text": visit.material}
    if cached:
        material["cache_control"] = _FIVE_MINUTES
    return {"role": "user", "content": [question, material]}


def _tool_uses(message: Message) -> list[ToolUseBlock]:
    return [block for block in message.content if block.type == "tool_use"]


async def _run_tool(block: ToolUseBlock) -> ToolResultBlockParam:
    try:
        text = await toolbox.SUPPORT_TOOLS[block.name](_argument(block))
    except ToolFault as fault:
        return _result(block, str(fault), failed=True)
    return _result(block, text, failed=False)


def _run_review_tool(block: ToolUseBlock) -> ToolResultBlockParam:
    try:
        text = toolbox.REVIEW_TOOLS[block.name](_argument(block))
    except ToolFault as fault:
        return _result(block, str(fault), failed=True)
    return _result(block, text, failed=False)


def _argument(block: ToolUseBlock) -> str:
    return str(next(iter(block.input.values()), ""))


def _result(block: ToolUseBlock, text: str, *, failed: bool) -> ToolResultBlockParam:
    return {"type": "tool_result", "tool_use_id": block.id, "content": text, "is_error": failed}
