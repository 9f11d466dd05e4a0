"""For tests of applications that use Kansoku: what was recorded inside a block, in memory.

```python
with kansoku.testing.capture() as captured:
    answer_ticket()
assert captured.calls[0].outcome == "ok"
```
"""

import json
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from kansoku.catalog.content import USUAL_BYTES
from kansoku.catalog.instruments import INSTRUMENTS
from kansoku.emit.outlet import Kept, Outlet
from kansoku.emit.span import span_of
from kansoku.instrument import agent_import, seam
from kansoku.instrument.arguments import propagated
from kansoku.instrument.assembly import Spans, build
from kansoku.instrument.session import Session, Source, activate
from kansoku.record.facts import Call, Fact
from kansoku.redact.pseudonym import Pseudonyms

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from kansoku.redact.redactor import Redactor

_FLUSH_S = 10.0


@dataclass(slots=True)
class Captured:
    """What was recorded so far. Every property first waits for what is still under way."""

    session: Session
    kept: Kept
    seen: list[Fact] = field(default_factory=list[Fact])

    @property
    def facts(self) -> list[Fact]:
        """Calls, tool runs, tasks, feedback and evaluations, redacted, in the order they ended."""
        self.session.pipeline.flush(_FLUSH_S)
        return list(self.seen)

    @property
    def calls(self) -> list[Call]:
        """The calls alone."""
        return [fact for fact in self.facts if isinstance(fact, Call)]

    @property
    def spans(self) -> "list[ReadableSpan]":
        """The spans, as they would have been exported."""
        self.session.pipeline.flush(_FLUSH_S)
        who = self.kept.who
        return [
            span_of(one.span_fact, who.resource, who.scope, one.content)
            for one in self.kept.kept_spans
            if who is not None and one.span_fact is not None
        ]

    @property
    def logs(self) -> list[dict[str, object]]:
        """The JSON log lines, parsed."""
        self.session.pipeline.flush(_FLUSH_S)
        return [cast("dict[str, object]", json.loads(one.line)) for one in self.kept.kept_logs]

    @property
    def metrics(self) -> dict[str, dict[tuple[str, ...], float]]:
        """By instrument and label values: the value, or, for a histogram, the count of observations."""
        self.session.pipeline.flush(_FLUSH_S)
        return {
            instrument.name: {labels: self.session.cells.value(instrument, *labels) for labels, _ in cells}
            for instrument, cells in self.session.cells.snapshot()
        }

    def metric(self, name: str, *labels: str) -> float:
        """The value of one metric; 0 where nothing was counted.

        Raises:
            KeyError: If there is no instrument of that name.
        """
        self.session.pipeline.flush(_FLUSH_S)
        by_name = {each.name: each for each in INSTRUMENTS}
        return self.session.cells.value(by_name[name], *labels)


@contextmanager
def capture(
    *,
    service: str = "test",
    source: Source | None = None,
    user_id_key: bytes | str | None = None,
    propagate: Iterable[str] = (),
    spans: Spans = "kansoku",
    redactor: "Redactor | None" = None,
    content: bool = False,
    content_max_bytes: int = USUAL_BYTES,
) -> Generator[Captured]:
    """Records inside the block into memory; nothing leaves the process. What was in force before returns.

    Args:
        service: The service name the telemetry carries.
        source: Fixed clocks and ids, for tests that compare whole spans.
        user_id_key: As in `init`.
        propagate: As in `init`.
        spans: As in `init`.
        redactor: Replaces the default redactor; `kansoku.toml` is not read.
        content: As in `init`.
        content_max_bytes: As in `init`.

    Raises:
        SettingError: If an argument cannot be used.
        ImportError: Without the `anthropic` package.
    """
    from opentelemetry.sdk.resources import Resource

    kept = Kept()
    seen: list[Fact] = []

    def outlet(*_: object) -> Outlet:
        return kept

    session = build(
        service,
        Resource({"service.name": service}),
        outlet,
        redactor,
        seen=seen.append,
        pseudonyms=None if user_id_key is None else Pseudonyms(user_id_key),
        propagate=propagated(propagate),
        spans=spans,
        content_bytes=content_max_bytes if content else 0,
    )
    if source is not None:
        session.source = source
    before = activate(session)
    try:
        seam.attach()
        seam.watch_state(session)
        agent_import.attach()
        yield Captured(session, kept, seen)
    finally:
        activate(before)
        if before is None:
            seam.detach()
            agent_import.detach()
        session.pipeline.close(_FLUSH_S)
