"""One fact on its way out: redacted, with the attributes and the log line that every outlet needs."""

import json
from dataclasses import dataclass

from kansoku.emit.attributes import attributes_of
from kansoku.emit.log_line import line_of
from kansoku.emit.protobuf import Value
from kansoku.emit.span import SpanFact
from kansoku.record.facts import Call, Fact, TaskRun, ToolRun

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


@dataclass(frozen=True, slots=True)
class Telemetry:
    """A redacted fact, its attributes under their names on the wire, and its log line as JSON."""

    fact: Fact
    attributes: dict[str, Value]
    line: str

    @property
    def span_fact(self) -> SpanFact | None:
        """The fact, if it is one that makes a span."""
        return self.fact if isinstance(self.fact, Call | ToolRun | TaskRun) else None


def telemetry_of(fact: Fact, service: str) -> Telemetry:
    """What goes out about a redacted fact."""
    return Telemetry(fact, attributes_of(fact), _json(line_of(fact, service)))
