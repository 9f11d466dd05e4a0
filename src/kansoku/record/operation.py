"""Which operation an API path is, in the words of the GenAI conventions."""

from typing import Literal

from kansoku.catalog.fields import CHAT, COUNT_TOKENS

OTHER = "other"

Operation = Literal["chat", "count_tokens", "other"]

_BY_PATH: dict[tuple[str, str], Operation] = {
    ("post", "/v1/messages"): CHAT,
    ("post", "/v1/messages/count_tokens"): COUNT_TOKENS,
}


def operation_of(method: str, path: str) -> Operation:
    """The operation of a request; `path` may carry a query string (`?beta=true`)."""
    return _BY_PATH.get((method.lower(), path.partition("?")[0]), OTHER)
