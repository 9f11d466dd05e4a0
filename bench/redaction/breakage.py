"""JSON before and after: whether what was valid stays valid, of the same outer shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from bench.redaction.document import Document


def json_texts(documents: Iterable[Document]) -> list[str]:
    """JSON texts made of the documents: those that are JSON, and each as a member."""
    found: list[str] = []
    for at, document in enumerate(documents):
        if parsed(document.text) is not None:
            found.append(document.text)
        value = {"id": at, "note": document.text, "parts": [document.text[:80], None, 1.5], "ok": True}
        found.append(json.dumps(value, ensure_ascii=at % 2 == 0))
    return found


def parsed(text: str) -> object:
    """The value of JSON text; None if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def broken(texts: Iterable[str], redact: Callable[[str], str]) -> list[str]:
    """The texts that are no JSON any more, or of another outer shape."""
    return [text for text in texts if _shape(parsed(text)) != _shape(parsed(redact(text)))]


def _shape(value: object) -> object:
    """The kind of a value, and how many members it has."""
    return (type(value).__name__, len(value)) if isinstance(value, dict | list) else isinstance(value, str)  # pyright: ignore[reportUnknownArgumentType]
