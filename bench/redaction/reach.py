"""How far finders reach beyond our own documents: into ordinary text, and the peers into ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from bench.redaction.document import Document
from bench.redaction.ordinary import is_author, sources
from bench.redaction.peers.process import Process, TooSlow
from bench.redaction.score import Fault, Find, Score, scored
from kansoku.redact.finding import Finding

PATIENCE_S = 300.0


@dataclass(slots=True)
class Hits:
    """What was found in ordinary text.

    Attributes:
        authors: Mail addresses beyond doubt, which are no false hits.
        refused: Files that could not be searched.
    """

    files: int = 0
    size: int = 0
    authors: int = 0
    refused: int = 0
    score: Score = field(default_factory=Score)

    @property
    def by_entity(self) -> Counter[str]:
        """False hits by entity."""
        return Counter(fault.at.entity for fault in self.score.invented)

    @property
    def rate(self) -> float:
        """False hits in a million bytes."""
        return 1e6 * len(self.score.invented) / self.size if self.size else 0.0

    def values(self) -> dict[str, Any]:
        """As figures."""
        return {
            "files": self.files,
            "bytes": self.size,
            "false hits": dict(self.by_entity),
            "per MB": self.rate,
            "authors' addresses": self.authors,
            "refused": self.refused,
        }


def ordinary_score(kind: str, find: Find, entities: Container[str]) -> Hits:
    """What a finder hits in ordinary text of a kind."""
    hits = Hits()
    for source in sources(kind):
        hits.files += 1
        hits.size += len(source.text.encode(errors="replace"))
        document = Document(source.text, (), kind, source.name)
        for one in _found(find, source.text, hits):
            if one.entity == "EMAIL" and is_author(source.text[one.start : one.end]):
                hits.authors += 1
            elif one.entity in entities:
                hits.score.tally(kind, one.entity).invented += 1
                hits.score.invented.append(Fault(document, one))
    return hits


def _found(find: Find, text: str, hits: Hits) -> list[Finding]:
    """The findings; a text that is refused is counted."""
    try:
        return list(find(text))
    except Exception:
        hits.refused += 1
        return []


def peer_scores(
    documents: list[Document], processes: list[Process], entities: Container[str]
) -> dict[str, Score]:
    """The scores of those peers that tell where they found something."""
    texts = [document.text for document in documents]
    scores: dict[str, Score] = {}
    for process in processes:
        try:
            answer = process.ask({"find": texts, "patience": PATIENCE_S})
        except TooSlow:
            continue
        if answer is not None:
            found = {text: [Finding(*each) for each in one] for text, one in zip(texts, answer, strict=True)}
            scores[process.name] = scored(documents, found.__getitem__, entities)
    return scores
