"""One contender's process: `python -m bench.redaction.peers.child NAME`. Answers JSON lines.

{"find": [text, …]}                       [[start, end, entity], …] for each text, or null if it does not tell
{"time": text, "json": bool, "count": n}  CPU seconds of one redaction, of n in a row
{…, "patience": s}                        the same, but after so many CPU seconds the process ends (SIGPROF)
"""

# ruff: noqa: ANN401  any JSON

from __future__ import annotations

import json
import logging
import signal
import sys
import time
from typing import Any

from bench.redaction.peers.contender import CONTENDERS, Contender


def answer(contender: Contender, asked: dict[str, Any]) -> Any:
    """The answer to one line."""
    if "find" in asked:
        return None if contender.find is None else [contender.find(text) for text in asked["find"]]
    text: str = asked["time"]
    redact = contender.redact_json if asked["json"] else contender.redact
    count: int = asked["count"]
    began = time.process_time()
    for _ in range(count):
        redact(text)
    return (time.process_time() - began) / count


def main() -> None:
    """Answers until the input ends."""
    logging.disable(logging.CRITICAL)
    contender = CONTENDERS[sys.argv[1]]()
    contender.redact("warm up: noah@example.com")
    contender.redact_json('{"warm": "up"}')
    print("ready", file=sys.stderr)
    for line in sys.stdin:
        asked = json.loads(line)
        signal.setitimer(signal.ITIMER_PROF, asked.get("patience", 0))
        said = json.dumps(answer(contender, asked))
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(said, flush=True)


if __name__ == "__main__":
    main()
