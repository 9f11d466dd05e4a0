"""Sums that hold whatever happens: deltas with failed sendings, series over the limit, workers that die."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.metrics.export import Gauge
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from kansoku.catalog import instruments as i
from kansoku.emit.cells import Cells, Histogram, State
from kansoku.emit.identity import Identity
from kansoku.emit.otlp_metrics import MetricsReader
from kansoku.emit.shared_cells import SharedCells

WHO = Identity("t", Resource({}), InstrumentationScope("t"))
MODELS = st.sampled_from(["a", "b", "c"])


def totals(state: State) -> dict[str, float]:
    """The count over all children of the two instruments that the tests move."""
    return {
        each.name: sum(cell.count if isinstance(cell, Histogram) else cell.value for cell in family.values())
        for each, family in state.items()
        if each in (i.COST, i.API_LATENCY)
    }


@given(st.lists(st.tuples(MODELS, st.integers(1, 9)) | st.booleans(), max_size=60))
def test_deltas_sum_to_the_cumulative_whatever_sendings_fail(
    events: list[tuple[str, int] | bool],
) -> None:
    cells = Cells(i.INSTRUMENTS)
    reader = MetricsReader(cells, "delta", 0)
    summed: dict[tuple[str, object], float] = {}
    counted: dict[tuple[str, object], int] = {}
    ended = now = 0
    for event in [*events, True]:
        if isinstance(event, tuple):
            cells.add(i.COST, event[1], event[0])
            cells.observe(i.API_LATENCY, event[1], event[0])
            continue
        now += 1
        data = reader.read(WHO, now)
        if not event:
            continue  # this sending failed
        for metric in data.resource_metrics[0].scope_metrics[0].metrics:
            if isinstance(metric.data, Gauge):
                continue
            for point in metric.data.data_points:
                assert (point.start_time_unix_nano, point.time_unix_nano) == (ended, now)
                key = (metric.name, (point.attributes or {}).get("model"))
                if hasattr(point, "bucket_counts"):
                    counted[key] = counted.get(key, 0) + sum(point.bucket_counts)  # pyright: ignore  # noqa: PGH003
                else:
                    summed[key] = summed.get(key, 0) + point.value  # pyright: ignore  # noqa: PGH003
        reader.went()
        ended = now
    state = cells.state()
    assert summed == {("claude_cost_usd", labels[0]): each.value for labels, each in state[i.COST].items()}  # pyright: ignore  # noqa: PGH003
    assert counted == {
        ("claude_api_latency_seconds", labels[0]): each.count  # pyright: ignore  # noqa: PGH003
        for labels, each in state[i.API_LATENCY].items()
    }


@given(st.integers(1, 5), st.lists(st.tuples(st.text(max_size=150), st.integers(1, 9)), max_size=40))
def test_label_sets_over_the_limit_lose_nothing_of_the_total(
    limit: int, added: list[tuple[str, int]]
) -> None:
    cells = Cells(i.INSTRUMENTS, limit)
    for model, amount in added:
        cells.add(i.COST, amount, model)
        cells.observe(i.API_LATENCY, amount, model)
    state = cells.state()
    assert totals(state) == {
        "claude_cost_usd": sum(amount for _, amount in added),
        "claude_api_latency_seconds": len(added),
    }
    assert len(state[i.COST]) <= limit + 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["add", "die", "look", "crash"])), max_size=30))
def test_workers_that_come_and_go_lose_and_double_nothing(events: list[tuple[int, str]]) -> None:
    with TemporaryDirectory() as base:
        folder = Path(base) / "shared"
        watcher = SharedCells(folder, Cells(i.INSTRUMENTS))
        watcher.publish()
        workers = [_worker(folder) for _ in range(3)]
        wanted = 0
        for who, event in events:
            cells, shared = workers[who]
            if event == "add":
                cells.add(i.COST, 1, "m")
                cells.add(i.ACTIVE_STREAMS, 1)
                shared.publish()
                wanted += 1
            elif event == "die":
                shared.forked()  # its lock goes, and it says nothing any more
                workers[who] = _worker(folder)
            elif event == "crash":  # the fold is written, and its end does not come
                _fold_without_removing(watcher)
            else:
                assert totals(watcher.state())["claude_cost_usd"] == wanted
        assert totals(watcher.state())["claude_cost_usd"] == wanted
        living = sum(cells.value(i.ACTIVE_STREAMS) for cells, _ in workers)
        assert sum(cell.value for cell in watcher.state()[i.ACTIVE_STREAMS].values()) == living  # pyright: ignore  # noqa: PGH003
        for _, shared in workers:
            shared.close()
        watcher.close()


def _worker(folder: Path) -> tuple[Cells, SharedCells]:
    cells = Cells(i.INSTRUMENTS)
    shared = SharedCells(folder, cells)
    shared.publish()
    return cells, shared


def _fold_without_removing(shared: SharedCells) -> None:
    remove, shared._remove = shared._remove, lambda _: None  # pyright: ignore  # noqa: PGH003
    shared.state()
    shared._remove = remove  # pyright: ignore  # noqa: PGH003
