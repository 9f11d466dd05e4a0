"""The tools of the demo app: what the model may ask for, and the functions that do it.

How long a tool takes, and whether it fails, follows from its argument.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from typing import TYPE_CHECKING

import kansoku

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anthropic.types import ToolParam

# One in 24 orders and one in 16 files is out of reach.
ORDERS = tuple(f"A-10{number}" for number in range(40, 64))
_LOST_ORDER = "A-1057"
FILES = tuple(f"shop/module_{number:02d}.py" for number in range(16))
_LOST_FILE = "shop/module_11.py"


class ToolFault(Exception):
    """A tool could not do its work; the text goes back to the model."""


@kansoku.tool
async def lookup_order(order_id: str) -> str:
    """Where an order is."""
    await asyncio.sleep(_seconds(order_id))
    if order_id == _LOST_ORDER:
        raise ToolFault(f"order database: no answer for {order_id}")
    return f"{order_id}: packed, leaves today"


@kansoku.tool
async def search_handbook(topic: str) -> str:
    """What the handbook says about a topic."""
    await asyncio.sleep(_seconds(topic) / 2)
    return f"{topic}: see the house rules, section {len(topic)}"


@kansoku.tool
async def open_ticket(summary: str) -> str:
    """Open a ticket for a person to look at."""
    await asyncio.sleep(_seconds(summary))
    return f"ticket {zlib.crc32(summary.encode()) % 10_000} is open"


@kansoku.tool
def read_file(path: str) -> str:
    """Read a file of the shop's software."""
    time.sleep(_seconds(path) / 3)
    if path == _LOST_FILE:
        raise ToolFault(f"no such file: {path}")
    return f"# {path}\ndef total(items):\n    return sum(item.price for item in items)\n"


@kansoku.tool("run_checks")
def run_checks(path: str) -> str:
    """Run the tests of one file."""
    time.sleep(_seconds(path))
    return f"{path}: 14 passed"


SUPPORT_TOOLS: dict[str, Callable[[str], Awaitable[str]]] = {
    "lookup_order": lookup_order,
    "search_handbook": search_handbook,
    "open_ticket": open_ticket,
}
REVIEW_TOOLS: dict[str, Callable[[str], str]] = {"read_file": read_file, "run_checks": run_checks}


def _definition(name: str, about: str, argument: str, examples: tuple[str, ...]) -> ToolParam:
    return {
        "name": name,
        "description": about,
        "input_schema": {
            "type": "object",
            "properties": {argument: {"type": "string", "examples": list(examples)}},
            "required": [argument],
        },
    }


SUPPORT_DEFINITIONS: tuple[ToolParam, ...] = (
    _definition("lookup_order", "Where an order is.", "order_id", ORDERS),
    _definition(
        "search_handbook",
        "What the handbook says about a topic.",
        "topic",
        ("returns", "warranty", "delivery", "repairs"),
    ),
    _definition(
        "open_ticket",
        "Open a ticket for a person.",
        "summary",
        ("call back about a refund", "damaged parcel", "change of address"),
    ),
)
REVIEW_DEFINITIONS: tuple[ToolParam, ...] = (
    _definition("read_file", "Read a file of the repository.", "path", FILES),
    _definition("run_checks", "Run the tests of one file.", "path", FILES),
)


def _seconds(argument: str) -> float:
    """20 to 320 ms, always the same for the same argument."""
    return 0.02 + zlib.crc32(argument.encode()) % 300 / 1_000
