"""Redaction: how much is found, how much is found wrongly, what it costs; beside its peers.

./dev bench redaction [--peers] [--seed 1] [--json]
./dev bench redaction --set FILE.jsonl --show 10    a labelled set by anyone, and the faults to read
./dev bench redaction --parts score,ordinary,json,times,hostile

`score` judges by the generated documents (or by the set): a label and a finding match if they name the same
entity and share half of their union. `ordinary` counts hits in the standard library's sources and in the
documents of installed packages, but for the mail addresses of authors. `json` counts JSON texts that are none
afterwards. `times` and `hostile` are CPU times (`time.process_time`) of one redaction, each contender in a
process of its own and all taking turns; a median over the rounds. Peers (bench/redaction/peers/*.txt) go into
environments of their own beside the checkout.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.redaction.breakage import broken, json_texts
from bench.redaction.case import cases, hostile
from bench.redaction.document import Document, read_documents
from bench.redaction.entity import DEFAULT, STRICT
from bench.redaction.faults import fault_lines
from bench.redaction.generator import documents
from bench.redaction.ordinary import roots
from bench.redaction.peers.contender import CONTENDERS, OWN, WHAT
from bench.redaction.peers.process import Process, install_peers
from bench.redaction.reach import ordinary_score, peer_scores
from bench.redaction.score import Score, scored
from bench.redaction.table import ordinary_lines, peer_lines, score_lines, score_values, time_lines
from bench.redaction.timing import timed
from kansoku.redact.redactor import Redactor

PARTS = ("score", "ordinary", "json", "times", "hostile")


def words() -> argparse.Namespace:
    """The options given."""
    parser = argparse.ArgumentParser(
        prog="dev bench redaction", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", type=Path, metavar="FILE.jsonl", help="labelled documents to judge by")
    parser.add_argument("--seed", type=int, default=1, help="of the documents that are generated")
    parser.add_argument("--each", type=int, default=4, help="documents of each template")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N faults of each entity")
    parser.add_argument("--only", default="", metavar="ENTITY", help="show the faults of this entity alone")
    parser.add_argument("--parts", default="", help=f"any of {','.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=7, help="of timing")
    for flag in ("strict", "peers", "json"):
        parser.add_argument(f"--{flag}", action="store_true")
    return parser.parse_args()


class Bench:
    """The benchmark, part by part. Each part prints its lines and gives its figures.

    Args:
        given: The options.
    """

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._entities = STRICT if given.strict else DEFAULT
        self._redactor = Redactor(mode="strict" if given.strict else "balanced")
        self._processes = [Process(name) for name in _contenders(peers=given.peers)]

    def run(self, parts: Sequence[str]) -> dict[str, object]:
        """The figures of the parts, in their order."""
        known = {
            "score": self.score,
            "ordinary": self.ordinary,
            "json": self.json,
            "times": self.times,
            "hostile": self.hostile,
        }
        try:
            return {part: known[part]() for part in parts}
        finally:
            for process in self._processes:
                process.close()

    def score(self) -> Mapping[str, object]:
        """Precision, recall and F1 by entity and language, of Kansoku and of the peers."""
        judged = self._documents()
        score = scored(judged, self._redactor.find, self._entities)
        self._say(f"\n{len(judged)} documents", *score_lines(score))
        self._show(score)
        found: dict[str, object] = {"kansoku": score_values(score)}
        if self._given.peers:
            peers = peer_scores(
                judged, [each for each in self._processes if each.name not in OWN], self._entities
            )
            self._say("", *peer_lines({"kansoku": score, **peers}))
            found |= {name: score_values(each) for name, each in peers.items()}
        return found

    def ordinary(self) -> Mapping[str, object]:
        """False hits on a million bytes of code and of documents."""
        found: dict[str, object] = {}
        for kind, root in roots().items():
            hits = ordinary_score(kind, self._redactor.find, self._entities)
            self._say("", *ordinary_lines(kind, root, hits))
            self._show(hits.score)
            found[kind] = hits.values()
        return found

    def json(self) -> Mapping[str, object]:
        """JSON texts that are none afterwards."""
        texts = json_texts(self._documents())
        found = {
            name: len(broken(texts, redact))
            for name, redact in (("redact_json", self._redactor.redact_json), ("text", self._redactor.text))
        }
        self._say(
            f"\nJSON texts broken, of {len(texts)}: "
            + ", ".join(f"{name} {count}" for name, count in found.items())
        )
        return {"texts": len(texts), **found}

    def times(self) -> Mapping[str, object]:
        """CPU of everyday texts."""
        found = timed(cases(), self._processes, self._given.rounds)
        self._say("", *time_lines("CPU µs", found, {case.name: len(case.text.encode()) for case in cases()}))
        return found

    def hostile(self) -> Mapping[str, object]:
        """CPU of texts that are made to take long."""
        found = timed(hostile(), self._processes, 1)
        self._say("", *time_lines("CPU µs of 2 MB", found, {}))
        return found

    def _documents(self) -> list[Document]:
        """What is judged by."""
        given = self._given
        return read_documents(given.set) if given.set else documents(given.seed, given.each)

    def _show(self, score: Score) -> None:
        """Prints faults where they are wanted."""
        if self._given.show:
            self._say(*fault_lines(score, self._given.show, self._given.only))

    def _say(self, *lines: str) -> None:
        """Prints lines, unless figures are wanted."""
        if not self._given.json:
            print("\n".join(lines), flush=True)


def _contenders(*, peers: bool) -> list[str]:
    """Who takes part."""
    return [name for name in CONTENDERS if peers or name in OWN]


def main() -> None:
    """Runs what is asked for."""
    given = words()
    if given.peers:
        install_peers()
    usual = ("score",) if given.set else PARTS
    parts: Sequence[str] = given.parts.split(",") if given.parts else usual
    if unknown := set(parts).difference(PARTS):
        raise SystemExit(f"--parts: {min(unknown)!r} is not known; use any of {', '.join(PARTS)}")
    found = Bench(given).run(parts)
    if given.json:
        print(json.dumps(found, indent=2))
    else:
        print("\n" + "\n".join(f"{name}: {WHAT[name]}" for name in _contenders(peers=given.peers)))


if __name__ == "__main__":
    main()
