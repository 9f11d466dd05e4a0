"""One fact on its way out: redacted, with the log line that every outlet needs."""

from dataclasses import dataclass

from kansoku.emit.attributes import Values, values_of
from kansoku.emit.content import Content
from kansoku.emit.log_line import line_of
from kansoku.emit.span import SpanFact
from kansoku.record.facts import AgentRun, Call, Fact, TaskRun, ToolRun

_WITH_SPAN = (Call, ToolRun, AgentRun, TaskRun)  # a union would be put together anew for each question


@dataclass(frozen=True, slots=True)
class Telemetry:
    """A redacted fact, its values and its log line; for its span alone, what was said in it."""

    fact: Fact
    values: Values
    line: str
    content: Content | None = None

    @property
    def size(self) -> int:
        """Bytes of what was said."""
        return 0 if self.content is None else self.content.size

    @property
    def span_fact(self) -> SpanFact | None:
        """The fact, if it is one that makes a span."""
        return self.fact if isinstance(self.fact, _WITH_SPAN) else None


def telemetry_of(fact: Fact, service: str) -> Telemetry:
    """What goes out about a redacted fact."""
    values = values_of(fact)
    return Telemetry(fact, values, line_of(fact, values, service))
