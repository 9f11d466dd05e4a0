"""Redaction: how much is found, how much is found wrongly, and what it costs.

./dev bench redaction [--set FILE.jsonl [--show 10] [--only EMAIL] [--strict]]

Without a set, the costs are measured.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.redaction.document import read_documents
from bench.redaction.entity import DEFAULT, STRICT
from bench.redaction.faults import fault_lines
from bench.redaction.score import scored
from bench.redaction.speed import speed_lines
from bench.redaction.table import score_lines
from kansoku.redact.redactor import Redactor


def words() -> argparse.Namespace:
    """The options given."""
    parser = argparse.ArgumentParser(
        prog="dev bench redaction", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", type=Path, metavar="FILE.jsonl", help="labelled documents to judge by")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N faults of each entity")
    parser.add_argument("--only", default="", metavar="ENTITY", help="show the faults of this entity alone")
    parser.add_argument("--strict", action="store_true", help="also what is off by default")
    return parser.parse_args()


def main() -> None:
    """Runs what is asked for."""
    given = words()
    if given.set is None:
        print("\n".join(speed_lines()))
        return
    score = scored(read_documents(given.set), Redactor().find, STRICT if given.strict else DEFAULT)
    print("\n".join(score_lines(score)))
    print("\n".join(fault_lines(score, given.show, given.only)) if given.show else "")


if __name__ == "__main__":
    main()
