"""What of the SDK the seam rests on, some of it private, and whether the installed version has it."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

OURS = "__kansoku__"
"""Marks the functions that the seam puts in place of the SDK's."""

NOT_INSTALLED = "the anthropic package is not installed"


def sdk_version() -> str:
    """The installed version of the SDK, or the empty string."""
    try:
        return version("anthropic")
    except PackageNotFoundError:
        return ""


def problems() -> Iterator[str]:
    """Each part that this version of the SDK lacks, and what that costs. Empty where all are there."""
    try:
        from anthropic import AsyncStream, Stream
        from anthropic._base_client import AsyncAPIClient, BaseClient, SyncAPIClient
    except ImportError as error:
        yield f"the SDK cannot be taken hold of: {error}" if sdk_version() else NOT_INSTALLED
        return
    for client in (SyncAPIClient, AsyncAPIClient):
        yield from _lacking(client, "request", "no call is recorded", is_method=True)
        yield from _lacking(client, "_client", "attempts, status and request id are unknown")
    for stream in (Stream, AsyncStream):
        yield from _lacking(stream, "_iterator", "streams are recorded without usage")
    cost = "causes of unanswered attempts are unknown"
    yield from _lacking(BaseClient, "_calculate_retry_timeout", cost, is_method=True)
    if find_spec("anthropic._tracing") is not None:
        yield from _lacking(BaseClient, "_lazy_tracer", "the SDK's own spans double Kansoku's")


def _lacking(owner: type, name: str, costs: str, *, is_method: bool = False) -> Iterator[str]:
    """The sentence on a part that is missing."""
    if not (hasattr(owner, name) if is_method else _has(owner, name)):
        yield f"{owner.__name__}.{name} is gone: {costs}"


def _has(owner: type, name: str) -> bool:
    """Whether instances have the attribute: of the class, declared, or worked with by its methods."""
    return hasattr(owner, name) or any(
        name in vars(each).get("__annotations__", {}) or name in _worked_with(each) for each in owner.__mro__
    )


def _worked_with(owner: type) -> set[str]:
    """Names that the class's own methods work with."""
    codes: list[Any] = [getattr(each, "__code__", None) for each in vars(owner).values()]
    return {name for code in codes if code is not None for name in code.co_names}


def is_ours(function: Any) -> bool:
    """Whether the function is the seam's, or wraps it."""
    while function is not None:
        if getattr(function, OURS, False):
            return True
        function = getattr(function, "__wrapped__", None)
    return False
