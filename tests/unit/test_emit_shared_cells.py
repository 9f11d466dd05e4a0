"""Cells shared in a folder: who may use it, whose counts are in it, and what a fork begins with."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kansoku.catalog import instruments as i
from kansoku.emit.cell_text import state_of, text_of
from kansoku.emit.cells import Cells, Number
from kansoku.emit.scrape import ScrapePort
from kansoku.emit.shared_cells import SharedCells


def member(folder: Path) -> tuple[Cells, SharedCells]:
    cells = Cells(i.INSTRUMENTS)
    return cells, SharedCells(folder, cells)


def cost(shared: SharedCells) -> object:
    return shared.state()[i.COST].get(("m",))


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_a_folder_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(PermissionError, match="not a folder of this user alone"):
        member(folder)[1].join()


def test_a_link_to_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(PermissionError):
        member(tmp_path / "link")[1].join()


@pytest.mark.parametrize(("before", "now", "kept"), [("a", "a", True), ("a", "b", False), ("", "", False)])
def test_counts_of_the_dead_are_kept_for_workers_of_one_master_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, now: str, *, kept: bool
) -> None:
    monkeypatch.setattr("kansoku.emit.shared_cells.master", lambda: before)
    cells, first = member(tmp_path / "f")
    cells.add(i.COST, 3, "m")
    first.publish()
    first.forked()  # its lock goes as if it had been killed
    monkeypatch.setattr("kansoku.emit.shared_cells.master", lambda: now)
    _, second = member(tmp_path / "f")
    assert cost(second) == (Number(3) if kept else None)
    second.close()


def test_one_that_has_left_is_counted_once_when_it_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kansoku.emit.shared_cells.master", str)
    cells, one = member(tmp_path / "f")
    _, other = member(tmp_path / "f")
    other.join()
    cells.add(i.COST, 3, "m")
    one.close()
    assert cost(one) == Number(3)
    assert cost(other) == Number(3)
    other.close()
    assert not (tmp_path / "f").exists()


def test_a_fold_whose_end_did_not_come_counts_the_dead_once(tmp_path: Path) -> None:
    cells, gone = member(tmp_path / "f")
    _, other = member(tmp_path / "f")
    other.join()
    cells.add(i.COST, 3, "m")
    gone.publish()
    (left,) = (tmp_path / "f").glob("*.cells")
    kept = left.read_text()
    gone.forked()  # its lock goes as if it had been killed
    assert cost(other) == Number(3)
    left.write_text(kept)  # what a crash between the fold and the removal leaves
    assert cost(other) == Number(3)
    assert not left.exists()
    other.close()


def test_a_cleared_folder_is_made_anew(tmp_path: Path) -> None:
    cells, one = member(tmp_path / "f")
    cells.add(i.COST, 3, "m")
    one.publish()
    for path in (tmp_path / "f").iterdir():
        path.unlink()
    (tmp_path / "f").rmdir()
    assert cost(one) == Number(3)
    one.close()


def test_a_forked_child_begins_at_0_with_its_children() -> None:
    cells = Cells(i.INSTRUMENTS)
    cells.add(i.COST, 3, "m")
    cells.forked()
    assert cells.state()[i.COST] == {("m",): Number(0)}


def test_text_keeps_a_state_and_leaves_out_what_has_another_shape() -> None:
    cells = Cells(i.INSTRUMENTS)
    cells.apply(((i.COST, 3, ("m",)), (i.API_LATENCY, 2.5, ("m",))), (1 << 127, 2, 3))
    by_name = {each.name: each for each in i.INSTRUMENTS}
    state, absorbed = state_of(text_of(cells.state(), ["x"]), by_name)
    assert (state, absorbed) == (cells.state(), ["x"])
    changed = '{"absorbed":[],"cells":{"claude_api_latency_seconds":[[["m"],[[1],1,1,1,[]]]],"gone":[]}}'
    assert state_of(changed, by_name)[0] == {i.API_LATENCY: {}}


def test_a_port_is_taken_over_when_its_holder_is_gone(tmp_path: Path) -> None:
    from tests.integration.test_metrics_workers import free_port

    refused: list[OSError] = []
    port = free_port()
    first, second = (ScrapePort(dict, "127.0.0.1", port, tmp_path / "port", refused.append) for _ in range(2))
    first.worked()
    second.worked()
    assert (first.serves, second.serves) == (True, False)
    first.close()
    deadline = time.monotonic() + 10
    while not second.serves and time.monotonic() < deadline:
        second.worked()
    assert second.serves
    assert refused == []
    second.close()


WITHOUT_POSIX = """
import os, sys, urllib.request
sys.modules["fcntl"] = None
for name in ("fork", "register_at_fork", "geteuid", "O_NOFOLLOW", "O_CLOEXEC"):
    delattr(os, name)
import kansoku
kansoku.init("shop", endpoint="http://127.0.0.1:9", prometheus_port=int(sys.argv[1]))
kansoku.metrics_wsgi()
kansoku.feedback("up", call="msg_1")
kansoku.flush(0)
print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/metrics").read().decode())
kansoku.shutdown(0)
"""


def test_where_there_are_no_locks_a_process_shows_its_own_numbers(tmp_path: Path) -> None:
    from tests.integration.test_metrics_workers import free_port

    told = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_POSIX, str(free_port())],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env=told,
    )
    assert 'claude_feedback_total{rating="up"} 1.0' in done.stdout
    assert 'kansoku_internal_errors_total{where="metrics"} 0.0' in done.stdout
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_identity_of_a_forked_child_is_its_own() -> None:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    from kansoku.emit.identity import Identity

    who = Identity("t", Resource.create({"service.name": "t"}), InstrumentationScope("t"))
    child = who.forked()
    assert child.resource.attributes["service.instance.id"] != who.resource.attributes["service.instance.id"]
    assert child.resource.attributes["service.name"] == "t"
