"""Log lines under attack: odd values, odd records, odd streams, and secrets wherever one can be put."""

import decimal
import enum
import io
import json
import logging
import multiprocessing
import pathlib
import subprocess
import sys
import threading
import uuid
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import pydantic
import pytest
import structlog

import kansoku
import kansoku.testing
from kansoku.catalog.instruments import DROPPED
from kansoku.emit.json_lines import MAX_LINE, MAX_TEXT
from kansoku.emit.line_queue import QUEUE_FULL, TEXT_LIMIT
from kansoku.emit.line_stream import LineStream
from kansoku.emit.snapshot import snapshot

KEY = "sk-ant-abcdefghijkl"
log = logging.getLogger("attacked")


def written(
    run: Callable[[], object],
    stream: TextIO | None = None,
    *,
    console: bool = False,
    uncaught: bool = False,
    chains: bool = True,
) -> str:
    out = stream or io.StringIO()
    setup = kansoku.configure_logging(stream=out, console=console, uncaught=uncaught, structlog=chains)
    try:
        run()
        assert setup.flush(20)
    finally:
        setup.undo()
    return out.getvalue() if isinstance(out, io.StringIO) else ""


def line(run: Callable[[], object], *, uncaught: bool = False, chains: bool = True) -> dict[str, Any]:
    text = written(run, uncaught=uncaught, chains=chains)
    assert KEY not in text
    (one,) = text.splitlines()
    return json.loads(one, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


class Card(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    password: str = "hunter2"
    name: str = "n"
    quiet: str = pydantic.Field(default="unsaid", repr=False)


@dataclass
class Account:
    api_key: str = "hunter2"
    name: str = "n"
    quiet: str = field(default="unsaid", repr=False)


@dataclass(repr=False)
class Silent:
    inner: str = "unsaid"

    def __repr__(self) -> str:
        return "<Silent>"


class Login(NamedTuple):
    password: str = "hunter2"
    name: str = "n"


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Card(), {"password": "<SECRET>", "name": "n"}),
        (Card.model_validate({"more": KEY}), {"password": "<SECRET>", "name": "n", "more": "<SECRET>"}),
        (Account(), {"api_key": "<SECRET>", "name": "n"}),
        (Silent(), "<Silent>"),
        (Login(), {"password": "<SECRET>", "name": "n"}),
        (Colour.RED, "red"),
        (KEY.encode(), "<SECRET>"),
        ({KEY}, ["<SECRET>"]),
        (uuid.UUID(int=10), "00000000-0000-0000-0000-00000000000a"),
        ([decimal.Decimal("1.10"), pathlib.PurePosixPath("/a")], ["1.10", "/a"]),
        ([float("nan"), float("inf"), 1e400, 2**70], ["nan", "inf", "inf", str(2**70)]),
        ({KEY: 1}, {"<SECRET>": 1}),
    ],
)
def test_a_field_of_any_kind_is_plain_and_redacted(value: object, shown: object) -> None:
    assert line(lambda: log.info("m", extra={"value": value}))["value"] == shown


def test_a_secret_is_found_as_a_key_in_the_loggers_name_and_over_two_arguments() -> None:
    assert line(lambda: log.info("m", extra={KEY: 1}))["<SECRET>"] == 1
    assert line(lambda: logging.getLogger(f"of.{KEY} ").info("m"))["logger"] == "of.<SECRET> "
    assert line(lambda: log.info("%s%s", KEY[:9], KEY[9:]))["message"] == "<SECRET>"


def test_an_extra_that_holds_itself_ends() -> None:
    loop: dict[str, object] = {}
    loop["loop"] = loop
    assert line(lambda: log.info("m", extra={"loop": loop}))["loop"] == {"loop": "<CYCLE>"}


def planted() -> ExceptionGroup[Exception]:
    hidden_local = f"local {KEY}"
    cause: Exception | None = None
    try:
        try:
            {}[KEY]
        except KeyError:
            raise ValueError(f"context {KEY}", {"args": KEY})  # noqa: B904  the context is meant
    except ValueError as error:
        cause = error
    member = OSError(5, f"member {KEY}")
    member.add_note(f"member's note {KEY}")
    group = ExceptionGroup(f"group {KEY}", [member, ExceptionGroup(KEY, [RuntimeError(KEY)])])
    group.__cause__ = cause
    group.add_note(f"note {KEY}")
    assert hidden_local
    return group


def test_an_exception_group_hides_secrets_in_every_place() -> None:
    def run() -> None:
        try:
            raise planted()
        except ExceptionGroup:
            log.exception("failed")

    error = line(run)["exception"]
    assert error["message"] == "group <SECRET> (2 sub-exceptions)"
    assert error["notes"] == ["note <SECRET>"]
    assert error["cause"]["message"].startswith("('context <SECRET>'")
    assert error["cause"]["context"]["type"] == "KeyError"
    assert error["members"][0]["notes"] == ["member's note <SECRET>"]
    assert error["members"][1]["members"][0]["message"] == "<SECRET>"
    assert "local " not in json.dumps(error)


def test_exceptions_that_raise_when_they_are_read_are_still_logged() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError(KEY)

    class Barred(Exception):
        @property
        def __notes__(self) -> list[str]:  # pyright: ignore[reportIncompatibleVariableOverride]
            raise RuntimeError(KEY)

    for kind in (Mute, Barred):
        error = kind("x")
        told = line(lambda error=error: log.error("failed", exc_info=error))
        assert told["message"] == "failed"
        assert told["exception"]["type"].endswith(kind.__name__)
    assert line(lambda: log.error("m", exc_info=Mute()))["exception"]["message"] == "<UNREADABLE>"


def test_a_record_from_elsewhere_may_hold_anything() -> None:
    odd: dict[str, Any] = {"name": 5, "levelno": "x", "levelname": KEY, "created": float("nan"), "msg": "m"}
    handler_input = logging.makeLogRecord({**odd, "stack_info": 7})
    told = line(lambda: logging.getLogger().handlers[-1].handle(handler_input))
    assert (told["logger"], told["level"], told["stack"]) == ("5", "<SECRET>", "7")
    assert told["timestamp"] > 0


def test_what_the_application_says_on_kansokus_own_logger_is_redacted() -> None:
    told = line(lambda: logging.getLogger("kansoku.calls").info("%s", json.dumps({"note": KEY})))
    assert told["message"] == '{"note": "<SECRET>"}'


def test_a_long_text_is_redacted_before_it_is_cut() -> None:
    told = line(lambda: log.info("%s%s", "x " * (MAX_TEXT // 2 - 3), KEY))
    assert told["message"].endswith("x <SECRE…")


@pytest.mark.parametrize("console", [False, True])
def test_a_line_that_is_too_long_loses_its_fields_and_stays_whole(console: bool) -> None:
    many = {f"k{n}": f"{KEY} " + "\x00" * 9_000 for n in range(40)}
    text = written(lambda: log.info("kept", extra=many), console=console)
    assert len(text) <= MAX_LINE + 1
    assert KEY not in text
    assert "kept" in text
    if not console:
        assert json.loads(text)["cut"] is True


def test_a_console_line_is_redacted_and_harmless_to_a_terminal() -> None:
    def run() -> None:
        logging.getLogger("a\nb").warning("to %s\x1b[31m", KEY, extra={"password": "hunter2", "n": 1})

    text = written(run, console=True)
    assert text.count("\n") == 1
    assert "\x1b" not in text
    assert "WARNING" in text
    assert "<SECRET>" in text
    assert "password=<SECRET> n=1" in text


def test_a_console_shows_the_stack_of_an_exception_indented() -> None:
    text = written(lambda: log.error("failed", exc_info=ValueError(f"of {KEY}")), console=True)
    assert text.splitlines()[1] == "  ValueError: of <SECRET>"


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-16", "shift_jis", "utf-8"])
def test_any_encoding_of_the_stream_gives_lines_that_parse(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "lines"
    with path.open("w", encoding=encoding) as stream:
        written(lambda: log.info("観測 é 🙂"), stream)
    assert json.loads(path.read_text(encoding=encoding))["message"] == "観測 é 🙂"


def test_a_closed_stream_gets_nothing_even_if_its_number_is_another_files(tmp_path: Path) -> None:
    stream = (tmp_path / "first").open("w", encoding="utf-8")
    lines = LineStream(stream)
    number = stream.fileno()
    stream.close()
    with (tmp_path / "second").open("w", encoding="utf-8") as other:
        assert other.fileno() == number
        assert lines.write(["x"]) == 1
    assert (tmp_path / "second").read_text() == ""


def test_a_structlog_chain_that_wraps_for_a_formatter_keeps_fields_and_exception() -> None:
    def run() -> None:
        structlog.configure(
            processors=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
        )
        try:
            int(KEY)
        except ValueError:
            structlog.get_logger("shop").error("paid", user=KEY, message="m", exc_info=True)
        finally:
            structlog.reset_defaults()

    told = line(run, chains=False)
    assert (told["message"], told["user"], told["extra_message"]) == ("paid", "<SECRET>", "m")
    assert told["exception"]["message"].endswith("'<SECRET>'")


def test_an_exception_that_nobody_caught_in_a_thread_is_logged_redacted() -> None:
    def fail() -> None:
        raise ValueError(KEY)

    def run() -> None:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()

    before = threading.excepthook
    told = line(run, uncaught=True)
    assert told["message"] == "uncaught exception in a thread"
    assert told["exception"]["message"] == "<SECRET>"
    assert threading.excepthook is before


class Blocked(io.StringIO):
    """Blocks in its first write until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.let_go = threading.Event(), threading.Event()

    def write(self, text: str) -> int:
        self.reached.set()
        assert self.let_go.wait(30)
        return super().write(text)


def test_losses_are_counted_in_the_metrics_and_memory_is_bounded_by_fields_too() -> None:
    stream = Blocked()
    with kansoku.testing.capture() as captured:
        setup = kansoku.configure_logging(stream=stream)
        log.error("first")
        assert stream.reached.wait(10)
        body = "x" * (TEXT_LIMIT // 8)
        for _ in range(40):
            log.info("m", extra={"body": {"deep": [body]}})
        stream.let_go.set()
        assert setup.flush(30)
        lost = setup.dropped[QUEUE_FULL]
        assert 30 <= lost < 40
        assert captured.metric(DROPPED.name, "logs", QUEUE_FULL) == lost
        setup.undo()


def test_undo_gives_parents_their_handlers_back_those_put_on_later_too() -> None:
    parent, child = logging.getLogger("served"), logging.getLogger("served.access")
    early, late = logging.NullHandler(), logging.NullHandler()
    parent.addHandler(early)
    setup = kansoku.configure_logging(stream=io.StringIO(), loggers=["served.access"])
    assert parent.handlers == []
    child.addHandler(late)
    child.propagate = False
    child.info("x")
    assert (child.handlers, child.propagate) == ([], True)
    setup.undo()
    assert (parent.handlers, child.handlers, child.propagate) == ([early], [late], False)
    assert child.filters == []
    parent.handlers, child.handlers, child.propagate = [], [], True


def test_undo_leaves_warnings_taken_that_were_taken_before() -> None:
    logging.captureWarnings(capture=True)
    taken = warnings.showwarning
    written(lambda: None)
    try:
        assert warnings.showwarning is taken
    finally:
        logging.captureWarnings(capture=False)


def ended(code: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    return [json.loads(each) for each in done.stdout.splitlines()]


def test_the_last_lines_are_written_although_dict_config_ended_all_handlers() -> None:
    code = """
import kansoku, logging, logging.config, sys
kansoku.configure_logging(stream=sys.stdout)
sys.modules.pop("multiprocessing.util", None)  # else its own last words flush too
logging.getLogger("old").info("before")
logging.config.dictConfig({"version": 1, "disable_existing_loggers": True})
logging.getLogger("old").info("disabled, as was asked for")
for n in range(9_000): logging.getLogger("new").info("%d", n)"""
    assert [each["message"] for each in ended(code)] == ["before", *map(str, range(9_000))]


def test_dict_config_with_a_root_replaces_and_undo_does_not_bring_back_what_was_there() -> None:
    root, before = logging.getLogger(), list(logging.getLogger().handlers)
    level = root.level
    setup = kansoku.configure_logging(stream=io.StringIO())
    chosen = logging.NullHandler()
    root.handlers = [chosen]
    setup.undo()
    assert root.handlers == [chosen]
    root.handlers = before
    root.setLevel(level)


def test_a_forked_process_of_multiprocessing_writes_its_lines() -> None:
    assert "fork" in multiprocessing.get_all_start_methods()
    code = """
import kansoku, logging, multiprocessing, sys
kansoku.configure_logging(stream=sys.stdout)
logging.info("parent")
def child():
    for n in range(300): logging.info("child %d", n)
process = multiprocessing.get_context("fork").Process(target=child)
process.start(); process.join()
assert process.exitcode == 0"""
    said = [each["message"] for each in ended(code)]
    assert sorted(said) == sorted(["parent", *(f"child {n}" for n in range(300))])


def test_a_snapshot_never_shows_what_repr_hides() -> None:
    assert "unsaid" not in json.dumps([snapshot(each) for each in (Card(), Account(), Silent())])
