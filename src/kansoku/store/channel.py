"""Messages between the server and its store process: a JSON head and a body of bytes, length first.

server -> store   {"op": "query", "id": 7, "statement": …, "parameters": {…}, "limits": {…}}
                  {"op": "rewrite", …}  the same, with a statement that the server made itself
                  {"op": "maintain", "id": 8, "task": …, "arguments": {…}, "limits": {…}}
                  {"op": "cancel", "id": 7}  nobody waits for that answer any more
                  {"op": "stop"}
store -> server   {"op": "ready"}, {"op": "failed", "message": …}
                  {"op": "migrating", "version": 2, "what": …}  before ready, for each step
                  {"op": "loading", "worker": 0, "segment": "traces/….ready"}  (null: none)
                  {"op": "progress", "id": 8, "message": …}
                  {"op": "answer", "id": 7}                     body: JSONCompact; JSON of a task
                  {"op": "answer", "id": 7, "error": "refused", "message": …}
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from typing import BinaryIO

_LENGTHS = struct.Struct(">II")


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what it says and the bytes it carries."""

    head: dict[str, Any]
    body: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """The message as it travels."""
        head = json.dumps(self.head).encode()
        return _LENGTHS.pack(len(head), len(self.body)) + head + self.body


def read(stream: BinaryIO) -> Message | None:
    """The next message of a blocking stream, or None at its end."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head, body = _LENGTHS.unpack(lengths)
    return Message(json.loads(stream.read(head)), stream.read(body))


async def receive(stream: asyncio.StreamReader) -> Message:
    """The next message of an asyncio stream.

    Raises:
        asyncio.IncompleteReadError: At its end.
    """
    head, body = _LENGTHS.unpack(await stream.readexactly(_LENGTHS.size))
    return Message(json.loads(await stream.readexactly(head)), await stream.readexactly(body))
