"""Two days of metrics that Kansoku's own meter counted, in a real Prometheus."""

import json
import random
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client.samples import Sample

from kansoku.catalog.fields import CHAT
from kansoku.catalog.instruments import INSTRUMENTS
from kansoku.emit.cells import Cells
from kansoku.emit.measurements import Measurements
from kansoku.emit.scrape import StateCollector
from kansoku.price.book import PriceBook
from kansoku.price.usage import Cost, Usage
from kansoku.record.facts import Call, Evaluation, Fact, Feedback, Place, TaskRun, ToolRun
from kansoku.record.limits import Headroom

BINARIES = ("prometheus", "promtool")
MISSING = [name for name in BINARIES if shutil.which(name) is None]

BEGIN = 1_789_999_200
"""The first scrape, in unix seconds: where one of Prometheus' blocks begins."""
LENGTH_S = 48 * 3_600
SCRAPE_S = 300
_PART_S = 6 * 3_600
"""Of a long text promtool reads all anew for each block of two hours, so that parts are faster."""
JOB = "shop"

MODELS = ("claude-sonnet-5-5", WASTEFUL := "claude-haiku-4-5", "unheard-of")
_BOOK = PriceBook()
_ERRORS = ("overloaded_error", "rate_limit_error", "invalid_request_error", "api_error")
_ANSWER_S = 30.0


def drawn(dice: random.Random, at_s: int) -> Iterator[Fact]:
    """What happened between two scrapes: calls of every outcome, tools, tasks, ratings, judgements."""
    place, began = Place(1, 1), at_s * 10**9
    for _ in range(4):
        model = dice.choices(MODELS, (6, 3, 1))[0]
        outcome = dice.choices(("ok", "error", "cancelled", "aborted"), (90, 6, 2, 2))[0]
        answered = outcome == "ok"
        used = usage(dice, model) if answered else Usage()
        yield Call(
            place=place,
            started_unix_ns=began,
            duration_s=dice.lognormvariate(1, 0.8),
            operation=CHAT,
            provider="anthropic",
            request_model=model,
            response_model=model if answered else "",
            outcome=outcome,
            error_type=dice.choice(_ERRORS) if outcome == "error" else "",
            attempt_statuses=("529", "200") if dice.random() < 0.1 else ("200" if answered else "500",),
            ttft_s=dice.lognormvariate(-0.5, 0.5) if answered else None,
            usage=used,
            cost=_BOOK.cost(used, provider="anthropic", model=model, started_unix_ns=began)
            if answered
            else Cost(),
            stop_reason=dice.choice(("end_turn", "max_tokens", "refusal")) if answered else "",
            headroom=(Headroom("requests", dice.randrange(100), 100), Headroom("tokens", 99, 100)),
        )
    for _ in range(2):
        outcome = "ok" if dice.random() < 0.95 else "error"
        tool = dice.choice(("search", "fetch", "refund"))
        yield ToolRun(place=place, started_unix_ns=began, duration_s=0.1, tool=tool, outcome=outcome)
    done = "completed" if dice.random() < 0.96 else "failed"
    yield TaskRun(place=place, started_unix_ns=began, duration_s=9.0, name="answer", label=done)
    yield Feedback(place=place, started_unix_ns=began, label="up" if dice.random() < 0.85 else "down")
    label = "grounded" if dice.random() < 0.98 else "hallucinated"
    yield Evaluation(place=place, started_unix_ns=began, name="hallucination", label=label)


def usage(dice: random.Random, model: str) -> Usage:
    """What a call used; one model reads less than it writes."""
    return Usage(
        input_tokens=dice.randrange(50, 2_000),
        cache_read_tokens=dice.randrange(500 if model == WASTEFUL else 8_000),
        cache_write_5m_tokens=dice.randrange(1_000),
        output_tokens=dice.randrange(20, 900),
    )


def openmetrics() -> Iterator[str]:
    """All scrapes of the two days, in parts; those metrics that have Kansoku's own names."""
    dice = random.Random(7)
    own = [instrument for instrument in INSTRUMENTS if not instrument.name.startswith("gen_ai")]
    cells = Cells(INSTRUMENTS)
    counted = Measurements(cells)
    shown = StateCollector(lambda: {each: found for each, found in cells.state().items() if each in own})
    for model in MODELS:
        counted.expect(model)
    for part in range(BEGIN, BEGIN + LENGTH_S, _PART_S):
        told: dict[str, list[str]] = {}
        for at in range(part, part + _PART_S, SCRAPE_S):
            for fact in drawn(dice, at):
                counted.fact(fact)
            for family in shown.collect():
                lines = told.setdefault(f"# TYPE {family.name} {family.type}", [])
                lines += (_line(sample, at) for sample in family.samples)
        text = (line for head, lines in told.items() for line in (head, *lines))
        yield "\n".join(text) + "\n# EOF\n"


def _line(sample: Sample, at: int) -> str:
    """The sample as a scrape of that moment gives it, with the label that Prometheus adds."""
    labels = "".join(f',{name}="{value}"' for name, value in sample.labels.items())
    return f'{sample.name}{{job="{JOB}"{labels}}} {sample.value} {at}'


@contextmanager
def prometheus(folder: Path) -> Generator[str]:
    """The address of a Prometheus that has the two days, and scrapes nothing."""
    for text in openmetrics():
        (folder / "part.txt").write_text(text, encoding="utf-8")
        subprocess.run(
            ["promtool", "tsdb", "create-blocks-from", "--quiet", "openmetrics", "part.txt", "data"],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=60,
        )
    (folder / "prometheus.yml").write_text("{}", encoding="utf-8")
    with running(folder, ("--storage.tsdb.retention.time=100y",)) as address:
        yield address


@contextmanager
def running(folder: Path, words: tuple[str, ...] = ()) -> Generator[str]:
    """The address of a Prometheus with the folder's prometheus.yml and data, once it is ready."""
    address = f"127.0.0.1:{free_port()}"
    command = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
               f"--web.listen-address={address}", "--log.level=warn", *words]  # fmt: skip
    with (folder / "log").open("w") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
    try:
        until_ready(f"http://{address}/-/ready", process)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Returns as soon as the address answers."""
    deadline = time.monotonic() + _ANSWER_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)  # between two looks; what is waited for is the answer


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def answer(address: str, path: str, **asked: object) -> Any:  # noqa: ANN401  JSON
    """What Prometheus' API answers."""
    words = urllib.parse.urlencode({name: str(value) for name, value in asked.items()}).encode()
    try:
        with urllib.request.urlopen(f"http://{address}/api/v1/{path}", words, timeout=30) as told:
            return json.load(told)["data"]
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{asked}: {error.read().decode()}") from None
