"""The SDK's own span, as it leaves: whatever the SDK wrote on it is redacted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode, Tracer

from kansoku.emit.cleaning import Cleaner
from kansoku.emit.native import Lent, NativeSpan, NativeTracer
from kansoku.redact.redactor import FAILED, Redactor

PERSON = "taro@example.com"
_NO_NUMBER = "invalid literal for int() with base 10: '<EMAIL>'"
CONTENT = f'[{{"role":"user","parts":["I am {PERSON}, and this goes on for longer than a short text does"]}}]'


@dataclass
class Application:
    """A provider whose processors remember what they saw begin and end."""

    provider: TracerProvider = field(default_factory=TracerProvider)
    kept: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    begun: list[ReadableSpan] = field(default_factory=list[ReadableSpan])
    waiting: list[NativeSpan] = field(default_factory=list[NativeSpan])

    def tracer(self, *, owned: bool) -> Tracer:
        def seen(span: NativeSpan) -> bool:
            if owned:
                self.waiting.append(span)
            return owned

        return NativeTracer(self.provider.get_tracer("sdk"), Lent(seen, Cleaner(Redactor())))

    def release(self) -> None:
        """The facts of the span's call have come."""
        self.waiting.pop().release()

    @property
    def ended(self) -> str:
        """Every ended span as JSON."""
        return "".join(span.to_json() for span in self.kept.get_finished_spans())


@pytest.fixture
def application() -> Iterator[Application]:
    one = Application()

    class Watching(SpanProcessor):
        def on_start(self, span: ReadableSpan, parent_context: object = None) -> None:
            del parent_context
            one.begun.append(span)

    one.provider.add_span_processor(Watching())
    one.provider.add_span_processor(SimpleSpanProcessor(one.kept))
    yield one
    one.provider.shutdown()


def write(tracer: Tracer, before_its_end: Callable[[], None] = lambda: None) -> None:
    """Everything that can be written on a span, with a person in each of its places."""
    span = tracer.start_span(
        f"execute_tool {PERSON}",
        attributes={"gen_ai.request.model": PERSON, "gen_ai.input.messages": CONTENT, "n": 3},
    )
    span.set_attribute("gen_ai.output.messages", CONTENT)
    span.set_attributes({"beta": ["a", PERSON], "db.password": "hunter2!"})
    span.add_event("said", {"text": f"by {PERSON}"})
    span.add_link(span.get_span_context(), {"of": PERSON})
    try:
        int(PERSON)
    except ValueError as error:
        span.record_exception(error)
    before_its_end()
    span.set_status(Status(StatusCode.ERROR, f"no {PERSON}"))
    span.end(end_time=7)


@pytest.mark.parametrize("way", ["facts first", "facts last", "facts lost", "of no call"])
def test_nothing_that_the_sdk_wrote_comes_out_as_it_was(application: Application, way: str) -> None:
    tracer = application.tracer(owned=way != "of no call")
    write(tracer, application.release if way == "facts first" else lambda: None)
    if way == "facts last":
        application.release()
    application.waiting.clear()
    (span,) = application.kept.get_finished_spans()
    assert span.end_time == 7
    assert span.name == "execute_tool <EMAIL>"
    told = dict(span.attributes or {})
    assert (
        told["gen_ai.input.messages"] == told["gen_ai.output.messages"] == CONTENT.replace(PERSON, "<EMAIL>")
    )
    assert (told["gen_ai.request.model"], told["n"], told["beta"]) == ("<EMAIL>", 3, ("a", "<EMAIL>"))
    assert told["db.password"] == "<SECRET>"
    assert [each.name for each in span.events] == ["said", "exception"]
    exception = dict(span.events[1].attributes or {})
    assert (exception["exception.type"], exception["exception.message"]) == ("ValueError", _NO_NUMBER)
    assert "int(PERSON)" in str(exception["exception.stacktrace"])
    assert dict(span.links[0].attributes or {}) == {"of": "<EMAIL>"}
    assert span.status.description == "no <EMAIL>"
    for secret in (PERSON, "hunter2!"):
        assert secret not in application.ended


def test_processors_see_numbers_and_short_texts_when_it_starts_and_no_person(
    application: Application,
) -> None:
    application.tracer(owned=True).start_span(
        PERSON, attributes={"model": PERSON, "n": 3, "content": CONTENT, "db.password": "hunter2!"}
    )
    (begun,) = application.begun
    assert begun.name == "<EMAIL>"
    assert dict(begun.attributes or {}) == {"model": "<EMAIL>", "n": 3, "db.password": "<SECRET>"}


def test_what_an_exception_says_is_kept_even_if_it_cannot_say_anything(application: Application) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError(PERSON)

    span = application.tracer(owned=False).start_span("call")
    span.record_exception(Mute())
    span.end()
    assert "Mute" in application.ended
    assert PERSON not in application.ended


def test_what_cannot_be_redacted_is_masked(application: Application) -> None:
    def broken(_text: str) -> list[tuple[int, int, str]]:
        raise RuntimeError(PERSON)

    lent = Lent(lambda _: False, Cleaner(Redactor(recognizers=[broken])))
    write(NativeTracer(application.provider.get_tracer("sdk"), lent))
    assert FAILED in application.ended
    for secret in (PERSON, "hunter2!"):
        assert secret not in application.ended


def test_what_is_written_after_the_end_does_not_come_out(application: Application) -> None:
    span = application.tracer(owned=True).start_span("call")
    span.end()
    span.set_attribute("late", PERSON)
    span.update_name(PERSON)
    application.release()
    assert "late" not in application.ended
    assert PERSON not in application.ended
