"""The pieces of a streamed answer: what each delta carries, and the blocks that they make together."""

import json
from collections.abc import Iterable, Iterator
from typing import cast

from kansoku.record.events import BLOCK_START, type_of
from kansoku.record.reading import Json, part, plain

Piece = tuple[int, str, object]
"""The block's index, the field that the piece adds to (`START` begins the block), and the piece."""

START = "start"
MOST = 100_000
"""Pieces kept of one stream. The largest answer there is comes in about as many."""

_FIELDS = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "input_json_delta": "partial_json",
    "citations_delta": "citation",
    "compaction_delta": "content",
}
"""By the type of the delta, the field that it carries."""


def pieces_of(events: Iterable[object]) -> Iterator[Piece]:
    """The pieces that beginnings of blocks and content deltas carry."""
    for event in events:
        piece = start_of(event) if type_of(event) == BLOCK_START else piece_of(event)
        if piece is not None:
            yield piece


def piece_of(event: object) -> Piece | None:
    """What a content delta carries; None where that is nothing to keep, as a signature is."""
    if isinstance(event, dict):
        return _plain_piece(cast("Json", event))
    delta = event.delta  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
    name = _FIELDS.get(delta.type)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return None if name is None else (event.index, name, getattr(delta, name))  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType, reportUnknownArgumentType]


def _plain_piece(event: Json) -> Piece | None:
    """The same of an event that was read from bytes."""
    delta = part(event, "delta")
    name = _FIELDS.get(str(delta.get("type")))
    return None if name is None else (_index(event), name, delta.get(name))


def start_of(event: object) -> Piece:
    """The beginning of a block."""
    fields = plain(event)
    return _index(fields), START, fields.get("content_block")


def _index(fields: Json) -> int:
    found = fields.get("index")
    return found if isinstance(found, int) else 0


def blocks_of(pieces: Iterable[Piece]) -> list[Json]:
    """The blocks as they came, in order; the input of a tool that broke off is the text of its beginning."""
    blocks: list[dict[str, object]] = []
    texts: list[dict[str, list[str]]] = []
    at: dict[int, int] = {}
    for index, name, piece in pieces:
        if name == START:
            at[index] = len(blocks)
            blocks.append(dict(plain(piece)))
            texts.append({})
        elif index in at:
            _add(blocks[at[index]], texts[at[index]], name, piece)
    for block, added in zip(blocks, texts, strict=True):
        _join(block, added)
    return cast("list[Json]", blocks)


def _add(block: dict[str, object], texts: dict[str, list[str]], name: str, piece: object) -> None:
    """A piece to its block: a text to those before it, a citation to the list."""
    if name == "citation":
        known = block.get("citations")
        block["citations"] = [*(cast("list[object]", known) if isinstance(known, list) else []), piece]
    elif isinstance(piece, str):
        texts.setdefault(name, []).append(piece)


def _join(block: dict[str, object], texts: dict[str, list[str]]) -> None:
    """The texts that were added, each in its field."""
    for name, added in texts.items():
        whole = "".join(added)
        if name == "partial_json":
            block["input"] = _parsed(whole)
        else:
            begun = block.get(name)
            block[name] = (begun if isinstance(begun, str) else "") + whole


def _parsed(whole: str) -> object:
    """The JSON, or the text where it is none."""
    try:
        return cast("object", json.loads(whole)) if whole else {}
    except (ValueError, RecursionError):
        return whole
