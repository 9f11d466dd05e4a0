"""What a log call costs: CPU of the thread and of the process, beside structlog and python-json-logger.

    ./dev bench logs [--rounds 7]

The libraries take turns in every round; a figure is the median over the rounds, in microseconds of CPU a
line. All write to /dev/null. Kansoku's lines are redacted; those of the others are not. None has a trace id:
no span is current. A round of Kansoku ends with a flush.
"""

import argparse
import logging
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import structlog
from pythonjsonlogger.json import JsonFormatter

import kansoku

LINES = 5_000
log = logging.getLogger("bench")
Round = tuple[float, float]


def measured(run: Callable[[], object], finish: Callable[[], object]) -> Round:
    """CPU seconds of the calling thread, and of the process until all is written."""
    thread, process = time.thread_time(), time.process_time()
    for _ in range(LINES):
        run()
    mine = time.thread_time() - thread
    finish()
    return mine, time.process_time() - process


def line() -> None:
    """One ordinary line."""
    log.info("order %s paid", "A-17", extra={"amount": 12.5, "currency": "JPY"})


def with_kansoku(sink: TextIO) -> Round:
    """Through `configure_logging`."""
    setup = kansoku.configure_logging(stream=sink, structlog=False)
    found = measured(line, lambda: setup.flush(60))
    if setup.dropped:
        raise SystemExit(f"lines were dropped: {setup.dropped}")
    setup.undo()
    return found


def with_json_logger(sink: TextIO) -> Round:
    """Through python-json-logger."""
    handler = logging.StreamHandler(sink)
    handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level="INFO", handlers=[handler], force=True)
    return measured(line, sink.flush)


def with_structlog(sink: TextIO) -> Round:
    """Through structlog's own quick way."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=structlog.WriteLoggerFactory(sink),
    )
    bound = structlog.get_logger().bind()
    return measured(lambda: bound.info("order A-17 paid", amount=12.5, currency="JPY"), sink.flush)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds: int = parser.parse_args().rounds
    found: dict[str, list[Round]] = {"kansoku": [], "python-json-logger": [], "structlog": []}
    with Path("/dev/null").open("w", encoding="utf-8") as sink:
        for number in range(rounds + 1):
            for (_, kept), way in zip(
                found.items(), (with_kansoku, with_json_logger, with_structlog), strict=True
            ):
                one = way(sink)
                if number:  # the first round warms up
                    kept.append(one)
    print(f"{'CPU µs a line':24}{'calling thread':>16}{'process':>10}")
    for name, each in found.items():
        mine, whole = (statistics.median(one[part] for one in each) * 1e6 / LINES for part in (0, 1))
        print(f"{name:24}{mine:16.1f}{whole:10.1f}")


if __name__ == "__main__":
    main()
