"""`configure_logging`: whatever is logged comes out as one redacted JSON object a line."""

import fcntl
import io
import json
import logging
import logging.config
import os
import resource
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest
import structlog
import uvicorn.config

import kansoku
import kansoku.testing
from kansoku.catalog.log_keys import LOG_KEYS
from kansoku.emit.line_queue import QUEUE_FULL, QUEUE_LIMIT, RECURSION
from kansoku.emit.line_stream import LineStream
from kansoku.errors import SettingError
from kansoku.instrument.log_handler import LineHandler
from kansoku.instrument.logs import configure_logging
from kansoku.redact.redactor import FAILED, Redactor

log = logging.getLogger("app")


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    setup = configure_logging(stream=stream)
    yield stream
    setup.undo()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    handler = next(each for each in logging.getLogger().handlers if isinstance(each, LineHandler))
    handler.flush()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_message_fields_and_exception_chain_are_redacted(out: io.StringIO) -> None:
    try:
        try:
            int("of a@b.com")
        except ValueError as error:
            raise ExceptionGroup("sk-ant-abcdefghijkl", [KeyError("c@d.org")]) from error
    except ExceptionGroup:
        log.exception(
            "to %s", "e@f.net", extra={"password": "x", "n": 4111111111111111, "level": float("nan")}
        )
    (line,) = lines(out)
    assert line["message"] == "to <EMAIL>"
    assert (line["password"], line["n"], line["extra_level"]) == ("<SECRET>", "<CREDIT_CARD>", "nan")
    assert line["exception"]["cause"]["message"].endswith("'of <EMAIL>'")
    assert [each["type"] for each in line["exception"]["members"]] == ["KeyError"]
    assert not [each for each in ("a@b.com", "c@d.org", "sk-ant-") if each in out.getvalue()]


def test_breaks_cycles_and_what_cannot_be_read_stay_on_one_line(out: io.StringIO) -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    loop: list[object] = [b"\xff", {1, 2}]
    loop.append(loop)
    log.info("a\nb\u2028\u2029\x85\ud800", extra={"loop": loop, "broken": Broken()})
    assert [each["message"] for each in lines(out)] == ["a\nb\u2028\u2029\x85?"]
    assert lines(out)[0]["loop"][2] == "<CYCLE>"
    assert lines(out)[0]["broken"] == "<UNREADABLE>"


def test_arguments_that_do_not_fit_are_written_beside_the_message() -> None:
    out = io.StringIO()
    setup = configure_logging(stream=out)  # in the test: pytest's own handler raises
    log.info("%d", "no number")
    assert lines(out)[0]["message"] == "%d ['no number']"
    setup.undo()


def test_a_mutable_argument_is_written_as_it_was(out: io.StringIO) -> None:
    state = {"at": 1}
    log.info("state %s", state, extra={"state": state})
    state["at"] = 2
    assert lines(out)[0]["message"] == "state {'at': 1}"
    assert lines(out)[0]["state"] == {"at": 1}


def test_a_redactor_that_fails_and_logs_shows_nothing_and_does_not_loop() -> None:
    def fault(text: str) -> list[Any]:
        log.error("detector failed on %s", text)
        raise RuntimeError

    out = io.StringIO()
    setup = configure_logging(stream=out, redactor=Redactor(recognizers=[fault]))
    log.info("secret words")
    assert setup.flush()
    setup.undo()
    assert [json.loads(line)["message"] for line in out.getvalue().splitlines()] == [FAILED]
    assert setup.dropped[RECURSION] >= 1


def test_a_full_pipe_does_not_hold_up_the_thread_that_logs() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        setup = configure_logging(stream=stream)
        for _ in range(QUEUE_LIMIT * 2):
            log.info("x" * 500)
        assert setup.dropped[QUEUE_FULL] > 0
        assert setup.flush(0.05) is False
        os.close(reading)  # now its writes fail, and it goes on
        assert setup.flush(30)
        setup.undo()


@pytest.fixture
def interrupted() -> Iterator[None]:
    """A signal whose handler logs, as those of servers do."""
    before = signal.signal(signal.SIGUSR1, lambda number, _: log.error("signal %d", number))
    yield
    signal.signal(signal.SIGUSR1, before)


class Striking:
    """Is struck by the signal while it is written down."""

    def __str__(self) -> str:
        signal.raise_signal(signal.SIGUSR1)
        return "struck"


@pytest.mark.usefixtures("interrupted")
def test_what_a_signal_handler_logs_within_another_line_is_kept() -> None:
    out = io.StringIO()
    setup = configure_logging(stream=out)  # in the test: pytest's own handler would be struck as well
    log.info("%s", Striking())
    assert [line["message"] for line in lines(out)] == [f"signal {signal.SIGUSR1:d}", "struck"]
    setup.undo()


@pytest.mark.usefixtures("interrupted")
def test_a_signal_that_strikes_while_the_thread_is_woken_makes_nobody_wait(out: io.StringIO) -> None:
    class Struck(threading.Event):
        def set(self) -> None:
            held: Any = self
            with held._cond:  # as the event itself has it
                signal.raise_signal(signal.SIGUSR1)
            super().set()

    handler: Any = next(each for each in logging.getLogger().handlers if isinstance(each, LineHandler))
    log.info("begins")
    handler.queue._wake = Struck()
    log.error("outer")
    assert [line["message"] for line in lines(out)][:3] == ["begins", "outer", f"signal {signal.SIGUSR1:d}"]


def test_a_repr_that_logs_itself_ends() -> None:
    class Talking:
        def __str__(self) -> str:
            log.info("%s", self)
            return "said"

    out = io.StringIO()
    setup = configure_logging(stream=out)
    log.info("%s", Talking())
    assert [line["message"] for line in lines(out)] == ["said"] * 3
    assert setup.dropped == {RECURSION: 1}
    setup.undo()


@pytest.fixture
def high_file() -> Iterator[tuple[int, int]]:
    """A pipe that is not waited for, whose writing end has a number that `select` does not take."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(2_048, hard) if hard > 0 else 2_048, hard))
    reading, writing = os.pipe()
    high = fcntl.fcntl(writing, fcntl.F_DUPFD, 1_100)
    os.close(writing)
    os.set_blocking(high, False)
    yield reading, high
    os.close(reading)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("there_is_poll", [True, False])
def test_a_stream_behind_a_thousand_files_loses_nothing(
    high_file: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
    there_is_poll: bool,
) -> None:
    if not there_is_poll:
        monkeypatch.delattr(select, "poll")
    reading, writing = high_file
    read: list[bytes] = []
    ready = threading.Event()

    def drain() -> None:
        ready.wait()
        while piece := os.read(reading, 1_024):
            read.append(piece)

    reader = threading.Thread(target=drain)
    reader.start()
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        made = LineStream(stream)
        assert made.write(["a" * 999] * 60) == 0  # nearly all that the pipe holds
        ready.set()
        assert made.write(["b" * 999] * 1_000) == 0
    reader.join()
    assert len(b"".join(read)) == 1_060_000


def closed_stream() -> TextIO:
    with Path(os.devnull).open("w", encoding="utf-8") as stream:
        pass
    return stream


def stream_of_a_closed_file() -> TextIO:
    file = os.open(os.devnull, os.O_WRONLY)
    stream = os.fdopen(file, "w", encoding="utf-8", closefd=False)
    os.close(file)
    return stream


@pytest.mark.parametrize("make", [closed_stream, stream_of_a_closed_file, lambda: None])
def test_a_stream_that_is_closed_leaves_logging_as_it_was_and_is_said_once(
    out: io.StringIO, monkeypatch: pytest.MonkeyPatch, make: Callable[[], TextIO | None]
) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), list(root.filters))
    monkeypatch.setattr(sys, "stderr", make())
    setup = configure_logging("ERROR")
    assert (root.level, root.handlers, root.filters) == before
    log.info("goes on")
    (said, goes_on) = lines(out)
    assert "configure_logging: the stream is closed" in said["message"]
    assert goes_on["message"] == "goes on"
    assert (setup.dropped, setup.flush()) == ({}, True)
    setup.undo()
    assert list(root.handlers) == before[1]


def test_a_process_without_standard_streams_goes_on() -> None:
    code = "import kansoku, logging; kansoku.configure_logging(); logging.error('x'); raise SystemExit(7)"
    done = subprocess.run(["/bin/sh", "-c", '"$0" -c "$1" <&- >&- 2>&-', sys.executable, code], check=False)
    assert done.returncode == 7


def test_a_level_that_cannot_be_set_leaves_logging_as_it_was() -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    wrong: Any = None
    with pytest.raises(TypeError):
        configure_logging("ERROR", io.StringIO(), levels={"x": wrong})
    assert (root.level, root.handlers) == before


def test_the_task_and_the_lines_of_calls_are_on_the_same_stream(out: io.StringIO) -> None:
    with (
        kansoku.testing.capture(service="shop"),
        kansoku.task("answer", user_id="a@b.com"),
    ):
        log.info("inside")
    inside, task = lines(out)
    assert inside["trace_id"] == task["trace_id"]
    assert (inside["task"], inside["user_id"], inside["service"]) == ("answer", "<EMAIL>", "shop")
    assert (task["event"], task["logger"]) == ("task", "kansoku.calls")
    assert "message" not in task


def test_structlog_events_keep_their_keys(out: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request="r1"):
        structlog.get_logger("shop").warning("paid %s", 3, user="a@b.com", name="n")
    (line,) = lines(out)
    assert (line["message"], line["level"], line["logger"]) == ("paid 3", "WARNING", "shop")
    assert (line["request"], line["user"], line["name"]) == ("r1", "<EMAIL>", "n")


def test_uvicorn_configured_afterwards_still_writes_json(
    out: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.config.dictConfig(uvicorn.config.LOGGING_CONFIG)
    args = ("1.2.3.4:5", "GET", "/a?code=abc&page=2", "1.1", 200)
    logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', *args)
    logging.getLogger("uvicorn.error").info("started")
    access, started = lines(out)
    assert access["path"] == "/a?code=<REDACTED>&page=<REDACTED>"
    assert (access["client"], access["method"], access["status"]) == ("1.2.3.4:5", "GET", 200)
    assert "abc" not in out.getvalue()
    assert started["message"] == "started"
    assert capsys.readouterr() == ("", "")


def test_configuring_twice_writes_once_and_undo_restores() -> None:
    before = list(logging.getLogger().handlers)
    first, second = io.StringIO(), io.StringIO()
    configure_logging(stream=first)
    setup = configure_logging(stream=second)
    log.info("once")
    assert len(lines(second)) == 1
    setup.undo()
    assert first.getvalue() == ""
    assert logging.getLogger().handlers == before


def test_a_level_that_is_none_is_refused_before_anything_changes() -> None:
    before = list(logging.getLogger().handlers)
    with pytest.raises(SettingError, match="'LOUD' is no level"):
        configure_logging("LOUD")
    assert logging.getLogger().handlers == before


def run(code: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_was_logged_last_is_written_at_the_end_of_the_interpreter() -> None:
    code = """
import kansoku, logging, sys
kansoku.configure_logging(stream=sys.stdout, uncaught=True)
logging.info("last"); 1/0"""
    assert [each["message"] for each in run(code)] == ["last", "uncaught exception"]


def test_a_forked_child_writes_its_own_lines_and_not_its_parents() -> None:
    code = """
import kansoku, logging, os, sys
setup = kansoku.configure_logging(stream=sys.stdout)
logging.info("parent")
if os.fork() == 0:
    logging.info("child"); os._exit(0 if setup.flush(5) else 1)
assert os.wait()[1] == 0"""
    assert sorted(each["message"] for each in run(code)) == ["child", "parent"]


def test_every_key_is_named_once() -> None:
    names = [each.name for each in LOG_KEYS]
    assert len(names) == len({*names})
