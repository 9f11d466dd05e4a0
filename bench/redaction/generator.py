"""The generator: templates, values and seeds into labelled documents; one seed, one set of documents."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from bench.redaction.disguise import disguises_of
from bench.redaction.document import Document
from bench.redaction.frame import JSON, PLAIN, Frame, Piece
from bench.redaction.templates import de, en, ja
from bench.redaction.values.slot import SLOTS
from kansoku.redact.finding import Finding

PLANTED = {
    "en": (*en.PERSONAL, *en.SECRETS, *en.MACHINE),
    "ja": (*ja.PERSONAL, *ja.SECRETS),
    "de": (*de.PERSONAL, *de.SECRETS),
}
HARMLESS = {"en": en.HARMLESS, "ja": ja.HARMLESS, "de": de.HARMLESS}

_SLOT = re.compile(r"‹([a-z0-9_]+)›")
_DISGUISED = 0.35
_FRAMED = 0.55
_AMONG = 0.3
"""Shares of documents with disguised values, in another frame than none, and among harmless sentences."""


def documents(seed: int, rounds: int) -> list[Document]:
    """Every template of every language so many times, in order of language."""
    made: list[Document] = []
    for language in PLANTED:
        rng = random.Random(f"{seed} {language}")
        for _ in range(rounds):
            made += _round(language, rng)
    return made


def _round(language: str, rng: random.Random) -> Iterator[Document]:
    """Every template of a language once."""
    for template in PLANTED[language]:
        yield _document(template, language, rng, harmless=False)
    for template in HARMLESS[language]:
        yield _document(template, language, rng, harmless=True)


def _document(template: str, language: str, rng: random.Random, *, harmless: bool) -> Document:
    """One template with values, disguised or not, among others or not, framed or not."""
    disguised = not harmless and rng.random() < _DISGUISED
    pieces, kinds = filled(template, rng, language if disguised else "")
    if rng.random() < _AMONG:
        pieces = [*_sentence(language, rng), *pieces, *_sentence(language, rng)]
        kinds.append("among others")
    name, frame = _frame(template, rng)
    kinds.append(name)
    return joined(frame(pieces, rng), language, ", ".join(kinds))


def _sentence(language: str, rng: random.Random) -> list[Piece]:
    """A harmless line."""
    pieces, _ = filled(rng.choice(HARMLESS[language]), rng)
    return [("\n", ""), *pieces, ("\n", "")]


def _frame(template: str, rng: random.Random) -> tuple[str, Frame]:
    """A frame and its name. What is JSON already stays as it is: it has its own keys."""
    if template.startswith("{") or rng.random() > _FRAMED:
        return "plain", PLAIN["plain"]
    return rng.choice([*PLAIN.items(), *JSON.items()])


def filled(template: str, rng: random.Random, language: str = "") -> tuple[list[Piece], list[str]]:
    """The template's pieces with a value in each slot, and the names of the disguises that they wear.

    Values wear some if a language is given.
    """
    pieces: list[Piece] = []
    worn: set[str] = set()
    at = 0
    for slot in _SLOT.finditer(template):
        entity, make = SLOTS[slot[1]]
        value = make(rng)
        disguises = disguises_of(entity, language) if language else []
        if disguises:
            disguise = rng.choice(disguises)
            shown = disguise(value, rng)
            worn |= {disguise.__name__.replace("_", " ")} if shown != value else set[str]()
            value = shown
        pieces += [(template[at : slot.start()], ""), (value, entity)]
        at = slot.end()
    return [*pieces, (template[at:], "")], sorted(worn)


def joined(pieces: list[Piece], language: str, kind: str) -> Document:
    """The document that the pieces make."""
    labels: list[Finding] = []
    at = 0
    for text, entity in pieces:
        if entity:
            labels.append(Finding(at, at + len(text), entity))
        at += len(text)
    return Document("".join(text for text, _ in pieces), tuple(labels), language, kind)
