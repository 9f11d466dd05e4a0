"""Attaching to the Claude Agent SDK when the application imports it, before or after `init`.

Kansoku never imports it by itself: it takes half a second and most applications do not use it.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from kansoku.instrument.session import active

_PACKAGE = "claude_agent_sdk"


def attach() -> None:
    """Wraps the SDK's seams, now if the application has imported it, else when it does. Never raises."""
    if _PACKAGE in sys.modules:
        _attach_now()
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def detach() -> None:
    """Puts the SDK's own functions back, and waits for no import any more."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    if _PACKAGE in sys.modules:
        from kansoku.instrument import agent

        agent.detach()


def _attach_now() -> None:
    """Wraps the seams; a version that has none is counted and logged once."""
    session = active()
    if session is not None:
        with session.guard.kept("attach agent sdk"):
            from kansoku.instrument import agent

            agent.attach()


class _Finder(MetaPathFinder):
    """Finds the SDK as Python would, and has its loader attach once it is loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The SDK's own spec; None for every other module."""
        if fullname != _PACKAGE:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            _attach_after(spec.loader)
        return spec


def _attach_after(loader: Loader) -> None:
    """Attaches after the loader has run the module."""
    load: Any = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        load(module)
        _attach_now()

    vars(loader)["exec_module"] = exec_module  # on this one object, so that its class stays what it is


_finder = _Finder()
