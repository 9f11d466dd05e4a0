"""Spans of facts through the application's TracerProvider, under the ids that the facts have already.

A span is started and ended at once by a tracer of the provider, so its sampler, span limits, resource and
processors (`on_start`, `on_end`) all apply. The tracer is one of Kansoku's own scope; its `id_generator`
and `sampler`, public attributes of the SDK's tracer, are replaced: the first gives the fact's ids, the
second remembers what was decided of a trace that Kansoku began, as children end before their root.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, cast

from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Sampler, SamplingResult
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    TracerProvider,
    TraceState,
    set_span_in_context,
)
from opentelemetry.util.types import Attributes

from kansoku.emit.attributes import attributes_of
from kansoku.emit.content import Content
from kansoku.emit.identity import Identity
from kansoku.emit.span import SpanFact, conventional, end_of, failure_of, kind_of, name_of, said_in
from kansoku.record.facts import Place

_TRACES_REMEMBERED = 10_000
_SAMPLED, _DROPPED = TraceFlags(TraceFlags.SAMPLED), TraceFlags(TraceFlags.DEFAULT)


class UnknownProvider(Exception):
    """The provider's tracers are not the OpenTelemetry SDK's, so it cannot be given spans that have ids."""


class ProviderSpans:
    """Gives spans to one provider.

    Raises:
        UnknownProvider: If its tracer has no place to put ids.
    """

    def __init__(self, provider: TracerProvider, who: Identity) -> None:
        self._tracer = provider.get_tracer(who.scope.name, who.scope.version)
        inner = _sdk_tracer(self._tracer)
        if inner is None:
            raise UnknownProvider(type(provider).__name__)
        self._ids = _GivenIds(_original(inner.id_generator))
        self._sampler = _PerTrace(_original(inner.sampler))
        inner.id_generator, inner.sampler = self._ids, self._sampler

    def give(self, fact: SpanFact, content: Content | None = None) -> None:
        """Has the fact's span started and ended. Nothing is exported where the sampler drops it."""
        failure = failure_of(fact)
        with_ids = self._ids.giving(fact.place), self._sampler.deciding(fact.place)
        try:
            span = self._tracer.start_span(
                name_of(fact),
                context=_context(fact.place),
                kind=kind_of(fact),
                attributes=cast(
                    "Attributes", {**attributes_of(fact), **conventional(fact), **said_in(content)}
                ),
                start_time=fact.started_unix_ns,
            )
        finally:
            for each in with_ids:
                each()
        if span.is_recording():
            if failure is not None:
                span.set_status(Status(StatusCode.ERROR, failure))
            span.end(end_of(fact))


def _context(place: Place) -> Context:
    """The context that the span is started in: its parent's, and nothing of the thread that is here."""
    if not place.parent_span_id:
        return Context()
    flags = _DROPPED if place.sampled is False else _SAMPLED
    parent = SpanContext(place.trace_id, place.parent_span_id, is_remote=False, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(parent), Context())


def _sdk_tracer(tracer: Tracer) -> Any:  # noqa: ANN401  duck-typed: proxies hold the SDK's tracer under either name
    """The SDK's tracer behind any proxies, or None."""
    found: Any = tracer
    for _ in range(4):
        if isinstance(getattr(found, "id_generator", None), IdGenerator | _GivenIds):
            return found if isinstance(getattr(found, "sampler", None), Sampler | _PerTrace) else None
        found = getattr(found, "tracer", None) or getattr(found, "_tracer", None)
    return None


def _original(replaced: Any) -> Any:  # noqa: ANN401  of either kind
    """What an earlier session's replacement stands before."""
    return getattr(replaced, "before", replaced)


class _GivenIds(IdGenerator):
    """Gives the ids of the fact that is being given; otherwise what the provider would."""

    def __init__(self, before: IdGenerator) -> None:
        self.before = before
        self._place: Place | None = None

    def giving(self, place: Place) -> Callable[[], None]:
        """Gives this place's ids until the result is called."""
        self._place = place
        return lambda: setattr(self, "_place", None)

    def generate_span_id(self) -> int:
        """The fact's span id."""
        return self.before.generate_span_id() if self._place is None else self._place.span_id

    def generate_trace_id(self) -> int:
        """The fact's trace id."""
        return self.before.generate_trace_id() if self._place is None else self._place.trace_id

    def is_trace_id_random(self) -> bool:
        """They are: from the system's randomness."""
        return True


class _PerTrace(Sampler):
    """The provider's sampler; of a trace that Kansoku began it is asked once, as for a root."""

    def __init__(self, before: Sampler) -> None:
        self.before = before
        self._place: Place | None = None
        self._known: OrderedDict[int, SamplingResult] = OrderedDict()

    def deciding(self, place: Place) -> Callable[[], None]:
        """Decides for this place until the result is called."""
        self._place = place
        return lambda: setattr(self, "_place", None)

    def should_sample(  # noqa: PLR0917  the SDK's signature
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """The provider's decision."""
        place = self._place
        ours = place is not None and place.sampled is None
        known = self._known.get(trace_id) if ours else None
        if known is None:
            context = Context() if ours else parent_context
            known = self.before.should_sample(context, trace_id, name, kind, attributes, links, trace_state)
            if ours:
                self._remember(trace_id, known)
            return known
        return SamplingResult(known.decision, attributes, known.trace_state)

    def _remember(self, trace_id: int, result: SamplingResult) -> None:
        """Keeps a decision, and forgets the oldest one over the limit."""
        self._known[trace_id] = result
        if len(self._known) > _TRACES_REMEMBERED:
            self._known.popitem(last=False)

    def get_description(self) -> str:
        """The provider's sampler's own."""
        return self.before.get_description()
