"""Calls through the real SDK over a transport inside the process: what is recorded of them is a proof."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

PERSON = "kansoku.canary@example.com"
KEY = "sk-ant-api03-kansokucanary0123456789"
PLANTED = (PERSON, KEY)
"""What a record must never hold; both are made up."""

MODEL = "claude-sonnet-5-5"
_ASK: dict[str, Any] = {
    "model": MODEL,
    "max_tokens": 16,
    "messages": [{"role": "user", "content": f"I am {PERSON}"}],
}
_ANSWER = {
    "id": "msg_kansoku_doctor",
    "type": "message",
    "role": "assistant",
    "model": MODEL,
    "content": [{"type": "text", "text": "ok"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 3, "output_tokens": 1},
}
_REFUSAL = {
    "type": "error",
    "error": {"type": "invalid_request_error", "message": f"{PERSON} may not use {KEY}"},
}


def rehearse() -> None:
    """Makes a call that is answered and one that is refused with the planted texts. Nothing leaves.

    Raises:
        Exception: What the SDK raises when it cannot even be called like this.
    """
    import anthropic

    with _answered((200, _ANSWER), (400, _REFUSAL)) as client:
        client.messages.create(**_ASK)
        try:
            client.messages.create(**_ASK)
        except anthropic.BadRequestError:
            return
    raise RuntimeError("the refused call did not raise")


def converse(said: str) -> None:
    """Makes a call in which that is said wherever something can be said. Nothing leaves.

    Raises:
        Exception: What the SDK raises when it cannot even be called like this.
    """
    given = {"contact": said, "notes": [said]}
    used = {"type": "tool_use", "id": "toolu_kansoku", "name": "look", "input": given}
    result = {"type": "tool_result", "tool_use_id": "toolu_kansoku", "content": json.dumps(given)}
    messages = [
        {"role": "user", "content": said},
        {"role": "assistant", "content": [used]},
        {"role": "user", "content": [result]},
    ]
    tool = {"name": "look", "description": said, "input_schema": {"type": "object"}}
    thought = {"type": "thinking", "thinking": said, "signature": ""}
    answer = {**_ANSWER, "content": [thought, {"type": "text", "text": said}, used]}
    asked: dict[str, Any] = {**_ASK, "messages": messages, "system": said, "tools": [tool]}
    with _answered((200, answer)) as client:
        client.messages.create(**asked)


@contextmanager
def _answered(*answers: tuple[int, object]) -> Generator[Any]:
    """A client whose requests are answered so, one after the other."""
    import anthropic

    base = import_module("anthropic._base_client")  # whichever HTTP library this version is made on
    http: Any = getattr(base, "httpx2", None) or getattr(base, "httpx", None)
    waiting = iter(answers)

    def answer(_request: object) -> Any:
        status, body = next(waiting)
        return http.Response(status, content=json.dumps(body), headers={"content-type": "application/json"})

    with http.Client(transport=http.MockTransport(answer)) as transport:
        yield anthropic.Anthropic(
            api_key="local", base_url="http://kansoku.invalid", http_client=transport, max_retries=0
        )
