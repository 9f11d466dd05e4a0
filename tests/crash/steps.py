"""The steps at which a process is killed: where each is in the code, named from outside of it.

A new step is a line here: the process, the function by its module and name, and which of its calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Odd = Literal["", "foreign", "refused"]
When = Literal["before", "after", "during", "torn"]
"""Just before or after the function runs, somewhere in it, or with half of its bytes written."""


@dataclass(frozen=True, slots=True)
class Step:
    """One place to die at.

    Attributes:
        name: How it is called in reports.
        process: Whose it is; a step of `start` is the server's on its way up, after a crash.
        target: `module:function` or `module:Class.method`.
        when: Where about the call.
        given: A regular expression that one of the arguments must match.
        odd: The odd request that leads there; see `exporters.Odd`.
    """

    name: str
    process: Literal["server", "store", "start"]
    target: str
    when: When
    given: str = ""
    odd: Odd = ""

    @property
    def is_slow(self) -> bool:
        """Whether it takes seconds until the step comes."""
        return bool(self.odd) or "rollup" in self.name


_ENGINE_RUN = "kansoku.store.engine:Engine.run"
_ENGINE_LOAD = "kansoku.store.engine:Engine.load"

STEPS = (
    Step("segment made", "server", "os:open", "after", r"\.open$"),
    Step("before append", "server", "os:writev", "before"),
    Step("in append", "server", "os:writev", "torn"),
    Step("after append", "server", "os:writev", "after"),
    Step("before fsync", "server", "os:fdatasync", "before"),
    Step("after fsync, before the answer", "server", "os:fdatasync", "after"),
    Step("before sealing", "server", "os:rename", "before", r"\.ready$"),
    Step("after sealing", "server", "os:rename", "after", r"\.ready$"),
    Step("before INSERT of spans", "store", _ENGINE_LOAD, "before", "INSERT INTO otel_traces"),
    Step("in INSERT of spans and their views", "store", _ENGINE_LOAD, "during", "INSERT INTO otel_traces"),
    Step("after INSERT of spans", "store", _ENGINE_LOAD, "after", "INSERT INTO otel_traces"),
    Step("before INSERT of logs", "store", _ENGINE_LOAD, "before", "INSERT INTO otel_logs"),
    Step("in INSERT of logs and their views", "store", _ENGINE_LOAD, "during", "INSERT INTO otel_logs"),
    Step("after INSERT of logs", "store", _ENGINE_LOAD, "after", "INSERT INTO otel_logs"),
    Step("before settling", "store", "kansoku.store.upkeep.settling:Settling.settle", "before"),
    Step("in settling", "store", "kansoku.store.upkeep.settling:Settling.settle", "during"),
    Step("after settling", "store", "kansoku.store.upkeep.settling:Settling.settle", "after"),
    Step("before removal", "store", "os:unlink", "before", r"\.ready$"),
    Step("after removal", "store", "os:unlink", "after", r"\.ready$"),
    Step(
        "before rewriting a refused segment",
        "store",
        "kansoku.store.loading.halving:rewrite",
        "before",
        odd="foreign",
    ),
    Step(
        "after rewriting a refused segment",
        "store",
        "kansoku.store.loading.halving:rewrite",
        "after",
        odd="foreign",
    ),
    Step("before halving", "store", "kansoku.store.loading.halving:halve", "before", odd="refused"),
    Step("between the halves", "store", "os:rename", "after", r"a\.ready$", "refused"),
    Step("after the halves, before removal", "store", "os:rename", "after", r"b\.ready$", "refused"),
    Step("after halving", "store", "kansoku.store.loading.halving:halve", "after", odd="refused"),
    Step("before setting aside", "store", "kansoku.store.loading.aside:set_aside", "before", odd="refused"),
    Step("after setting aside", "store", "kansoku.store.loading.aside:set_aside", "after", odd="refused"),
    Step("before a rollup's rows", "store", "kansoku.store.upkeep.rollups:Keeper._make_some", "before"),
    Step("between a rollup's rows and their version", "store", _ENGINE_RUN, "before", "INTO rollup_periods"),
    Step("after a rollup's version", "store", "kansoku.store.upkeep.rollups:Keeper._make_some", "after"),
    Step("before recovery", "start", "kansoku.receive.spool:recover", "before"),
    Step("in recovery, cut and not renamed", "start", "os:rename", "before", r"\.ready$"),
    Step("after recovery", "start", "kansoku.receive.spool:recover", "after"),
    Step("digests written, not renamed", "start", "os:rename", "before", r"unsure/draft"),
    Step("tokens mended", "start", "kansoku.store.loading.tokens:mend", "after"),
    Step("database open, tables not made", "start", "kansoku.store.engine:Engine.create_tables", "before"),
)
