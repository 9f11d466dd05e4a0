"""Tool calls that the SDK's own messages show: from the answer that asked to the request that answers.

Lives on the worker alone. A use is forgotten once it is counted, so a history that is sent again counts
nothing; uses that nobody answers are forgotten oldest first.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kansoku.record.facts import Call, Place, ToolRun
from kansoku.record.observer import CallObserver
from kansoku.record.tool_results import ToolResult, tool_results

_NANOS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """A tool that an answer asked for, and when the answer was complete."""

    name: str
    call: Call
    end_s: float


class ToolMemory:
    """The tools that were asked for and not answered yet."""

    def __init__(self, limit: int = 4096) -> None:
        self._limit = limit
        self._asked: OrderedDict[str, _Asked] = OrderedDict()

    def __len__(self) -> int:
        return len(self._asked)

    def follow(self, seen: CallObserver, call: Call, span_id: Callable[[], int]) -> Iterator[ToolRun]:
        """The tool calls that a call completes; what its answer asks for is kept."""
        for result in tool_results(seen.began.results):
            asked = self._asked.pop(result.id, None)
            if asked is not None:
                yield _answered(asked, result, seen.began.clock_s, span_id())
        for run in seen.server_runs:
            yield _served(call, run.name, run.error_type, span_id())
        for use in seen.uses:
            self._asked[use.id] = _Asked(use.name, call, seen.end_s)
            if len(self._asked) > self._limit:
                self._asked.popitem(last=False)

    def ran(self, run: ToolRun) -> None:
        """A run that the application recorded itself: it takes the place of what was asked for by that name.

        The same trace first; else the oldest one, as a run in a bare thread is in no trace of its call.
        """
        same = [key for key, asked in self._asked.items() if asked.name == run.tool]
        near = (key for key in same if self._asked[key].call.place.trace_id == run.place.trace_id)
        found = next(near, same[0] if same else None)
        if found is not None:
            del self._asked[found]


def _answered(asked: _Asked, result: ToolResult, until_s: float, span_id: int) -> ToolRun:
    """A tool call of the application's, beside the call that asked for it."""
    call = asked.call
    return ToolRun(
        place=Place(call.place.trace_id, span_id, call.place.parent_span_id or call.place.span_id),
        started_unix_ns=call.started_unix_ns + int(call.duration_s * _NANOS),
        duration_s=max(0.0, until_s - asked.end_s),
        tool=asked.name,
        outcome="error" if result.error_type else "ok",
        error_type=result.error_type,
        around=call.around,
    )


def _served(call: Call, name: str, error_type: str, span_id: int) -> ToolRun:
    """A tool call of the API's own, inside the call; it took no longer than that."""
    return ToolRun(
        place=Place(call.place.trace_id, span_id, call.place.span_id),
        started_unix_ns=call.started_unix_ns,
        duration_s=call.duration_s,
        tool=name,
        outcome="error" if error_type else "ok",
        error_type=error_type,
        around=call.around,
    )
