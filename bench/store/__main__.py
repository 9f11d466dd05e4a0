"""The store: what it takes in, what it answers, what it keeps on the disk.

./dev bench store --parts generate --calls 1000000 --data DIR    a store with made-up calls, kept there

`generate` writes calls of 100,000 users and 12 models over 30 days into a data directory, the same rows for
the same seed; spans and logs of the last three days too.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from bench.store.filling import Wanted, filled

PARTS = ("generate",)


def words() -> argparse.Namespace:
    """The options given."""
    parser = argparse.ArgumentParser(
        prog="dev bench store", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default=",".join(PARTS), help=f"any of {','.join(PARTS)}")
    parser.add_argument("--calls", type=int, default=1_000_000, help="calls that a made-up store holds")
    parser.add_argument("--data", type=Path, help="keep the store in this folder")
    parser.add_argument("--seed", type=int, default=1, help="of what is made up")
    parser.add_argument("--span-days", type=int, default=3, help="of the last days, spans and logs too")
    parser.add_argument("--content-words", type=int, default=0, help="of prompts and answers in spans")
    return parser.parse_args()


def generate(given: argparse.Namespace) -> None:
    """Fills the folder."""
    if given.data is None:
        raise SystemExit("--data: say where the store is to be kept")
    wanted = Wanted(
        given.calls,
        given.seed,
        span_days=given.span_days,
        log_days=given.span_days,
        content_words=given.content_words,
    )
    began = time.monotonic()
    made = filled(given.data, wanted)
    print(f"{given.data}: {given.calls:,} calls" + (f" in {time.monotonic() - began:.0f} s" if made else ""))


def main() -> None:
    """Runs what is asked for."""
    given = words()
    if unknown := set(given.parts.split(",")).difference(PARTS):
        raise SystemExit(f"--parts: {min(unknown)!r} is not known; use any of {', '.join(PARTS)}")
    generate(given)


if __name__ == "__main__":
    main()
