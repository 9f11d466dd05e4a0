"""A labelled document: a text, and where which entities stand in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kansoku.redact.finding import Finding

KANA_OR_HAN = range(0x3040, 0xA000)


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its labels, in order of their start; offsets are code points.

    Attributes:
        kind: What the text is a case of, such as `json` or `zero-width`; empty if not known.
    """

    text: str
    entities: tuple[Finding, ...]
    language: str
    kind: str = ""


def read_documents(path: Path) -> list[Document]:
    """The documents of a JSONL file: `{"text": …, "entities": [[start, end, label], …]}` a line.

    A `language` (or `lang`) may be given; else it is `ja` where kana or Han stand, and `latin`.

    Raises:
        ValueError: If a line is no such document, or a label lies outside its text; with the line's number.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    return [_document(line, number) for number, line in enumerate(lines, 1) if line.strip()]


def _document(line: str, number: int) -> Document:
    """One line's document."""
    try:
        given: dict[str, Any] = json.loads(line)
        text: str = given["text"] + ""
        entities = tuple(sorted(_label(label) for label in given["entities"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"line {number}: no labelled document: {error!r}") from error
    if outside := [each for each in entities if not 0 <= each.start < each.end <= len(text)]:
        raise ValueError(f"line {number}: labels outside the text: {outside}")
    language = given.get("language") or given.get("lang") or language_of(text)
    return Document(text, entities, str(language), str(given.get("kind", "")))


def _label(given: Any) -> Finding:  # noqa: ANN401  any JSON
    """A label, as a triple or as an object with start, end and label (or entity)."""
    if isinstance(given, dict):
        return Finding(given["start"], given["end"], given.get("label") or given["entity"])  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
    start, end, label = given
    return Finding(int(start), int(end), str(label))


def language_of(text: str) -> str:
    """A guess by script alone."""
    return "ja" if any(ord(each) in KANA_OR_HAN for each in text) else "latin"


def lines_of(documents: Iterable[Document]) -> Iterable[str]:
    """The documents as JSONL, a line each."""
    for each in documents:
        labels = [[label.start, label.end, label.entity] for label in each.entities]
        yield json.dumps(
            {"text": each.text, "entities": labels, "language": each.language, "kind": each.kind},
            ensure_ascii=False,
        )
