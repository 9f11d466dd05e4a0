"""The pieces of a streamed answer: what each delta carries, and the blocks that they make together."""

import json
from collections.abc import Iterable
from typing import cast

from kansoku.record.events import BLOCK_START
from kansoku.record.reading import Json, part, plain

Run = tuple[int, str, list[object]]
"""Pieces that came one after the other: their block's index, the field that they add to (`START` begins the
block), and they themselves."""

START = "start"
FIELDS = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "input_json_delta": "partial_json",
    "citations_delta": "citation",
    "compaction_delta": "content",
}
"""By the type of the delta, the field that it carries; of others, as a signature, nothing is kept."""

TEXTS = frozenset({"text", "thinking", "partial_json"})
"""Fields that come in many small pieces."""


def plain_run(event: Json) -> Run | None:
    """What an event carries that was read from bytes: a beginning, or one piece."""
    if event.get("type") == BLOCK_START:
        return start_of(event)
    delta = part(event, "delta")
    name = FIELDS.get(str(delta.get("type")))
    return None if name is None else (_index(event), name, [delta.get(name)])


def start_of(event: object) -> Run:
    """The beginning of a block."""
    fields = plain(event)
    return _index(fields), START, [_copied(plain(fields.get("content_block")))]


def _copied(block: Json) -> Json:
    """The block as it is now: applications go on to add to theirs what comes after."""
    return {
        name: list(cast("list[object]", one)) if isinstance(one, list) else one for name, one in block.items()
    }


def _index(fields: Json) -> int:
    found = fields.get("index")
    return found if isinstance(found, int) else 0


def blocks_of(runs: Iterable[Run]) -> list[Json]:
    """The blocks as they came, in order; the input of a tool that broke off is the text of its beginning."""
    blocks: list[dict[str, object]] = []
    added: list[dict[str, list[object]]] = []
    at: dict[int, int] = {}
    for index, name, pieces in runs:
        if name == START:
            at[index] = len(blocks)
            blocks.append(dict(plain(pieces[0])))
            added.append({})
        elif index in at:
            added[at[index]].setdefault(name, []).extend(pieces)
    for block, pieces in zip(blocks, added, strict=True):
        _join(block, pieces)
    return cast("list[Json]", blocks)


def _join(block: dict[str, object], added: dict[str, list[object]]) -> None:
    """The pieces that were added, each in its field: citations to the list, texts one after the other."""
    for name, pieces in added.items():
        if name == "citation":
            known = block.get("citations")
            block["citations"] = [*(cast("list[object]", known) if isinstance(known, list) else []), *pieces]
            continue
        whole = "".join(piece for piece in pieces if isinstance(piece, str))
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
