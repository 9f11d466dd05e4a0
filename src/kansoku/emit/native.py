"""The SDK's own span of a call: nothing is written on it but what is redacted, and what Kansoku adds.

The SDK ends its span before the call's cost is known, and writes on it whatever it sees, contents of
messages too where it was told so. It gets a span that stands in for the real one and keeps what is
written; once the SDK has ended it and the worker has added what Kansoku knows, everything goes onto the
real span, redacted, which ends at the time at which the SDK ended it.
"""

import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from weakref import WeakValueDictionary

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.semconv.attributes import exception_attributes as names
from opentelemetry.trace import Span, SpanContext, SpanKind, Status, StatusCode, Tracer, use_span
from opentelemetry.util.types import Attributes, AttributeValue

from kansoku.emit.attributes import attributes_of
from kansoku.emit.content import Content
from kansoku.emit.snapshot import text_of
from kansoku.emit.span import conventional, said_in
from kansoku.record.facts import Call, Place

_SHORT = 64
"""Characters of a text that is redacted when the span starts; longer ones wait until it ends."""


class Clean(Protocol):
    """What redacts."""

    def text(self, text: str) -> str:
        """One text."""
        ...

    def attributes(self, given: Mapping[str, object]) -> dict[str, object]:
        """Attributes, by their names too."""
        ...


@dataclass(frozen=True, slots=True)
class _Event:
    """What the SDK told of a moment, or, with a context, a link."""

    name: str
    attributes: Attributes
    timestamp: int
    linked: SpanContext | None = None


@dataclass(slots=True)
class _Written:
    """What the SDK wrote, as it wrote it."""

    attributes: dict[str, object] = field(default_factory=dict[str, object])
    events: list[_Event] = field(default_factory=list[_Event])
    statuses: list[Status] = field(default_factory=list[Status])
    name: str | None = None


class NativeSpan(Span):
    """Stands in for the SDK's span. The later of the SDK's end and Kansoku's facts ends the real one.

    Args:
        real: The SDK's span; it has none of `attributes` that were not redacted.
        clean: Redacts.
        attributes: What the SDK started it with.
        later: Runs what takes time elsewhere than on the SDK's thread.
    """

    def __init__(
        self, real: Span, clean: Clean, attributes: Attributes = None, later: "Later | None" = None
    ) -> None:
        self._real = real
        self._clean = clean
        self._later = later or _now
        self._written = _Written(dict(attributes or {}))
        self._found: dict[str, object] = {}
        self._end_ns: int | None = None
        self._is_ended = False
        self._is_enriched = False
        self._once = threading.Lock()

    @property
    def place(self) -> Place:
        """Where the span is."""
        context = self._real.get_span_context()
        parent = self._real.parent if isinstance(self._real, ReadableSpan) else None
        return Place(context.trace_id, context.span_id, 0 if parent is None else parent.span_id)

    def enrich(self, call: Call, content: Content | None = None) -> None:
        """Adds what the SDK did not say; the call and what was said in it are redacted already."""
        self._found = {**attributes_of(call), **conventional(call), **said_in(content)}
        self.release()

    def release(self) -> None:
        """Kansoku has nothing more to add."""
        self._is_enriched = True
        if self._is_ended:
            self._finish()

    def end(self, end_time: int | None = None) -> None:
        """The SDK ends its span."""
        if not self._is_ended:
            self._end_ns = end_time if end_time is not None else time.time_ns()
            self._is_ended = True
            if self._is_enriched:
                self._later(self._finish)

    def __del__(self) -> None:
        if self._is_ended:  # the call's facts, or what was to be done later, were dropped on their way
            self._finish()

    def _finish(self) -> None:
        """Puts everything on the real span and ends it; once, whichever thread comes first."""
        if self._once.acquire(blocking=False):
            try:
                if self._real.is_recording():
                    self._put()
            finally:
                self._real.end(self._end_ns)

    def _put(self) -> None:
        """What the SDK wrote, redacted, and what Kansoku knows beside it."""
        written, clean = self._written, self._clean
        if written.name is not None:
            self._real.update_name(clean.text(written.name))
        told = clean.attributes(written.attributes)
        more = {name: value for name, value in self._found.items() if name not in told}
        self._real.set_attributes(cast("Mapping[str, AttributeValue]", {**more, **told}))
        for event in written.events:
            self._put_event(event)
        for status in written.statuses:
            said = status.description
            self._real.set_status(Status(status.status_code, clean.text(said) if said else None))

    def _put_event(self, event: _Event) -> None:
        """An event, or a link."""
        told = cast("Attributes", self._clean.attributes(event.attributes or {}))
        if event.linked is not None:
            self._real.add_link(event.linked, told)
        else:
            self._real.add_event(self._clean.text(event.name), told, event.timestamp)

    def is_recording(self) -> bool:
        """Whether the SDK may still write to it."""
        return not self._is_ended and self._real.is_recording()

    def get_span_context(self) -> SpanContext:
        """The real span's."""
        return self._real.get_span_context()

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        """Kept for the real span."""
        self.set_attributes({key: value})

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Kept for the real span."""
        if self.is_recording():
            self._written.attributes.update(attributes)

    def add_event(self, name: str, attributes: Attributes = None, timestamp: int | None = None) -> None:
        """Kept for the real span."""
        if self.is_recording():
            at = time.time_ns() if timestamp is None else timestamp
            self._written.events.append(_Event(name, attributes, at))

    def add_link(self, context: SpanContext, attributes: Attributes = None) -> None:
        """Kept for the real span."""
        if self.is_recording():
            self._written.events.append(_Event("", attributes, 0, context))

    def update_name(self, name: str) -> None:
        """Kept for the real span."""
        if self.is_recording():
            self._written.name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Kept for the real span."""
        if self.is_recording():
            given = status if isinstance(status, Status) else Status(status, description)
            self._written.statuses.append(given)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,  # noqa: FBT001, FBT002  the signature is OpenTelemetry's
    ) -> None:
        """An event for the real span, of what the exception is now."""
        if self.is_recording():
            told = {**_exception(exception), names.EXCEPTION_ESCAPED: str(escaped), **(attributes or {})}
            self.add_event("exception", told, timestamp)


def _exception(error: BaseException) -> dict[str, AttributeValue]:
    """The exception by the conventions' names. Never raises, whatever the exception is made of."""
    kind = type(error)
    told: dict[str, AttributeValue] = {
        names.EXCEPTION_TYPE: f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins."),
        names.EXCEPTION_MESSAGE: text_of(error),
    }
    try:
        told[names.EXCEPTION_STACKTRACE] = "".join(traceback.format_exception(error))
    except Exception:
        return told
    return told


Later = Callable[[Callable[[], None]], None]
"""Runs a function, now or on another thread."""


def _now(run: Callable[[], None]) -> None:
    """Runs it now."""
    run()


@dataclass(frozen=True, slots=True)
class Lent:
    """To whom the SDK's spans are lent.

    Attributes:
        seen: Told the stand-in of each span; says whether the call that is under way takes it.
        clean: Redacts.
        later: Runs what takes time.
    """

    seen: Callable[[NativeSpan], bool]
    clean: Clean
    later: Later = _now


class NativeTracer(Tracer):
    """The SDK's tracer, whose spans are stand-ins.

    A span that no call takes, a tool's for example, is redacted as it ends and gets nothing else.
    """

    def __init__(self, real: Tracer, lent: Lent) -> None:
        self._real = real
        self.lent = lent

    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        *args: Any,  # noqa: ANN401  handed on as they are
        **kwargs: Any,  # noqa: ANN401
    ) -> Span:
        """Starts a span. Samplers and processors see its numbers and short texts, redacted."""
        given = attributes or {}
        lent = self.lent
        early = cast("Attributes", lent.clean.attributes({n: v for n, v in given.items() if _is_short(v)}))
        real = self._real.start_span(lent.clean.text(name), context, kind, early, *args, **kwargs)
        if not real.get_span_context().is_valid:
            return real
        stand_in = NativeSpan(real, lent.clean, given, lent.later)
        if not lent.seen(stand_in):
            stand_in.release()
        return stand_in

    def start_as_current_span(self, name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Starts a span and makes it the current one inside the block."""
        on_exception = {
            each: kwargs.pop(each)
            for each in ("record_exception", "set_status_on_exception")
            if each in kwargs
        }
        end_on_exit = kwargs.pop("end_on_exit", True)
        return use_span(self.start_span(name, *args, **kwargs), end_on_exit=end_on_exit, **on_exception)


def _is_short(value: object) -> bool:
    """Whether redacting it costs the calling thread next to nothing."""
    return len(value) <= _SHORT if isinstance(value, str) else isinstance(value, bool | int | float)


class NativeSpans:
    """The SDK's spans that wait for their call's facts, by span id; their calls hold them.

    `clean` redacts what the SDK wrote.
    """

    def __init__(self, clean: Clean) -> None:
        self.clean = clean
        self.waiting: WeakValueDictionary[int, NativeSpan] = WeakValueDictionary()

    def inherit(self, before: "NativeSpans") -> None:
        """Has the spans of calls that began before wait here, and those that still begin there."""
        self.waiting = before.waiting

    def add(self, span: NativeSpan) -> None:
        """A call has this span."""
        self.waiting[span.place.span_id] = span

    def take(self, call: Call, content: Content | None = None) -> bool:
        """Puts the call and its content on its span, if the SDK made one; then it needs none of Kansoku's."""
        span = self.waiting.pop(call.place.span_id, None)
        if span is None:
            return False
        span.enrich(call, content)
        return True
