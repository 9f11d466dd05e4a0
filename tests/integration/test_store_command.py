"""`kansoku store …` as people run it, with a server and without one."""

import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from kansoku.store.segments import Layout, Signal
from tests.conformance.test_store_segments import span, spool
from tests.servers import RunningServer, running
from tests.servers import kansoku as command

CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-a"}
JSON = {"content-type": "application/json"}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command("store", *words), capture_output=True, text=True, check=False, timeout=120)


def test_the_size_is_told_by_the_server_and_without_one_alike(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as server:
        by_server = run("stats", "--url", server.url, "--json")
        busy = run("stats", "--data-dir", str(data))
        assert (busy.returncode, busy.stdout) == (1, "")
        assert f"another Kansoku uses the data directory {data}" in busy.stderr
        in_japanese = run("stats", "--url", server.url, "--lang", "ja")
        assert "テーブル" in in_japanese.stdout
        assert server.stop() == 0
    alone = run("stats", "--data-dir", str(data), "--json")
    assert (by_server.returncode, alone.returncode) == (0, 0)
    told, again = json.loads(by_server.stdout), json.loads(alone.stdout)
    assert [one["table"] for one in told["tables"]] == [one["table"] for one in again["tables"]]
    assert told["calls"] == 0


def test_what_a_disk_left_of_a_part_is_told_and_removed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as server:
        part = next(Layout(data).database.glob("store/*/*/detached")) / "broken-on-start_202611_1_1_0"
        part.mkdir()
        (part / "data.bin").write_bytes(b"half of it")
        with urllib.request.urlopen(f"{server.url}/api/honesty", timeout=10) as answer:
            told = {one["id"]: one for one in json.load(answer)["shortfalls"]}["cut_short"]
        assert (told["count"], told["since"]) == (1, pytest.approx(part.stat().st_ctime))
        removed = run("discard", "--url", server.url)
        assert (removed.returncode, removed.stdout) == (0, "1 parts removed (10 B)\n")
        assert not part.exists()


def test_a_folder_without_data_and_a_server_that_is_not_there_are_told(tmp_path: Path) -> None:
    nothing = run("stats", "--data-dir", str(tmp_path))
    assert (nothing.returncode, nothing.stderr) == (
        1,
        f"kansoku: --data-dir {tmp_path}: there is no Kansoku data in it\n",
    )
    nobody = run("stats", "--url", "http://127.0.0.1:9")
    assert nobody.returncode == 4
    assert "no Kansoku server answers" in nobody.stderr


@pytest.mark.parametrize(
    ("headers", "body", "status", "message"),
    [
        ({}, b"[]", 400, "send a JSON object"),
        ({}, b"[" * 100_000, 413, "body: it is over"),
        ({"origin": "http://elsewhere.example"}, b"{}", 403, ""),
    ],
)
def test_only_a_json_object_from_no_other_page_starts_a_task(
    server: RunningServer, headers: dict[str, str], body: bytes, status: int, message: str
) -> None:
    request = urllib.request.Request(f"{server.url}/api/store/stats", body, {**JSON, **headers})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    with refused.value as error:
        assert error.code == status
        assert message in error.read().decode()


def test_an_unknown_task_is_told_after_the_headers(server: RunningServer) -> None:
    request = urllib.request.Request(f"{server.url}/api/store/tidy", b"{}", JSON)
    with urllib.request.urlopen(request, timeout=30) as answer:
        last = json.loads(answer.read().splitlines()[-1])
    assert last["error"]["fault"] == "asker"


def test_retention_is_set_shown_and_carried_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "kansoku.toml"
    config.write_text("[retention]\nlogs = 9\n")
    monkeypatch.setenv("KANSOKU_CONFIG", str(config))
    with running(tmp_path / "data") as server:
        wrong = run("retention", "--set", "traces=soon", "--url", server.url)
        assert wrong.returncode == 64
        assert "traces 'soon' is neither days from 1" in wrong.stderr
        shown = run("retention", "--set", "traces=7", "--url", server.url, "--lang", "en")
        assert shown.returncode == 0, shown.stderr
        lines = {line.split()[0]: line.split()[1:] for line in shown.stdout.splitlines() if line}
        assert lines["traces"][:2] == ["7", "command"]
        assert lines["logs"][:2] == ["9", "kansoku.toml"]
        assert lines["calls"][:2] == ["400", "default"]
        assert "nothing is older than that" in shown.stdout
        applied = run("retention", "--apply", "--json", "--url", server.url)
        assert json.loads(applied.stdout)["applied"] is True
        assert server.get("api/honesty")["late_rows"] == 0
        config.write_text("[retention]\nlogs = 0\n")
        refused = run("retention", "--url", server.url)
        assert refused.returncode == 1
        assert "line 2: retention.logs 0 is neither" in refused.stderr


def test_a_user_is_erased_under_the_pseudonym_that_the_application_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KANSOKU_USER_ID_KEY", "a key of sixteen bytes and more")
    told = subprocess.run(command("pseudonym", "ann"), capture_output=True, text=True, check=True, timeout=60)
    pseudonym = told.stdout.strip()
    layout = Layout(tmp_path / "data")
    ann, other = b"ann's it", b"others'!"
    spool(
        layout,
        Signal.TRACES,
        span("a", {**CALL, "user.id": pseudonym}, span_id=ann),
        span("b", {**CALL, "user.id": "u_other"}, span_id=other),
    )
    planned = run("erase", "--user", "ann", "--dry-run", "--data-dir", str(layout.data), "--lang", "en")
    assert planned.returncode == 0, planned.stderr
    assert "Nothing was changed" in planned.stdout
    with running(layout.data) as server:
        server.query_until("SELECT count() FROM calls", lambda rows: rows[0][0] == 2)
        nobody = run("erase", "--url", server.url)
        assert nobody.returncode == 64
        done = subprocess.run(
            command("store", "erase", "--user", "-", "--url", server.url, "--lang", "en"),
            input="ann\n", capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Erased. Searched" in done.stdout
        assert "ann" not in done.stdout
        assert server.query("SELECT user_id FROM calls") == [["u_other"]]


def test_a_running_server_is_backed_up_and_comes_back_elsewhere(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    spool(layout, Signal.TRACES, span("one", CALL), span("two", CALL, span_id=b"the next"))
    with running(layout.data) as server:
        server.query_until("SELECT count() FROM calls", lambda rows: rows[0][0] == 2)
        done = run("backup", str(tmp_path / "backup"), "--url", server.url, "--lang", "en")
        assert done.returncode == 0, done.stderr
        assert "Backed up to" in done.stdout
        again = run("backup", str(tmp_path / "backup"), "--url", server.url)
        assert again.returncode == 1
        assert "is not empty" in again.stderr
        assert list(layout.snapshots.iterdir()) == []
        onto = run("restore", str(tmp_path / "backup"), "--data-dir", str(layout.data))
        assert (onto.returncode, "is not empty" in onto.stderr) == (1, True)
    back = run("restore", str(tmp_path / "backup"), "--data-dir", str(tmp_path / "back"), "--lang", "en")
    assert back.returncode == 0, back.stderr
    assert "counted and whole" in back.stdout
    with running(tmp_path / "back") as server:
        assert server.query("SELECT count() FROM calls") == [[2]]
