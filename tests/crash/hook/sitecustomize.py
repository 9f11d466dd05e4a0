"""Loaded by Python as each process of a crash run starts: kills it at the step that is armed.

The functions are wrapped from outside, by name, so that the product holds nothing for this. A step is
armed while the file that `KANSOKU_CRASH` names holds it, and fires once: whoever removes the file dies.
"""

import importlib.abc
import importlib.util
import json
import os
import random
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

Function = Callable[..., Any]

_FILE = os.environ.get("KANSOKU_CRASH", "")
_STORE = "kansoku.store.process" in sys.orig_argv
_PLACES = json.loads(os.environ.get("KANSOKU_CRASH_TARGETS", "[]"))
_REFUSED = b"kansoku-crash-refused"
_LONGEST_INSERT_S = 0.05
_unlink, _kill, _exists = os.unlink, os.kill, os.path.exists


def _armed(target: str, args: tuple[object, ...]) -> dict[str, str] | None:
    """The armed step if this call is it; None otherwise."""
    if not _exists(_FILE):
        return None
    try:
        step: dict[str, str] = json.loads(Path(_FILE).read_text())
    except (OSError, ValueError):
        return None
    if step["target"] != target or ((step["process"] == "store") != _STORE and step["process"] != "start"):
        return None
    if step["given"] and not any(re.search(step["given"], str(one)) for one in args):
        return None
    return step


def _die(step: dict[str, str]) -> None:
    """Ends this process, and for `both` the server too; returns only if another thread was quicker."""
    try:
        _unlink(_FILE)
    except OSError:
        return
    if step["victim"] == "both" and _STORE:
        _kill(os.getppid(), signal.SIGKILL)
    _kill(os.getpid(), signal.SIGKILL)


def _die_soon(step: dict[str, str]) -> None:
    time.sleep(random.random() * _LONGEST_INSERT_S)
    _die(step)


def _wrapped(target: str, function: Function) -> Function:
    def call(*args: Any, **keywords: Any) -> Any:  # noqa: ANN401
        step = _armed(target, args)
        if step is None:
            return function(*args, **keywords)
        match step["when"]:
            case "before":
                _die(step)
            case "during":
                threading.Thread(target=_die_soon, args=(step,), daemon=True).start()
            case "torn":
                whole = b"".join(args[1])
                os.write(args[0], whole[: len(whole) // 2])
                _die(step)
            case _:
                pass
        result = function(*args, **keywords)
        if step["when"] == "after":
            _die(step)
        return result

    return call


def _refusing(load: Function) -> Function:
    """Stands in for bytes that ClickHouse cannot read: refuses a segment while it holds the mark."""

    def call(self: object, statement: str, path: Path) -> None:
        from kansoku.store.engine import LoadRefused

        if _REFUSED in path.read_bytes():
            raise LoadRefused("refused for the crash run")
        load(self, statement, path)

    return call


def _wrap(module: Any, name: str) -> None:  # noqa: ANN401
    for target in _PLACES:
        place, _, path = target.partition(":")
        if place == name:
            owner = module
            *owners, last = path.split(".")
            for one in owners:
                owner = getattr(owner, one)
            setattr(owner, last, _wrapped(target, getattr(owner, last)))
    if name == "kansoku.store.engine":
        module.Engine.load = _refusing(module.Engine.load)


class _Finder(importlib.abc.MetaPathFinder):
    """Wraps what is to be wrapped in a module once it is there."""

    names = frozenset(target.partition(":")[0] for target in _PLACES) | {"kansoku.store.engine"}

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if fullname not in self.names:
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def executing(module: ModuleType) -> None:
                execute(module)
                _wrap(module, fullname)

            spec.loader.exec_module = executing
        return spec


if _FILE:
    _wrap(os, "os")
    sys.meta_path.insert(0, _Finder())
