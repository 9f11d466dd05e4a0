"""`kansoku store retry` as people run it, with a server and without one."""

import subprocess
from pathlib import Path

from kansoku.store.segments import READY, Layout, Signal, new_name
from tests.servers import kansoku as command
from tests.servers import running


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command("store", *words), capture_output=True, text=True, check=False, timeout=120)


def test_what_is_set_aside_is_shown_with_its_reason_and_retried_with_a_server_and_without(
    tmp_path: Path,
) -> None:
    layout = Layout(tmp_path / "data")
    layout.create()
    name = f"{new_name(1_764_000_000_000_000_000)}{READY}"
    (layout.folder(Signal.TRACES) / name).write_bytes(b"\x03\xff\xff\xff")
    kept = layout.set_aside(Signal.TRACES) / name
    with running(layout.data) as server:
        shown = server.get_until("api/honesty", lambda answer: answer["segments_set_aside"] == 1)
        assert shown["set_aside_since"] == 1_764_000_000
        assert shown["set_aside_reason"]
        assert shown["store_restarts"] == 0
        assert layout.lag(0.0).set_aside == 1
        again = run("retry", "--url", server.url, "--lang", "en")
        assert again.returncode == 1
        assert again.stdout.startswith("1 segments tried again: 0 stored\nset aside again: traces/")
        kept.write_bytes(b"\x04\x0a\x02\x12\x00")  # mended: a request without spans
        done = run("retry", "--url", server.url, "--lang", "ja")
        assert (done.returncode, done.stdout) == (0, "セグメント 1 個を再試行: 1 個を保存\n")
        assert server.get("api/honesty")["set_aside_since"] is None
        assert layout.lag(0.0).set_aside == 0
        assert server.stop() == 0
    kept.write_bytes(b"\x04\x0a\x02\x12\x00")
    alone = run("retry", "--data-dir", str(layout.data), "--lang", "en")
    assert (alone.returncode, alone.stdout) == (0, "1 segments tried again: 1 stored\n")
    assert run("retry", "--data-dir", str(layout.data), "--lang", "en").stdout == "nothing is set aside\n"
