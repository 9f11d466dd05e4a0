"""`python -m kansoku_demo`: the demo workload, until it is told to end."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import time
from typing import TYPE_CHECKING

import kansoku
from kansoku.errors import SettingError
from kansoku_demo import lifetime
from kansoku_demo.features import known_answers
from kansoku_demo.messages_server import MessagesServer
from kansoku_demo.plan import SeededPlan
from kansoku_demo.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUIET_START_S = 300.0
_HIGHEST_RATE = 50.0
_FLUSH_S = 2.0
_SAID_BYTES = 16_384
"""Of what is made up here and said; the demo shows conversations, and nobody's."""


class Settings(argparse.Namespace):
    """The command line, typed."""

    endpoint: str
    seed: int
    rate: float
    prometheus_port: int | None
    stop_when_stdin_closes: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; 0 when it ended because it was told to, 2 for a setting it cannot use."""
    parent_pid = os.getppid()
    settings = _parser().parse_args(arguments, namespace=Settings())
    _show_warnings()
    try:
        _observe(settings)
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    plan = SeededPlan(settings.seed, known_answers(), quiet_until_s=time.time() + _QUIET_START_S)
    with MessagesServer(plan, keep_requests=False) as server:
        asyncio.run(_run(settings, server.base_url, parent_pid))
    return 0


def _observe(settings: Settings) -> None:
    """The one line that an app adds."""
    kansoku.init(
        service="demo-support-bot",
        environment="demo",
        release="2026.11.1",
        endpoint=settings.endpoint,
        prometheus_port=settings.prometheus_port,
        attributes={"kansoku.demo": True},
        content=True,
        content_max_bytes=_SAID_BYTES,
    )


def _show_warnings() -> None:
    """Show when telemetry is not received, and again is; not the line of every failed call."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger("kansoku")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    logging.getLogger("kansoku.calls").setLevel(logging.CRITICAL)


async def _run(settings: Settings, base_url: str, parent_pid: int) -> None:
    workload = Workload(base_url, seed=settings.seed, rate=settings.rate)
    lifetime.end_on_signals(workload.stop)
    if settings.stop_when_stdin_closes:
        lifetime.end_with_stdin(workload.stop)
    orphaned = asyncio.create_task(lifetime.parent_death(parent_pid))
    orphaned.add_done_callback(lambda _: workload.stop())
    _say("demo workload: not real traffic")
    try:
        await workload.run()
    finally:
        orphaned.cancel()
        await workload.settle()
        # First stop observing: that the demo breaks off its last calls is no failure of the app.
        await asyncio.to_thread(kansoku.shutdown, timeout=_FLUSH_S)
        await workload.close()
        tally = workload.tally
        _say(f"demo workload: ended after {tally.visits} visits, {tally.failed} of them failed")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kansoku_demo",
        description="A demo app that calls a local Messages API. Nothing it sends is real traffic.",
    )
    parser.add_argument(
        "--endpoint",
        default="http://127.0.0.1:4318",
        help="where Kansoku receives OTLP over HTTP (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=7, help="the seed of the run (%(default)s)")
    parser.add_argument("--rate", type=_rate, default=1.0, help="traffic: 1.0 is 3 to 6 calls a second")
    parser.add_argument(
        "--prometheus-port", type=int, help="also serve the app's metrics for Prometheus here"
    )
    parser.add_argument(
        "--stop-when-stdin-closes",
        action="store_true",
        help="end when standard input ends: for a parent that holds the other side of a pipe",
    )
    return parser


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= _HIGHEST_RATE:
        raise argparse.ArgumentTypeError(
            f"rate: {text!r} is not a number above 0 and up to {_HIGHEST_RATE:g}, like 1.0"
        )
    return rate


def _say(text: str) -> None:
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError:
        # Who started the demo has gone and reads no more; what is left goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
