"""`kansoku tail`: what is new, as a property over a list that grows anywhere; the command over a socket."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.cli import follow, tail
from kansoku.cli.app import run
from kansoku.cli.follow import LATE_S, Follower

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOW = 1_790_000_000
S = 10**9


def record(at: int, body: str, **changed: object) -> dict[str, object]:
    told: dict[str, object] = {
        "time_ns": str(at),
        "service": "shop",
        "severity": "INFO",
        "severity_number": 9,
        "trace_id": "",
        "span_id": "",
        "event": "",
        "body": body,
        "attributes": {},
        "resource": {},
    }
    return {**told, **changed}


class Kept:
    """The records of a server, given as `GET /api/logs` gives them."""

    def __init__(self, *records: dict[str, object]) -> None:
        self.records = list(records)
        self.asked: list[Mapping[str, str]] = []

    def ask(self, page: Mapping[str, str]) -> dict[str, object]:
        self.asked.append(dict(page))
        limit, after = int(page["limit"]), int(page.get("after", 0))
        before = int(page.get("before", 2**63))
        held = sorted(
            (one for one in self.records if after <= int(str(one["time_ns"])) < before),
            key=lambda one: -int(str(one["time_ns"])),
        )
        last = held[limit - 1]["time_ns"] if len(held) >= limit else None
        page_of = [one for one in held if last is None or int(str(one["time_ns"])) >= int(str(last))]
        return {"from": NOW - 86_400, "to": NOW + 1, "records": page_of, "before": last}


def bodies(records: list[Mapping[str, object]]) -> list[str]:
    return [str(one["body"]) for one in records]


TIMES = st.integers(NOW * S, NOW * S + 5)
BATCHES = st.lists(st.lists(st.builds(record, TIMES, st.sampled_from("ab")), max_size=6), max_size=5)


@given(BATCHES, BATCHES, st.integers(0, 4))
def test_each_record_is_given_once_wherever_it_lands_and_if_it_is_like_another(
    before: list[list[dict[str, object]]], later: list[list[dict[str, object]]], number: int
) -> None:
    kept, follower = Kept(*(one for batch in before for one in batch)), Follower("records")
    first = follower.begin(kept.ask, number)
    assert len(first) == min(number, len(kept.records))
    for batch in later:
        kept.records += batch
        fresh = follower.new(kept.ask, 1.0)
        assert Counter(map(json.dumps, fresh)) == Counter(map(json.dumps, batch))
        times = [int(str(one["time_ns"])) for one in fresh]
        assert times == sorted(times)


def test_pages_are_read_as_far_as_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "PAGE", 2)
    kept, follower = Kept(*(record(NOW * S + at, str(at)) for at in range(9))), Follower("records")
    assert bodies(follower.begin(kept.ask, 3)) == ["6", "7", "8"]
    kept.records += [record(NOW * S + at, str(at)) for at in range(9, 16)]
    kept.records.append(record(NOW * S + 4, "late"))
    assert bodies(follower.new(kept.ask, 1.0)) == ["late", *map(str, range(9, 16))]
    monkeypatch.setattr(follow, "_PAGES_BACK", 1)
    kept.asked.clear()
    kept.records.append(record(NOW * S + 16, "16"))
    assert bodies(follower.new(kept.ask, 1.0)) == ["16"]
    assert len(kept.asked) == 1
    assert not follower.skipped
    monkeypatch.setattr(follow, "_PAGES_AT_MOST", 2)
    kept.records += [record(NOW * S + at, str(at)) for at in range(17, 30)]
    assert len(follower.new(kept.ask, 1.0)) == 4
    assert follower.skipped


def test_a_reading_that_goes_less_far_back_forgets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "PAGE", 2)
    kept, follower = Kept(*(record(NOW * S + at, str(at)) for at in range(6))), Follower("records")
    follower.begin(kept.ask, 1)
    monkeypatch.setattr(follow, "_PAGES_BACK", 1)
    assert follower.new(kept.ask, 1.0) == []
    monkeypatch.setattr(follow, "_PAGES_BACK", 9)
    assert follower.new(kept.ask, 1.0) == []


def test_what_arrives_while_it_begins_is_new() -> None:
    kept, follower = Kept(record(NOW * S, "old"), record(NOW * S + 9, "newest")), Follower("records")

    def ask(page: Mapping[str, str]) -> dict[str, object]:
        answer = kept.ask(page)
        if len(kept.asked) == 1:
            kept.records.append(record(NOW * S + 10, "between"))
        return answer

    assert bodies(follower.begin(ask, 1)) == ["newest"]
    assert bodies(follower.new(ask, 1.0)) == ["between"]


def test_what_is_late_by_less_than_a_minute_is_given_and_old_records_are_not_kept_in_mind() -> None:
    kept, follower = Kept(record(NOW * S, "first")), Follower("records")
    follower.begin(kept.ask, 1)
    for second in range(1, 200):
        kept.records.append(record((NOW + second) * S, str(second)))
        assert bodies(follower.new(kept.ask, 1.0)) == [str(second)]
    kept.records.append(record((NOW + 199) * S - int((LATE_S - 2) * S), "late"))
    kept.records.append(record((NOW + 199) * S - int((LATE_S + 2) * S), "too late"))
    assert bodies(follower.new(kept.ask, 1.0)) == ["late"]
    assert follower.new(kept.ask, 1.0) == []
    after = int(kept.asked[-1]["after"])
    assert (NOW + 199) * S - after == int(LATE_S - 1) * S
    assert len(vars_of(follower)) == LATE_S


def vars_of(follower: Follower) -> Counter[tuple[int, bytes]]:
    return follower._seen  # pyright: ignore[reportPrivateUsage]


def test_a_time_without_a_server_does_not_make_records_late() -> None:
    kept, follower = Kept(record(NOW * S, "first")), Follower("records")
    follower.begin(kept.ask, 1)
    follower.new(kept.ask, 1.0)
    kept.records.append(record((NOW + 3_600) * S, "newest"))
    assert bodies(follower.new(kept.ask, 1.0)) == ["newest"]
    kept.records.append(record((NOW + 60) * S, "sent again"))
    assert bodies(follower.new(kept.ask, 1.0)) == ["sent again"]


class Restarting:
    """A server whose every answer is scripted: a status and a body, or nothing at all."""

    def __init__(self, *answers: tuple[int, object]) -> None:
        self.asked: list[dict[str, list[str]]] = []
        left = list(answers)
        restarting = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                restarting.asked.append(parse_qs(urlsplit(self.path).query))
                status, body = left.pop(0) if left else (400, {"error": {"message": "the end"}})
                if not status:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(tail.time, "sleep", waited.append)
    return waited


def page(*records: dict[str, object]) -> tuple[int, object]:
    return 200, {"from": NOW - 86_400, "to": NOW + 1, "records": list(records), "before": None}


@pytest.fixture
def restarted() -> Iterator[Restarting]:
    first, second = record(NOW * S + 5 * 10**6, "one"), record(NOW * S + 10 * 10**6, "two \x1b[31m")
    starting = (503, {"error": {"message": "the store is starting"}})
    server = Restarting(page(first), page(first), (0, None), starting, page(second, first))
    yield server
    server.close()


def test_a_restart_is_waited_out_and_nothing_is_told_twice(
    restarted: Restarting, capsys: pytest.CaptureFixture[str], waits: list[float]
) -> None:
    words = ["--service", "shop", "--severity", "warn", "--word", "a b", "--word", "c", "--trace", "AB "]
    words += ["--feature", "chat"]
    assert run(["tail", "--url", restarted.url, "--lang", "en", "--every", "0.5", *words]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "09-21 14:13:20.005  INFO   shop  one",
        "09-21 14:13:20.010  INFO   shop  two  [31m",
    ]
    gone, back, end = told.err.splitlines()
    assert gone.startswith("kansoku: no Kansoku server answers at http://127.0.0.1:")
    assert gone.endswith("; trying again")
    assert back == f"kansoku: {restarted.url} answers again"
    assert end == "kansoku: the end"
    assert set(waits) == {0.5}
    asked = {"window": ["24h"], "service": ["shop"], "severity": ["warn"], "q": ["a b c"], "trace_id": ["ab"]}
    asked["feature"] = ["chat"]
    assert restarted.asked[0] == {**asked, "limit": ["10"]}
    assert restarted.asked[-1] == {**asked, "limit": ["1000"], "after": [str((NOW - 60) * S + 5 * 10**6)]}


def test_records_as_json_are_one_object_a_line_that_no_terminal_obeys(
    restarted: Restarting, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tail", "--url", restarted.url, "--json"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["body"] for line in lines] == ["one", "two \x1b[31m"]
    assert "\x1b" not in "".join(lines)


def test_ctrl_c_ends_with_130(restarted: Restarting, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tail.time, "sleep", interrupt)
    assert run(["tail", "--url", restarted.url]) == 130


def test_a_server_that_is_not_there_at_first_is_no_server() -> None:
    assert run(["tail", "--url", "http://127.0.0.1:9"]) == 4


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (record(0, "plain words"), "plain words"),
        (record(0, "body", event="kansoku.feedback"), "kansoku.feedback: body"),
        (
            record(0, '{"timestamp":1.5,"level":"INFO","event":"tool_call","service":"s","n":2,"a":"b c"}'),
            'tool_call n=2 a="b c"',
        ),
        (record(0, '{"message":"it broke","exception":{"type":"E"}}'), 'it broke exception={"type": "E"}'),
        (record(0, "{not json"), "{not json"),
        (record(0, "x" * 5_000), "x" * 4_000 + "…"),
    ],
)
def test_a_json_line_is_told_as_what_happened_and_its_values(told: dict[str, object], words: str) -> None:
    assert tail.words(told) == words
