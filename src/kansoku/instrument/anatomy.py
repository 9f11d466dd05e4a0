"""What of the SDK the seam rests on, some of it private, and whether the installed version has it."""

from collections.abc import Iterator
from contextlib import suppress
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
    cost = "attempts, status and request id are unknown"
    yield from _lacking(BaseClient, "_build_request", cost, is_method=True)
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


def bypassing(base: type, name: str) -> list[type]:
    """Classes beneath the base whose own method calls the SDK's of the base, past the seam's.

    Another instrumentor makes such a one where it came first: it replaced the method of `Anthropic`, say, and
    kept hold of what it found, which was the SDK's.
    """
    own = getattr(base, name)
    while hasattr(own, "__wrapped__"):
        own = own.__wrapped__
    return [each for each in _beneath(base) if name in vars(each) and _holds(vars(each)[name], own)]


def _beneath(base: type) -> list[type]:
    """All classes that derive from the base, each once; one may be of a kind that gives it no hash."""
    found = {id(each): each for child in base.__subclasses__() for each in (child, *_beneath(child))}
    return list(found.values())


_DEEPEST = 8
"""How many functions within functions are looked into."""


def _holds(function: object, sought: object, depth: int = _DEEPEST) -> bool:
    """Whether a function calls on the other one without the seam's in between."""
    if function is sought:
        return True
    if depth == 0 or getattr(function, OURS, False):
        return False
    return any(_holds(each, sought, depth - 1) for each in _closed_over(function))


def _closed_over(function: object) -> Iterator[object]:
    """What a function wraps, is bound to, or closes over."""
    yield from (
        each for name in ("__wrapped__", "__func__", "func") if (each := getattr(function, name, None))
    )
    for cell in getattr(function, "__closure__", None) or ():
        with suppress(ValueError):  # a cell that is empty yet
            if callable(cell.cell_contents):
                yield cell.cell_contents
