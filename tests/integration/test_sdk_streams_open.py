"""Streams that are open where a session or a process ends: each is told once, with what came of it."""

import threading
from collections.abc import Callable, Iterator

import pytest

import kansoku
from kansoku.catalog.instruments import ACTIVE_STREAMS
from kansoku.instrument.session import active
from kansoku_demo.answers import Pause, Reply
from kansoku_demo.messages_server import MessagesServer
from tests.integration.receiver import Receiver, attributes_of, receiving
from tests.integration.scripts import python
from tests.integration.sdk import ASK, MODEL, Sdk, client_of, close_clients, needs_spans


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="o") as server:
        yield server
        close_clients()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
        kansoku.shutdown()


def told(receiver: Receiver) -> list[tuple[str, str, int | None, int | None]]:
    """Service, outcome, input and output tokens of each call, which has one span and one log record."""
    found = [
        (attributes_of(resource)["service.name"], attributes_of(span))
        for resource, span in receiver.spans_by()
    ]
    assert len(receiver.records()) == len(found) == len({span.span_id for span in receiver.spans()})
    return [
        (
            service,
            span["kansoku.outcome"],
            span.get("gen_ai.usage.input_tokens"),
            span.get("gen_ai.usage.output_tokens"),
        )
        for service, span in found
    ]


LEFT = ("open", "aborted", 12, None)

EVENTS = """
stream = anthropic.Anthropic(base_url=sys.argv[1], api_key="local").messages.create(**ASK, stream=True)
next(stream)
"""
IN_A_BLOCK = """
manager = anthropic.Anthropic(base_url=sys.argv[1], api_key="local").messages.stream(**ASK)
next(iter(manager.__enter__()))
"""
RAW_BYTES = """
manager = anthropic.Anthropic(base_url=sys.argv[1], api_key="local").messages.with_streaming_response
raw = manager.create(**ASK, stream=True).__enter__()
chunks = raw.iter_bytes()
next(chunks)
"""
IN_A_THREAD = """
import threading
is_read = threading.Event()
def read():
    for _ in anthropic.Anthropic(base_url=sys.argv[1], api_key="local").messages.create(**ASK, stream=True):
        is_read.set()
        threading.Event().wait()
threading.Thread(target=read, daemon=True).start()
is_read.wait()
"""
ASYNCHRONOUS = """
import asyncio
async def main():
    global stream
    client = anthropic.AsyncAnthropic(base_url=sys.argv[1], api_key="local")
    stream = await client.messages.create(**ASK, stream=True)
    await anext(stream)
loop = asyncio.new_event_loop()
loop.run_until_complete(main())
"""


@pytest.mark.parametrize("script", [EVENTS, IN_A_BLOCK, RAW_BYTES, IN_A_THREAD, ASYNCHRONOUS])
def test_a_stream_that_is_open_when_the_process_ends_is_aborted(
    api: MessagesServer, receiver: Receiver, script: str
) -> None:
    start = 'import sys, kansoku\nkansoku.init("open", endpoint=sys.argv[2])\n'
    python(start + script, api.base_url, receiver.url)
    assert told(receiver) == [LEFT]
    assert receiver.totals("claude_api_calls")[(MODEL, "aborted")] == 1


def test_a_stream_that_is_open_when_recording_stops_is_aborted_and_told_no_more(
    api: MessagesServer, receiver: Receiver
) -> None:
    kansoku.init("open", endpoint=receiver.url)
    stream = client_of(api).messages.create(**ASK, stream=True)
    next(stream)
    assert kansoku.shutdown()
    kansoku.init("later", endpoint=receiver.url)
    assert len(list(stream)) > 1
    kansoku.shutdown()
    assert told(receiver) == [LEFT]


def open_streams() -> float:
    """How many streams the session in force says are read now."""
    session = active()
    assert session is not None
    return session.cells.value(ACTIVE_STREAMS)


def read_out(stream: Sdk) -> None:
    list(stream)


def close(stream: Sdk) -> None:
    stream.close()


def leave_open(stream: Sdk) -> None:
    del stream


@pytest.mark.parametrize(
    ("end", "ending"),
    [
        (read_out, ("c", "ok", 12, 7)),
        (close, ("c", "aborted", 12, None)),
        (leave_open, ("c", "aborted", 12, None)),
    ],
)
def test_a_stream_that_is_open_over_other_sessions_is_told_by_the_one_it_ends_in(
    api: MessagesServer,
    receiver: Receiver,
    end: Callable[[Sdk], None],
    ending: tuple[str, str, int, int | None],
) -> None:
    kansoku.init("a", endpoint=receiver.url)
    stream = client_of(api).messages.create(**ASK, stream=True)
    next(stream)
    for service in "bc":
        kansoku.init(service, endpoint=receiver.url)
        assert open_streams() == 1
    end(stream)
    assert open_streams() == (end is leave_open)
    kansoku.shutdown()
    assert told(receiver) == [ending]


def test_a_call_that_is_under_way_when_another_session_begins_is_told_by_that(
    api: MessagesServer, receiver: Receiver
) -> None:
    pause = Pause()
    api.script(Reply(pause=pause))
    kansoku.init("a", endpoint=receiver.url)
    asking = threading.Thread(target=client_of(api).messages.create, kwargs=ASK)
    with kansoku.task("work"):
        asking.start()
        pause.wait_until_reached()
        kansoku.init("b", endpoint=receiver.url)
        pause.release()
        asking.join()
    kansoku.shutdown()
    names = {(attributes_of(resource)["service.name"], span.name) for resource, span in receiver.spans_by()}
    assert names == {("b", f"chat {MODEL}"), ("b", "task work")}


def test_a_session_that_keeps_no_content_keeps_none_of_a_stream_that_began_before(
    api: MessagesServer, receiver: Receiver
) -> None:
    kansoku.init("a", endpoint=receiver.url, content=True)
    client = client_of(api)
    kept, unkept = (client.messages.create(**ASK, stream=True) for _ in range(2))
    list(kept)
    kansoku.init("b", endpoint=receiver.url)
    list(unkept)
    kansoku.shutdown()
    said = [attributes_of(span).get("gen_ai.output.messages") for span in receiver.spans()]
    assert [each is not None for each in said] == [True, False]


@needs_spans
@pytest.mark.parametrize("spans", ["native", "kansoku"])
def test_the_sdks_own_span_of_a_stream_has_what_another_session_knows_of_it(
    api: MessagesServer, spans: str
) -> None:
    done = python(
        """
        import sys, kansoku
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        provider, kept = TracerProvider(), InMemorySpanExporter()
        provider.add_span_processor(SimpleSpanProcessor(kept))
        trace.set_tracer_provider(provider)
        kansoku.init("a", spans="native")
        client = anthropic.Anthropic(base_url=sys.argv[1], api_key="local")
        stream = client.messages.create(**ASK, stream=True)
        next(stream)
        kansoku.init("b", spans=sys.argv[2])
        list(stream)
        kansoku.shutdown()
        for span in kept.get_finished_spans():
            print(span.instrumentation_scope.name, span.attributes["kansoku.outcome"])
        """,
        api.base_url,
        spans,
    )
    assert done.stdout == "com.anthropic.sdk.python ok\n"


def test_a_forked_child_tells_of_its_own_streams_alone(api: MessagesServer, receiver: Receiver) -> None:
    python(
        """
        import os, sys, kansoku
        kansoku.init("before", endpoint=sys.argv[2])
        client = anthropic.Anthropic(base_url=sys.argv[1], api_key="local")
        parents = client.messages.create(**ASK, stream=True)
        next(parents)
        kansoku.init("open", endpoint=sys.argv[2])
        pid = os.fork()
        if pid == 0:
            own = anthropic.Anthropic(base_url=sys.argv[1], api_key="local")
            mine = own.messages.create(**ASK, stream=True)
            next(mine)
            sys.exit(0 if kansoku.shutdown(60) else 1)
        assert os.waitpid(pid, 0)[1] == 0
        list(parents)
        assert kansoku.shutdown(60)
        """,
        api.base_url,
        receiver.url,
    )
    assert sorted(told(receiver), key=str) == [LEFT, ("open", "ok", 12, 7)]


def test_a_child_of_multiprocessing_tells_of_a_stream_that_is_open_when_it_ends(
    api: MessagesServer, receiver: Receiver
) -> None:
    python(
        """
        import multiprocessing, sys, kansoku
        kept = []
        def work():
            client = anthropic.Anthropic(base_url=sys.argv[1], api_key="local")
            kept.append(client.messages.create(**ASK, stream=True))
            next(kept[0])
        kansoku.init("open", endpoint=sys.argv[2])
        process = multiprocessing.get_context("fork").Process(target=work)
        process.start()
        process.join()
        assert process.exitcode == 0
        """,
        api.base_url,
        receiver.url,
    )
    assert told(receiver) == [LEFT]
