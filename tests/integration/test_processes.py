"""Processes, threads, event loops and greenlets: each call arrives once, from the process that made it."""

import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from kansoku_demo.answers import Reply
from kansoku_demo.messages_server import MessagesServer
from tests.integration.receiver import Receiver, attributes_of, receiving
from tests.integration.scripts import ASKING, bin_of, environment, python

MODEL = "claude-sonnet-5-5"


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="x") as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def by_instance(receiver: Receiver) -> dict[str, list[Span]]:
    """The spans by the instance that sent them."""
    found: dict[str, list[Span]] = {}
    for resource, span in receiver.spans_by():
        found.setdefault(attributes_of(resource)["service.instance.id"], []).append(span)
    return found


def assert_whole(receiver: Receiver, calls: int) -> None:
    """Every call has one span and one log record, and no id comes twice."""
    spans = receiver.spans()
    assert len(spans) == calls
    assert len({span.span_id for span in spans}) == calls
    assert len({span.trace_id for span in spans}) == calls
    assert {record.span_id for record in receiver.records()} == {span.span_id for span in spans}
    assert len(receiver.records()) == calls


def test_forked_children_send_their_own_calls_over_their_own_connections(
    api: MessagesServer, receiver: Receiver
) -> None:
    python(
        """
        import os, sys, kansoku
        kansoku.init("forks", endpoint=sys.argv[2])
        ask(sys.argv[1])
        assert kansoku.flush()                      # the parent's connection is open now
        pids = []
        for _ in range(3):
            pid = os.fork()
            if pid == 0:
                for _ in range(4):
                    ask(sys.argv[1])
                    assert kansoku.flush()          # all processes send at the same time
                sys.exit(0)
            pids.append(pid)
        for _ in range(4):
            ask(sys.argv[1])
            assert kansoku.flush()
        assert [os.waitpid(pid, 0)[1] for pid in pids] == [0, 0, 0]
        """,
        api.base_url,
        receiver.url,
    )
    assert_whole(receiver, 17)
    assert sorted(map(len, by_instance(receiver).values())) == [4, 4, 4, 5]


def test_what_waited_in_the_parent_is_sent_by_the_parent_alone(
    api: MessagesServer, receiver: Receiver
) -> None:
    python(
        """
        import os, sys, kansoku
        kansoku.init("forks", endpoint=sys.argv[2])
        ask(sys.argv[1])                            # still queued
        pid = os.fork()
        if pid == 0:
            sys.exit(0 if kansoku.flush() else 1)
        assert os.waitpid(pid, 0)[1] == 0
        """,
        api.base_url,
        receiver.url,
        OTEL_BSP_SCHEDULE_DELAY="3600000",
    )
    assert_whole(receiver, 1)
    assert receiver.totals("claude_api_calls")[(MODEL, "ok")] == 1, "the parent's, which ended last"
    assert len(by_instance(receiver)) == 1


def test_a_fork_while_every_lock_is_held_does_not_deadlock(api: MessagesServer, receiver: Receiver) -> None:
    python(
        """
        import faulthandler, os, sys, kansoku
        from kansoku.emit import provider_metrics
        from kansoku.instrument.session import active
        kansoku.init("forks", endpoint=sys.argv[2])
        session = active()
        locks = [session.cells._lock, session.guard._lock, session.pipeline._working]
        locks.append(provider_metrics.provider_metrics.__self__._lock)
        for lock in locks:
            lock.acquire()
        pid = os.fork()
        if pid == 0:
            faulthandler.dump_traceback_later(120, exit=True)
            session.guard.count("test")
            ask(sys.argv[1])
            sys.exit(0 if kansoku.flush() else 1)
        for lock in locks:
            lock.release()
        assert os.waitpid(pid, 0)[1] == 0
        """,
        api.base_url,
        receiver.url,
    )
    assert_whole(receiver, 1)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_lose_nothing_when_they_end(
    api: MessagesServer, receiver: Receiver, tmp_path: Path, method: str
) -> None:
    module = tmp_path / "app.py"
    module.write_text(
        f"""
import multiprocessing, sys
import kansoku
from kansoku.emit import pipeline
{ASKING}
pipeline.EXIT_S = pipeline.EXIT_MOST_S = 60  # who sends is asked here, not how busy the machine is

def work(api, endpoint):
    if {method!r} != "fork":
        kansoku.init("children", endpoint=endpoint)
    ask(api)

if __name__ == "__main__":
    kansoku.init("children", endpoint=sys.argv[2])
    context = multiprocessing.get_context({method!r})
    processes = [context.Process(target=work, args=sys.argv[1:3]) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
"""
    )
    python(
        "import runpy, sys; runpy.run_path(sys.argv.pop(1), run_name='__main__')"
        if method == "fork"
        else "import subprocess, sys; subprocess.run([sys.executable, *sys.argv[1:]], check=True)",
        str(module),
        api.base_url,
        receiver.url,
        OTEL_BSP_SCHEDULE_DELAY="3600000",
    )
    assert_whole(receiver, 3)
    assert sorted(map(len, by_instance(receiver).values())) == [1, 1, 1]


def test_counts_of_a_child_that_ends_at_once_are_on_the_parents_page(api: MessagesServer) -> None:
    done = python(
        """
        import multiprocessing, sys, urllib.request, kansoku
        port = int(sys.argv[2])
        kansoku.init("children", endpoint="http://127.0.0.1:9", prometheus_port=port)
        ask(sys.argv[1])                            # what a child imports, it has
        def work():
            for _ in range(20):
                ask(sys.argv[1])

        for _ in range(3):
            child = multiprocessing.get_context("fork").Process(target=work)
            child.start()
            child.join()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as page:
            print(page.read().decode())
        kansoku.shutdown(0.1)
        """,
        api.base_url,
        str(free_port()),
        OTEL_TRACES_EXPORTER="none",  # nothing holds its end up until the counts have been published anyway
        OTEL_METRICS_EXPORTER="none",
        OTEL_LOGS_EXPORTER="none",
    )
    assert f'claude_api_calls_total{{model="{MODEL}",status="ok"}} 61.0' in done.stdout


IMPORTING = """
import os, sys, threading

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[3] and threading.current_thread().name == sys.argv[4]:
            importing.set()
            forking.wait(30)

importing, forking = threading.Event(), threading.Event()
sys.meta_path.insert(0, Finder())
"""
"""Has a thread's import of a module begin before a fork, and end when the fork is due."""


@pytest.mark.parametrize(
    ("module", "thread"), [("genai_prices", "kansoku-worker"), ("requests", "kansoku-sender")]
)
def test_a_fork_in_the_middle_of_an_import_leaves_the_child_whole(
    api: MessagesServer, receiver: Receiver, module: str, thread: str
) -> None:
    python(
        IMPORTING
        + textwrap.dedent(
            """
            import kansoku
            kansoku.init("forks", endpoint=sys.argv[2])
            os.register_at_fork(before=forking.set)     # the last that is registered is the first to run
            ask(sys.argv[1])
            assert importing.wait(30)
            pid = os.fork()
            if pid == 0:
                ask(sys.argv[1])
                sys.exit(0 if kansoku.flush(60) else 1)
            assert os.waitpid(pid, 0)[1] == 0
            """
        ),
        api.base_url,
        receiver.url,
        module,
        thread,
    )
    assert_whole(receiver, 2)
    assert sorted(map(len, by_instance(receiver).values())) == [1, 1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_gunicorn_workers_of_a_preloaded_application_each_send_their_own(
    api: MessagesServer, receiver: Receiver, tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(
        f"""
import os, kansoku
{ASKING}
kansoku.init("shop", endpoint={receiver.url!r})
ask({api.base_url!r})
assert kansoku.flush()

def app(environ, start_response):
    ask({api.base_url!r})
    start_response("200 OK", [("content-type", "text/plain")])
    return [str(os.getpid()).encode()]
"""
    )
    port = free_port()
    process = subprocess.Popen(
        [bin_of("gunicorn"), "--preload", "--workers", "4", "--bind", f"127.0.0.1:{port}", "shop:app"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        pids = answers(port, 40)
    finally:
        process.terminate()
        said = process.communicate(timeout=60)[0]
    assert process.returncode == 0, said
    assert len(pids) >= 2, "several workers answered"
    assert_whole(receiver, 41)
    assert sorted(map(len, by_instance(receiver).values())) == sorted([1, *pids.values()])


def answers(port: int, many: int) -> Counter[str]:
    """Asks so many times, as soon as somebody listens; which process answered how often."""
    deadline = time.monotonic() + 120
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                break
        except OSError:
            assert time.monotonic() < deadline, "nobody listens"
            time.sleep(0.1)  # between two tries
    found: Counter[str] = Counter()
    for _ in range(many):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            found[answer.read().decode()] += 1
    return found


def test_gevent_greenlets_keep_their_own_tasks(api: MessagesServer, receiver: Receiver) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"""
from gevent import monkey
monkey.patch_all()
import sys, gevent, kansoku
{ASKING}
kansoku.init("greenlets", endpoint=sys.argv[2])

def work(user):
    with kansoku.task("answer", user_id=user):
        gevent.sleep(0)
        ask(sys.argv[1])

greenlets = [gevent.spawn(work, f"u-{{number}}") for number in range(12)]
gevent.joinall(greenlets, raise_error=True)
assert kansoku.flush(), "not sent"
assert kansoku.shutdown()
""",
            api.base_url,
            receiver.url,
        ],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    spans = receiver.spans()
    tasks = {span.span_id: attributes_of(span)["user.id"] for span in spans if span.name == "task answer"}
    calls = [span for span in spans if span.name == f"chat {MODEL}"]
    assert sorted(tasks.values()) == sorted(f"u-{number}" for number in range(12))
    assert len(calls) == 12
    for call in calls:
        assert tasks[call.parent_span_id] == attributes_of(call)["user.id"]


def test_gevent_greenlets_that_are_killed_in_their_streams_are_cancelled(
    api: MessagesServer, receiver: Receiver
) -> None:
    api.script(*(Reply(first_token_s=600) for _ in range(2)), Reply())
    script = f"""
from gevent import monkey
monkey.patch_all()
import sys, gevent, kansoku
{ASKING}
from gevent.event import Event
kansoku.init("greenlets", endpoint=sys.argv[2])
client = anthropic.Anthropic(base_url=sys.argv[1], api_key="local")

def read(begun):
    for _ in client.messages.create(**ASK, stream=True):
        begun.set()

for kind in (gevent.GreenletExit, gevent.Timeout):
    begun = Event()
    reading = gevent.spawn(read, begun)
    assert begun.wait(60)
    reading.kill(kind)
read(Event())
assert kansoku.flush(), "not sent"
assert kansoku.shutdown()
"""
    done = subprocess.run(
        [sys.executable, "-c", script, api.base_url, receiver.url],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [attributes_of(span) for span in receiver.spans() if span.name == f"chat {MODEL}"]
    assert [(each.get("kansoku.outcome"), each.get("error.type")) for each in found] == [
        ("cancelled", "GreenletExit"),
        ("cancelled", "Timeout"),
        ("ok", None),
    ]


def test_threads_and_event_loops_in_one_process_stay_apart(api: MessagesServer, receiver: Receiver) -> None:
    python(
        """
        import asyncio, sys, threading, kansoku
        kansoku.init("threads", endpoint=sys.argv[2])

        def thread(user):
            with kansoku.task("answer", user_id=user):
                ask(sys.argv[1])

        async def one(client, user):
            async with kansoku.task("answer", user_id=user):
                await client.messages.create(**ASK)

        async def loop(name):
            async with anthropic.AsyncAnthropic(base_url=sys.argv[1], api_key="local") as client:
                await asyncio.gather(*(one(client, f"{name}-{n}") for n in range(5)))

        threads = [threading.Thread(target=thread, args=(f"t-{n}",)) for n in range(5)]
        threads += [threading.Thread(target=lambda n=n: asyncio.run(loop(f"l{n}"))) for n in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert kansoku.flush()
        """,
        api.base_url,
        receiver.url,
    )
    spans = receiver.spans()
    tasks = {span.span_id: attributes_of(span)["user.id"] for span in spans if span.name == "task answer"}
    calls = [span for span in spans if span.name == f"chat {MODEL}"]
    assert (len(tasks), len(calls), len(set(tasks.values()))) == (20, 20, 20)
    for call in calls:
        assert tasks[call.parent_span_id] == attributes_of(call)["user.id"]
