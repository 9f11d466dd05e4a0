"""The SDK's own span of a call, kept open until Kansoku's attributes are on it.

The SDK ends its span before the call's cost is known. It gets a span that stands in for the real one:
its end is noted, and the real span ends, at that same time, once the worker has added what Kansoku knows.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakValueDictionary

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Span, SpanContext, Status, StatusCode, Tracer
from opentelemetry.util.types import Attributes, AttributeValue

from kansoku.emit.attributes import attributes_of
from kansoku.emit.span import conventional
from kansoku.record.facts import Call, Place

Clean = Callable[[str], str]


class NativeSpan(Span):
    """Stands in for the SDK's span. The later of the SDK's end and Kansoku's facts ends the real one."""

    def __init__(self, real: Span) -> None:
        self._real = real
        self.clean: Clean | None = None
        self._end_ns: int | None = None
        self._is_ended = False
        self._is_enriched = False

    @property
    def place(self) -> Place:
        """Where the span is."""
        context = self._real.get_span_context()
        parent = self._real.parent if isinstance(self._real, ReadableSpan) else None
        return Place(context.trace_id, context.span_id, 0 if parent is None else parent.span_id)

    def enrich(self, call: Call) -> None:
        """Adds what the SDK did not say; the call is redacted already."""
        if isinstance(self._real, ReadableSpan) and self._real.is_recording():
            told = self._real.attributes or {}
            found = {**attributes_of(call), **conventional(call)}
            self._real.set_attributes({name: found[name] for name in found if name not in told})
        self.release()

    def _redact(self) -> None:
        """Redacts what the SDK wrote: model names, ids and error texts may hold what a user typed."""
        if self.clean is None or not isinstance(self._real, ReadableSpan) or not self._real.is_recording():
            return
        for name, value in dict(self._real.attributes or {}).items():
            if isinstance(value, str) and (cleaned := self.clean(value)) != value:
                self._real.set_attribute(name, cleaned)
        status = self._real.status
        if status.description:
            self._real.set_status(Status(status.status_code, self.clean(status.description)))

    def release(self) -> None:
        """Kansoku has nothing more to add."""
        self._redact()
        self._is_enriched = True
        if self._is_ended:
            self._real.end(self._end_ns)

    def end(self, end_time: int | None = None) -> None:
        """The SDK ends its span."""
        if not self._is_ended:
            self._end_ns = end_time if end_time is not None else time.time_ns()
            self._is_ended = True
            if self._is_enriched:
                self._real.end(self._end_ns)

    def __del__(self) -> None:
        if self._is_ended and not self._is_enriched:  # the call's facts were dropped on their way
            self._redact()
            self._real.end(self._end_ns)

    def is_recording(self) -> bool:
        """Whether the SDK may still write to it."""
        return not self._is_ended and self._real.is_recording()

    def get_span_context(self) -> SpanContext:
        """The real span's."""
        return self._real.get_span_context()

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        """On the real span."""
        self._real.set_attribute(key, value)

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        """On the real span."""
        self._real.set_attributes(attributes)

    def add_event(self, name: str, attributes: Attributes = None, timestamp: int | None = None) -> None:
        """On the real span."""
        self._real.add_event(name, attributes, timestamp)

    def update_name(self, name: str) -> None:
        """Of the real span."""
        self._real.update_name(name)

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """On the real span."""
        self._real.set_status(status, description)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,  # noqa: FBT001, FBT002  the signature is OpenTelemetry's
    ) -> None:
        """On the real span."""
        self._real.record_exception(exception, attributes, timestamp, escaped)


class NativeTracer(Tracer):
    """The SDK's tracer; `seen` is told the stand-in of the first span that a call starts.

    `seen` says whether it takes the span. One that is not taken is the real one.
    """

    def __init__(self, real: Tracer, seen: Callable[[NativeSpan], bool]) -> None:
        self._real = real
        self.seen = seen

    def start_span(self, name: str, *args: Any, **kwargs: Any) -> Span:  # noqa: ANN401  handed on as they are
        """Starts a span."""
        real = self._real.start_span(name, *args, **kwargs)
        if not real.get_span_context().is_valid:
            return real
        stand_in = NativeSpan(real)
        return stand_in if self.seen(stand_in) else real

    def start_as_current_span(self, name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Starts a span that no call owns."""
        return self._real.start_as_current_span(name, *args, **kwargs)


class NativeSpans:
    """The SDK's spans that wait for their call's facts, by span id; their calls hold them.

    `clean` redacts a text that the SDK wrote.
    """

    def __init__(self, clean: Clean | None = None) -> None:
        self._clean = clean
        self._waiting: WeakValueDictionary[int, NativeSpan] = WeakValueDictionary()

    def add(self, span: NativeSpan) -> None:
        """A call has this span."""
        span.clean = self._clean
        self._waiting[span.place.span_id] = span

    def take(self, call: Call) -> bool:
        """Puts the call on its span, if the SDK made one; then it needs none of Kansoku's."""
        span = self._waiting.pop(call.place.span_id, None)
        if span is None:
            return False
        span.enrich(call)
        return True
