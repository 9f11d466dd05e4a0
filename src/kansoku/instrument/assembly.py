"""A session put together from its parts, not yet in force."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from kansoku.instrument.session import Session

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

    from kansoku.emit.cells import Cells
    from kansoku.emit.guard import Guard
    from kansoku.emit.identity import Identity
    from kansoku.emit.otlp_metrics import Temporality
    from kansoku.emit.outlet import Outlet
    from kansoku.record.facts import Fact
    from kansoku.redact.pseudonym import Pseudonyms
    from kansoku.redact.redactor import Redactor

Spans = Literal["kansoku", "native"]
"""Whose span a call has: Kansoku's, or the SDK's own."""

Outlets = Callable[["Identity", "Cells", "Guard"], "Outlet"]
"""Makes the outlet of a session, whose parts it needs."""


def build(
    service: str,
    resource: "Resource",
    outlet: Outlets,
    redactor: "Redactor | None" = None,
    *,
    seen: "Callable[[Fact], None] | None" = None,
    spans: Spans = "kansoku",
    pseudonyms: "Pseudonyms | None" = None,
    propagate: tuple[str, ...] = (),
    temporality: "Temporality" = "cumulative",
    max_series: int | None = None,
    content_bytes: int = 0,
    before: Session | None = None,
) -> Session:
    """The session.

    `seen` is told every fact after its redaction; `content_bytes` is what an attribute of what was said may
    have, 0 where none is kept; `before` is the session, which made way, that this one takes the place of; the
    rest is as `init` takes it, checked.
    """
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    from kansoku.catalog.instruments import INSTRUMENTS, INTERNAL_ERRORS, REDACTED
    from kansoku.emit.cells import MAX_SERIES, Cells
    from kansoku.emit.cleaning import Cleaner
    from kansoku.emit.content import ContentWriter
    from kansoku.emit.context import OtelContext
    from kansoku.emit.current import current_span
    from kansoku.emit.environment import limits, span_limits
    from kansoku.emit.foreign import ForeignSpans
    from kansoku.emit.guard import Guard
    from kansoku.emit.identity import Identity, SteadyResource, redacted
    from kansoku.emit.native import NativeSpans
    from kansoku.emit.pipeline import Pipeline
    from kansoku.emit.room import Room
    from kansoku.instrument.content import ContentCapture
    from kansoku.instrument.open_streams import OpenStreams
    from kansoku.redact.redactor import Redactor

    cells = Cells(INSTRUMENTS, max_series or MAX_SERIES)
    masking = (redactor or Redactor()).telling(lambda n: cells.add(INTERNAL_ERRORS, n, "redaction"))
    guard = Guard(masking.text)
    cells.touch((REDACTED, (pillar,)) for pillar in ("facts", "logs"))
    cleaner = Cleaner(masking, pseudonyms, lambda: cells.add(REDACTED, 1, "facts"))
    natives = NativeSpans(cleaner) if spans == "native" else None
    service, resource = cleaner.text(service), redacted(resource, cleaner.attributes)
    who = Identity(service, SteadyResource(resource), InstrumentationScope("kansoku", _version()))
    room = Room()
    open_streams = OpenStreams() if before is None else before.open
    open_streams.move(cells)
    pipeline = Pipeline(
        identity=who,
        outlet=outlet(who, cells, guard),
        cells=cells,
        cleaner=cleaner,
        guard=guard,
        limits=limits(),
        seen=seen,
        natives=natives,
        temporality=temporality,
        room=room,
        before=None if before is None else before.pipeline,
        ending=open_streams.leave,
    )
    where = str(resource.attributes.get("deployment.environment.name", ""))
    writer = ContentWriter(masking, _within(content_bytes, span_limits().length)) if content_bytes else None
    session = Session(
        pipeline,
        cells,
        guard,
        current_span,
        open_streams,
        content=None if writer is None else ContentCapture(writer, room, cells, guard),
        service=service,
        environment=where,
        redactor=masking,
        foreign=ForeignSpans(),
        natives=natives,
        otel=OtelContext(propagate, cleaner.about),
    )
    if before is not None:
        session.inherit(before)
    return session


def _within(size: int, longest: int | None) -> int:
    """The size, or less where an attribute may not be so long: a JSON text that is cut is none."""
    return size if longest is None else min(size, longest)


def _version() -> str:
    """The installed version of Kansoku."""
    from importlib.metadata import version

    return version("kansoku")
