"""Log search, trace lists and traces in a real store, over the API."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from starlette.testclient import TestClient

from kansoku.catalog.prices import UNKNOWN_MODEL
from kansoku.errors import StoreUnavailable
from kansoku.show.app import show_app
from kansoku.show.backend import Backend
from kansoku.show.honesty import Intake
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.port import DEFAULT_LIMITS, QueryLimits, Rows
from kansoku.store.segments import READY, Layout, Signal, varint
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping

    from google.protobuf.message import Message

    from kansoku.store.port import Parameter

NOW = 1_790_000_000
BODIES = (
    "api_call_success model=claude request_id=req_A1",
    "api_call_error Overloaded, try again",
    "東京都の利用者がAI機能を呼び出しました",
    "京都のお客様から 東京 へ転送",
    "重大な障害発生 in billing",
)


class Elsewhere:
    """A store whose event loop runs in a thread of its own, so that a test client can ask it."""

    def __init__(self, layout: Layout) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        give_tables(layout)
        self.store = EmbeddedStore(layout)

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401
        told: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        return told.result(120)

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        asked = self.store.query(statement, parameters, limits=limits)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, self.loop))

    def close(self) -> None:
        self.run(self.store.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


def attributes(**named: str) -> list[KeyValue]:
    return [KeyValue(key=name, value=AnyValue(string_value=one)) for name, one in named.items()]


def log_request() -> ExportLogsServiceRequest:
    made = ExportLogsServiceRequest()
    for number, body in enumerate(BODIES):
        group = made.resource_logs.add()
        group.resource.attributes.extend(attributes(**{"service.name": f"shop-{number % 2}", "host": "h1"}))
        group.scope_logs.add().log_records.add(
            time_unix_nano=(NOW - 100 + number) * 10**9 + 1,
            severity_number=9 if number != 1 else 17,
            severity_text="INFO" if number != 1 else "ERROR",
            body=AnyValue(string_value=body),
            trace_id=bytes([number]) * 16,
            event_name="shipped" if number == 2 else "",
            attributes=attributes(**{"order.id": str(number), "empty": ""}),
        )
    told = {"user.id": "u-4", "gen_ai.request.model": "claude-log", "kansoku.release": "r1"}
    made.resource_logs[4].scope_logs[0].log_records[0].attributes.extend(attributes(**told))
    same = made.resource_logs.add().scope_logs.add()
    for number in range(3):
        same.log_records.add(
            time_unix_nano=(NOW - 500) * 10**9, body=AnyValue(string_value=f"same moment {number}")
        )
    same.log_records.add(
        time_unix_nano=(NOW - 7_200) * 10**9,
        severity_text="INFO",
        severity_number=9,
        body=AnyValue(string_value="names that are ids"),
        attributes=attributes(**{f"order.{number}": "1" for number in range(700)}),
    )
    return made


def span_request() -> ExportTraceServiceRequest:
    made = ExportTraceServiceRequest()
    group = made.resource_spans.add()
    group.resource.attributes.extend(attributes(**{"service.name": "shop"}))
    for number in range(4):
        one = group.scope_spans.add().spans.add(
            name=f"chat {number}",
            trace_id=bytes([number // 2 + 1]) * 16,
            span_id=bytes([number + 1]) * 8,
            start_time_unix_nano=(NOW - 60 + number) * 10**9,
            end_time_unix_nano=(NOW - 60 + 2 * number) * 10**9,
        )
        model = f"claude-{number}"
        one.attributes.extend(attributes(**{"gen_ai.operation.name": "chat", "gen_ai.response.model": model}))
    for trace in (10, 11, 12):
        at = (NOW - 7_200) * 10**9
        twin = group.scope_spans.add().spans.add(
            name="twin", trace_id=bytes([trace]) * 16, span_id=bytes([trace]) * 8, start_time_unix_nano=at
        )
        twin.attributes.extend(
            attributes(**{"gen_ai.operation.name": "chat", "gen_ai.response.model": "claude-twin"})
        )
    for number in range(42):  # one trace with as many calls as are looked at first, and an older one
        one = group.scope_spans.add().spans.add(
            name="long",
            trace_id=bytes([14 if number else 13]) * 16,
            span_id=bytes([14, number]) * 4,
            start_time_unix_nano=(NOW - 7_400 + number) * 10**9,
        )
        said = {"gen_ai.operation.name": "chat", "gen_ai.response.model": "claude-long"}
        one.attributes.extend(attributes(**said))
    return made


def session_request() -> ExportTraceServiceRequest:
    """Two sessions of one user and one of another, 27 hours ago.

    One call failed and cost nothing, one has no trace, and that of `s2` has no price.
    """
    made = ExportTraceServiceRequest()
    group = made.resource_spans.add()
    group.resource.attributes.extend(attributes(**{"service.name": "shop"}))
    calls = [
        (1, "s1", "ann", ""),
        (1, "s1", "ann", "rate_limit_error"),
        (2, "s1", "ann", ""),
        (3, "s2", "ann", ""),
    ]
    for number, (trace, session, user, error) in enumerate([*calls, (4, "s3/東", "bob", "")]):
        one = group.scope_spans.add().spans.add(
            name="chat",
            trace_id=bytes([0xA0 + trace]) * 16,
            span_id=bytes([0xA0 + number]) * 8,
            start_time_unix_nano=(NOW - 100_000 + number) * 10**9,
            end_time_unix_nano=(NOW - 99_999 + number) * 10**9,
        )
        said = {"gen_ai.operation.name": "chat", "session.id": session, "user.id": user}
        one.attributes.extend(attributes(**said, **({"error.type": error} if error else {})))
        if not error:
            one.attributes.add(key="gen_ai.usage.input_tokens", value=AnyValue(int_value=100))
        if session == "s2":
            one.attributes.extend(attributes(**{"kansoku.cost.unpriced_reason": UNKNOWN_MODEL}))
        elif not error:
            one.attributes.add(key="kansoku.cost.usd", value=AnyValue(double_value=0.5))
        one.status.code = one.status.STATUS_CODE_ERROR if error else one.status.STATUS_CODE_OK
    return made


def spool(layout: Layout, kind: Signal, request: Message, number: int = 1) -> None:
    body = request.SerializeToString()
    draft = layout.data / "draft"
    draft.write_bytes(varint(len(body)) + body)
    draft.rename(layout.folder(kind) / f"{number}{READY}")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    layout = Layout(tmp_path_factory.mktemp("searched"))
    layout.create()
    spool(layout, Signal.LOGS, log_request())
    spool(layout, Signal.TRACES, span_request())
    spool(layout, Signal.TRACES, session_request(), 2)
    store = Elsewhere(layout)
    store.run(store.store.start())
    store.run(loaded(layout))

    async def honesty() -> Intake:
        raise StoreUnavailable("not asked here")

    app = show_app(Backend(store=store, demo=False, honesty=honesty, clock=lambda: NOW), static=layout.data)
    yield TestClient(app, base_url="http://127.0.0.1:4318")
    store.close()


async def loaded(layout: Layout) -> None:
    async with asyncio.timeout(60):
        while layout.backlog().waiting:
            await asyncio.sleep(0.02)


def found(client: TestClient, **asked: Any) -> list[str]:  # noqa: ANN401
    answer = client.get("/api/logs", params={"window": "15m", **asked})
    assert answer.status_code == 200, answer.text
    return [one["body"] for one in answer.json()["records"]]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({"q": "overloaded"}, [1]),
        ({"q": "OVERLOADED again"}, [1]),
        ({"q": "overload"}, []),
        ({"q": "障害"}, [4]),
        ({"q": "京都"}, [3, 2]),
        ({"q": "東京都"}, [2]),
        ({"q": "都京"}, []),
        ({"q": "ai機能"}, [2]),
        ({"q": "障害発生 billing"}, [4]),
        ({"q": "request_id=req_A1"}, [0]),
        ({"q": ","}, [1]),
        ({"severity": "error"}, [1]),
        ({"service": "shop-1"}, [3, 1]),
        ({"trace_id": "02" * 16}, [2]),
        ({"attribute": "order.id=3"}, [3]),
        ({"attribute": ["order.id=3", "host=h1"]}, [3]),
        ({"attribute": "order.id="}, []),
        ({"attribute": "empty=", "service": "shop-1"}, [3, 1]),
        ({"attribute": "host=h1", "severity": "warn"}, [1]),
        ({"to": NOW - 98}, [1, 0]),
        ({"after": (NOW - 97) * 10**9 + 1}, [4, 3]),
        ({"after": (NOW - 97) * 10**9 + 2}, [4]),
        ({"after": (NOW - 99) * 10**9, "before": (NOW - 98) * 10**9 + 1}, [1]),
        ({"from": NOW - 99, "to": NOW - 97}, [2, 1]),
        ({"release": "r1"}, [4]),
        ({"event": "shipped"}, [2]),
        ({"event": "ship"}, []),
        ({"user": "u-4"}, [4]),
        ({"model": "claude-log"}, [4]),
        ({"model": "claude-log", "user": "u-5"}, []),
    ],
)
def test_a_search_finds_what_holds_all_that_is_asked(
    client: TestClient, asked: dict[str, Any], meant: list[int]
) -> None:
    bodies = [one for one in found(client, **asked) if not one.startswith("same")]
    assert bodies == [BODIES[number] for number in meant]


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_pages_give_every_record_once_newest_first_those_of_one_moment_together(
    client: TestClient, limit: int
) -> None:
    seen: list[tuple[int, str]] = []
    before: dict[str, str] = {}
    for _ in range(20):
        page = client.get("/api/logs", params={"window": "15m", "limit": limit, **before}).json()
        seen += [(int(one["time_ns"]), one["body"]) for one in page["records"]]
        if page["before"] is None:
            break
        before = {"before": page["before"]}
    assert [time for time, _ in seen] == sorted((time for time, _ in seen), reverse=True)
    assert sorted(body for _, body in seen) == sorted([*BODIES, *(f"same moment {n}" for n in range(3))])


def test_a_trace_has_all_its_spans_and_only_those(client: TestClient) -> None:
    answer = client.get(f"/api/traces/{'02' * 16}").json()
    assert [(one["name"], one["duration_ns"]) for one in answer["spans"]] == [
        ("chat 2", 2 * 10**9),
        ("chat 3", 3 * 10**9),
    ]
    assert answer["spans"][0]["start_ns"] == str((NOW - 58) * 10**9)
    assert answer["truncated"] is False
    assert client.get(f"/api/traces/{'09' * 16}").status_code == 404
    assert client.get("/api/traces/x'").status_code == 400


def test_the_list_of_traces_has_each_once_by_its_newest_call_that_was_asked_for(client: TestClient) -> None:
    def listed(**asked: object) -> list[tuple[str, str]]:
        answer = client.get("/api/traces", params={"window": "15m", **asked}).json()  # pyright: ignore[reportArgumentType]
        return [(one["trace_id"][:2], one["model"]) for one in answer["traces"]]

    assert listed() == [("02", "claude-3"), ("01", "claude-1")]
    assert listed(model="claude-2") == [("02", "claude-2")]
    assert listed(slower_than_s=2.5) == [("02", "claude-3")]
    assert listed(limit=1, before=(NOW - 57) * 10**9) == [("02", "claude-2")]
    assert listed(service="none") == []
    assert listed(outcome="error") == []


@pytest.mark.parametrize(("limit", "meant"), [(1, ["0e"]), (2, ["0e", "0d"]), (3, ["0e", "0d"])])
def test_a_trace_of_many_calls_hides_no_older_one(client: TestClient, limit: int, meant: list[str]) -> None:
    asked = {"window": "24h", "limit": limit, "model": "claude-long"}
    answer = client.get("/api/traces", params=asked).json()
    assert [one["trace_id"][:2] for one in answer["traces"]] == meant


def test_traces_of_one_moment_come_on_one_page(client: TestClient) -> None:
    found: list[str] = []
    before: dict[str, str] = {}
    for _ in range(20):
        asked = {"window": "24h", "limit": 1, "model": "claude-twin", **before}
        page = client.get("/api/traces", params=asked).json()
        found += [one["trace_id"][:2] for one in page["traces"]]
        if page["before"] is None:
            break
        before = {"before": page["before"]}
    assert sorted(found) == ["0a", "0b", "0c"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/logs?severity=loud", "severity"),
        ("/api/logs?attribute=x", "attribute"),
        ("/api/logs?q=" + "a+" * 17, "q"),
        ("/api/logs?window=1y", "window"),
        ("/api/logs?limit=0", "limit"),
        ("/api/logs?colour=red", "colour"),
        ("/api/traces?before=-1", "before"),
        ("/api/traces?slower_than_s=nan", "slower_than_s"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(client: TestClient, path: str, field: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field


def test_a_traces_shape_has_every_span_in_columns_with_what_its_calls_cost(client: TestClient) -> None:
    told = client.get(f"/api/traces/{'02' * 16}/shape").json()
    assert told["ids"] == ["03" * 8, "04" * 8]
    assert told["begin_ns"] == str((NOW - 58) * 10**9)
    assert told["starts_us"] == [0, 1_000_000]
    assert told["durations_us"] == [2_000_000, 3_000_000]
    assert [told["words"][place] for place in told["names"]] == ["chat 2", "chat 3"]
    assert [told["words"][place] for place in told["services"]] == ["shop", "shop"]
    assert told["parents"] == [-1, -1]
    assert told["failed"] == [False, False]
    assert {one["span_id"] for one in told["calls"]} == {"03" * 8, "04" * 8}
    assert told["truncated"] is False
    assert client.get(f"/api/traces/{'09' * 16}/shape").status_code == 404


def test_one_span_is_told_in_full(client: TestClient) -> None:
    told = client.get(f"/api/traces/{'02' * 16}/spans/{'03' * 8}").json()
    assert told["attributes"]["gen_ai.response.model"] == "claude-2"
    assert told["resource"]["service.name"] == "shop"
    assert told["events"] == []
    assert client.get(f"/api/traces/{'02' * 16}/spans/{'09' * 8}").status_code == 404


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({"id": "03" * 8}, ["02"]),
        ({"id": "02" * 16}, ["02"]),
        ({"id": "02"}, []),
        ({"session": "nobody"}, []),
        ({"tool": "none"}, []),
        ({"q": "overloaded"}, []),
        ({"user": "nobody"}, []),
        ({"from": NOW - 61, "to": NOW - 58}, ["01"]),
    ],
)
def test_traces_are_found_by_ids_and_by_what_is_known_of_a_call(
    client: TestClient, asked: dict[str, str], meant: list[str]
) -> None:
    answer = client.get("/api/traces", params={"window": "15m", **asked}).json()
    assert [one["trace_id"][:2] for one in answer["traces"]] == meant


def test_facets_count_the_commonest_values_of_what_was_searched(client: TestClient) -> None:
    told = client.get("/api/logs/facets", params={"window": "15m"}).json()
    counted = {
        (one["of"], one["name"]): [(value["value"], value["records"]) for value in one["values"]]
        for one in told["facets"]
    }
    assert (told["records"], told["sampled"]) == (8, False)
    assert counted[("severity", "")] == [("info", 4), ("error", 1)]
    assert counted[("service", "")] == [("shop-0", 3), ("shop-1", 2)]
    assert ("attribute", "order.id") not in counted  # another one each time
    assert [one["of"] for one in told["facets"]][:2] == ["severity", "service"]
    narrowed = client.get("/api/logs/facets", params={"window": "15m", "severity": "error"}).json()
    assert narrowed["records"] == 1


def test_any_number_of_attributes_leaves_the_other_facets_and_the_count(client: TestClient) -> None:
    asked = {"from": NOW - 7_210, "to": NOW - 7_190}
    told = client.get("/api/logs/facets", params=asked).json()
    assert told["records"] == 1
    assert told["facets"][0]["of"] == "severity"


def test_records_that_differ_in_anything_have_ids_of_their_own(client: TestClient) -> None:
    records = client.get("/api/logs", params={"window": "15m"}).json()["records"]
    assert len({one["id"] for one in records}) == len(records) == 8
    again = client.get("/api/logs", params={"window": "15m"}).json()["records"]
    assert [one["id"] for one in again] == [one["id"] for one in records]


def test_sessions_have_their_calls_cost_and_errors_the_newest_first(client: TestClient) -> None:
    told = client.get("/api/sessions", params={"window": "7d"}).json()
    rows = [
        (one["id"], one["other"], one["traces"], one["sums"]["calls"], one["sums"]["errors"])
        for one in told["sessions"]
    ]
    assert rows == [("s3/東", "bob", 1, 1, 0), ("s2", "ann", 1, 1, 0), ("s1", "ann", 2, 3, 1)]
    sums = [one["sums"] for one in told["sessions"]]
    assert [(one["cost_usd"], one["unpriced"], one["input_tokens"]) for one in sums] == [
        (0.5, 0, 100),
        (None, 1, 100),
        (1.0, 0, 200),
    ]
    users = client.get("/api/sessions", params={"window": "7d", "by": "user"}).json()["sessions"]
    assert [(one["id"], one["others"], one["sums"]["calls"]) for one in users] == [
        ("bob", 1, 1),
        ("ann", 2, 4),
    ]
    assert client.get("/api/sessions", params={"window": "7d", "by": "colour"}).status_code == 400


def test_a_call_without_a_price_says_why_and_one_that_costs_nothing_says_nothing(client: TestClient) -> None:
    told = {
        session: client.get("/api/traces", params={"window": "7d", "session": session}).json()["traces"]
        for session in ("s1", "s2")
    }
    assert {(one["cost_usd"], one["unpriced_reason"]) for one in told["s2"]} == {(None, UNKNOWN_MODEL)}
    failed, other = f"{'a1' * 8}", f"{'a0' * 8}"
    shown = client.get(f"/api/traces/{told['s1'][-1]['trace_id']}/shape").json()["calls"]
    assert {one["span_id"]: (one["cost_usd"], one["unpriced_reason"]) for one in shown} == {
        failed: (None, ""),
        other: (0.5, ""),
    }
    (unpriced,) = client.get(f"/api/traces/{told['s2'][0]['trace_id']}/shape").json()["calls"]
    assert unpriced["unpriced_reason"] == UNKNOWN_MODEL


def test_pages_give_every_session_once(client: TestClient) -> None:
    seen: list[str] = []
    before: dict[str, str] = {}
    for _ in range(10):
        page = client.get("/api/sessions", params={"window": "7d", "limit": 1, **before}).json()
        seen += [one["id"] for one in page["sessions"]]
        if page["before"] is None:
            break
        before = {"before": page["before"]}
    assert seen == ["s3/東", "s2", "s1"]


def test_a_session_has_its_traces_in_order(client: TestClient) -> None:
    told = client.get("/api/session", params={"window": "7d", "id": "s1"}).json()
    assert told["session"]["sums"]["calls"] == 3
    assert [(one["trace_id"][:2], one["sums"]["calls"], one["error_type"]) for one in told["traces"]] == [
        ("a1", 2, "rate_limit_error"),
        ("a2", 1, ""),
    ]
    one = client.get("/api/session", params={"window": "7d", "id": "ann", "by": "user"}).json()
    assert [trace["trace_id"][:2] for trace in one["traces"]] == ["a1", "a2", "a3"]
    assert client.get("/api/session", params={"window": "7d", "id": "s3/東"}).status_code == 200
    assert client.get("/api/session", params={"window": "7d", "id": "nobody"}).status_code == 404
    assert client.get("/api/session", params={"window": "15m", "id": "s1"}).status_code == 404
