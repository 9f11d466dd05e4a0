"""Two calls through the real SDK over a transport inside the process: what is recorded of them is a proof."""

import json
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

    base = import_module("anthropic._base_client")  # whichever HTTP library this version is made on
    http: Any = getattr(base, "httpx2", None) or getattr(base, "httpx", None)
    answers = iter(((200, _ANSWER), (400, _REFUSAL)))

    def answer(_request: object) -> Any:
        status, body = next(answers)
        return http.Response(status, content=json.dumps(body), headers={"content-type": "application/json"})

    with http.Client(transport=http.MockTransport(answer)) as transport:
        client = anthropic.Anthropic(
            api_key="local", base_url="http://kansoku.invalid", http_client=transport, max_retries=0
        )
        client.messages.create(**_ASK)
        try:
            client.messages.create(**_ASK)
        except anthropic.BadRequestError:
            return
    raise RuntimeError("the refused call did not raise")
