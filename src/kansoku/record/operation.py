"""Which operation an API path is, in the words of the GenAI conventions; and the path without its ids."""

import re
from functools import lru_cache
from typing import Literal

from kansoku.catalog.fields import CHAT, COUNT_TOKENS

OTHER = "other"

Operation = Literal["chat", "count_tokens", "other"]

_BY_PATH: dict[tuple[str, str], Operation] = {
    ("post", "/v1/messages"): CHAT,
    ("post", "/v1/messages/count_tokens"): COUNT_TOKENS,
}
_ID = "{id}"
_WORD = re.compile(r"[a-z_]{1,24}|v\d{1,2}")
_VERBS = frozenset(
    {"archive", "cancel", "content", "count_tokens", "download", "me", "search", "send", "stream", "work"}
)
"""What may stand after the name of a collection without being the id of one of its members."""

_DEEPEST = 8
_VERSION = "/v1/"
_VERSIONED = re.compile(r"/v\d+(/|$)")
_BATCH = re.compile(r"/v1/messages/batches/([^/]+)/results$")


@lru_cache(maxsize=128)
def operation_of(method: str, path: str) -> Operation:
    """The operation of a request; `path` is as the SDK takes it, a query or a whole URL included."""
    verb, bare = method.lower(), "/" + _bare(path).strip("/")
    found = _BY_PATH.get((verb, bare))
    return found or _BY_PATH.get((verb, _behind_prefix(bare, is_whole="://" in path)), OTHER)


def _behind_prefix(bare: str, *, is_whole: bool) -> str:
    """The path from the API's version on, where a gateway has it behind a prefix; else the empty string.

    A whole URL names its gateway, whose prefix may hold anything. In a path alone, what stands before another
    version is the API's own and not a gateway's.
    """
    prefix, _, rest = bare.rpartition(_VERSION)
    is_prefix = bool(prefix) and (is_whole or not _VERSIONED.search(prefix))
    return _VERSION + rest if is_prefix else ""


def route_of(method: str, path: str, template: str | None = None) -> str:
    """Method and path of a request, its ids replaced, so that few distinct ones exist.

    Args:
        method: The HTTP method.
        path: The logical path, or a whole URL.
        template: The path as the SDK writes it for its own spans, where it does.
    """
    return f"{method.upper()} {_bare(template) if template else _template(_bare(path))}"


def batch_of(path: str) -> str:
    """The id of the batch whose results the path is, or the empty string."""
    found = _BATCH.search(_bare(path))
    return found[1] if found else ""


def _bare(path: str) -> str:
    """The path alone: neither scheme and host nor query."""
    path = path.partition("?")[0]
    return "/" + path.partition("://")[2].partition("/")[2] if "://" in path else path


def _template(path: str) -> str:
    """The path with every segment that may be an id replaced.

    A segment is kept if it is a plain word, and after a collection (a plural) only if it is a collection
    itself or a verb that the API knows.
    """
    kept: list[str] = []
    for segment in path.strip("/").split("/")[:_DEEPEST]:
        after_collection = bool(kept) and kept[-1].endswith("s")
        is_name = _WORD.fullmatch(segment) and (
            not after_collection or segment.endswith("s") or segment in _VERBS
        )
        kept.append(segment if is_name else _ID)
    return "/" + "/".join(kept)
