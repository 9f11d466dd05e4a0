"""Functions wrapped so that each of their calls runs inside a block: a task, or a tool's run."""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import ExitStack
from functools import partial
from typing import Any, ParamSpec, TypeVar, cast

from kansoku.instrument.block import Block

P = ParamSpec("P")
R = TypeVar("R")


def wrapped(function: Callable[P, R], again: Callable[[], Block]) -> Callable[P, R]:
    """The function inside a block per call, of the same kind as it was."""
    if isinstance(function, classmethod | staticmethod):
        inner = cast("Any", function)
        return cast("Callable[P, R]", type(inner)(wrapped(inner.__func__, again)))
    call = cast("Callable[..., Any]", function)
    if inspect.isasyncgenfunction(function):
        wrapper = _async_generator(call, again)
    elif inspect.iscoroutinefunction(function):
        wrapper = _coroutine(call, again)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(call, again)
    else:
        wrapper = _plain(call, again)
    return cast("Callable[P, R]", functools.wraps(function)(wrapper))


def _plain(call: Callable[..., Any], again: Callable[[], Block]) -> Callable[..., Any]:
    """A function, each call a block; one that gives a coroutine has a block that ends with that."""

    def plain(*args: Any, **kwargs: Any) -> Any:
        with ExitStack() as ending:
            block = ending.enter_context(again())
            result = call(*args, **kwargs)
            if not inspect.iscoroutine(result):
                return block.returned(result)
            block.suspend()
            return _awaited(result, block, ending.pop_all())

    return plain


async def _awaited(result: Coroutine[Any, Any, Any], block: Block, ending: ExitStack) -> Any:
    """The coroutine, inside the block in which it was made."""
    with ending:
        block.resume()
        return block.returned(await result)


def _coroutine(call: Callable[..., Any], again: Callable[[], Block]) -> Callable[..., Any]:
    """An async function, each call a block."""

    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        with again() as block:
            return block.returned(await call(*args, **kwargs))

    return coroutine


def _generator(call: Callable[..., Any], again: Callable[[], Block]) -> Callable[..., Any]:
    """A generator, a block until it ends; what its reader does between two items is not part of it."""

    def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with again() as block:
            inner = call(*args, **kwargs)
            step: Callable[[], Any] = partial(next, inner)
            while True:
                try:
                    item = step()
                except StopIteration as stop:
                    return stop.value
                block.suspend()
                try:
                    step = partial(inner.send, (yield item))
                except GeneratorExit:
                    inner.close()
                    raise
                except BaseException as error:
                    step = partial(inner.throw, error)
                finally:
                    block.resume()

    return generator


def _async_generator(call: Callable[..., Any], again: Callable[[], Block]) -> Callable[..., Any]:
    """An async generator, a block until it ends, as `_generator` has it."""

    async def async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with again() as block:
            inner = call(*args, **kwargs)
            step: Callable[[], Any] = partial(anext, inner)
            while True:
                try:
                    item = await step()
                except StopAsyncIteration:
                    return
                block.suspend()
                try:
                    step = partial(inner.asend, (yield item))
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:
                    step = partial(inner.athrow, error)
                finally:
                    block.resume()

    return async_generator
