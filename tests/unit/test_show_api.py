"""The JSON API over a store in memory."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from kansoku.catalog.indicators import INDICATORS, indicator
from kansoku.catalog.measures import Reading
from kansoku.catalog.panels import GROUPS
from kansoku.catalog.rollups import BY_FEATURE, ROLLUPS
from kansoku.errors import QueryRefused, QueryTimeout, SpoolUnavailable, StoreUnavailable
from kansoku.query import sessions, sql, trace_shape, traces
from kansoku.query.cache_tokens import CACHE_PARTS, SIZES
from kansoku.query.rolled import definition
from kansoku.query.scope import moment
from kansoku.show.app import show_app
from kansoku.show.backend import Backend
from kansoku.show.honesty import Intake
from kansoku.store.port import DEFAULT_LIMITS, Column, QueryLimits, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kansoku.store.port import Parameter

NOW = 1_790_000_000.4


class MemoryStore:
    """Gives each known measure its reading, wherever a statement asks for it, and 0 or null else."""

    def __init__(self) -> None:
        self.readings: dict[str, Reading] = {}
        self.given: dict[str, Rows] = {}
        self.fault: Exception | None = None
        self.asked: list[tuple[str, Mapping[str, Parameter], QueryLimits]] = []

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        self.asked.append((statement, parameters or {}, limits))
        if self.fault is not None:
            raise self.fault
        for part, rows in self.given.items():
            if part in statement:
                return rows
        if statement.startswith("SELECT arraySlice("):  # rankings that are read in one pass
            nothing: tuple[object, ...] = ((), 0)
            return Rows((), [nothing * len(re.findall(r" AS sum\d+", statement))])
        if "min(time)" in statement:
            return Rows((), [(0,)])
        if "GROUP BY" in statement or "ORDER BY" in statement:
            return Rows((), [])
        return Rows((), [tuple(self._cells(statement))])

    def _cells(self, statement: str) -> Iterator[object]:
        for place in range(len(re.findall(r" AS v\d+", statement))):
            found = Reading(None, 0)
            for name, reading in self.readings.items():
                told = sql.measure(indicator(name).measure)
                if f"{told.value} AS v{place}, {told.n} AS n{place}" in statement:
                    found = reading
            yield from (found.value, found.n)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def client_of(store: MemoryStore, static: Path = Path("/nowhere"), **named: bool) -> TestClient:
    async def honesty() -> Intake:
        refused, faulty = {"malformed": 3, "too_large": 1}, {"time": 5}
        masked = 7 if named.get("door", True) else None
        told = Intake(1, 2, 3, refused, faulty, NOW - 60, "no protobuf", 6, texts_redacted=masked)
        return replace(told, parts_cut_short=2, cut_short_since=NOW - 50)

    app = show_app(
        Backend(store=store, demo=named.get("demo", False), honesty=honesty, clock=lambda: NOW),
        hosts=("kansoku.example",),
        static=static,
    )
    return TestClient(app, base_url="http://127.0.0.1:4318", raise_server_exceptions=False)


@pytest.fixture
def client(store: MemoryStore) -> TestClient:
    return client_of(store)


def test_the_catalog_has_the_eight_groups_in_order_and_the_thirteen_indicators(client: TestClient) -> None:
    body = client.get("/api/catalog").json()
    assert [group["id"] for group in body["groups"]] == [
        "api_health",
        "latency",
        "cost",
        "tokens",
        "users",
        "errors",
        "tools",
        "satisfaction",
    ]
    assert len(body["indicators"]) == 13
    assert body["indicators"][0]["keep"] == "above"
    assert body["windows"] == ["15m", "1h", "6h", "24h", "7d", "30d"]
    assert body["languages"] == ["en", "ja"]
    assert body["groups"][1]["panels"][3]["kind"] == "table"


def test_the_status_tells_state_sentence_and_every_indicator(store: MemoryStore, client: TestClient) -> None:
    store.readings = {"error_rate": Reading(0.9, 20), "latency_p95": Reading(1.5, 2)}
    store.given["GROUP BY who"] = Rows((), [("overloaded_error", 18.0, 18, 1.0)])
    store.given["SELECT DISTINCT"] = Rows((), [("chat",), ("search",)])
    body = client.get("/api/status?window=15m").json()
    assert body["state"] == "down"
    sentence = "18 of 20 calls failed in the last 15 minutes, most often overloaded_error."
    assert body["sentence"]["en"] == sentence
    assert body["headline"]["en"] == f"DOWN: {sentence}"
    assert (body["from"], body["to"], body["window"]) == (1_790_000_001 - 900, 1_790_000_001, "15m")
    assert (body["feature"], body["features"], body["demo"]) == (None, ["chat", "search"], False)
    assert [one["name"] for one in body["indicators"]] == [known.name for known in INDICATORS]
    by_name = {one["name"]: one for one in body["indicators"]}
    assert by_name["error_rate"] == {
        "name": "error_rate",
        "value": 0.9,
        "unit": "ratio",
        "n": 20,
        "window_s": 900,
        "objective": 0.05,
        "keep": "below",
        "state": "breach",
        "approximate": None,
        "before": None,
    }
    assert by_name["latency_p95"]["state"] == "low_sample"
    assert by_name["cost_daily_total_usd"]["window_s"] == 86_400
    assert by_name["cost_daily_total_usd"]["value"] is None


def test_the_thirteen_indicators_take_one_statement_for_each_table_and_window(
    store: MemoryStore, client: TestClient
) -> None:
    client.get("/api/status?window=1h")
    surveys = [text for text, _, _ in store.asked if " AS v0" in text and "GROUP BY" not in text]
    assert sorted(text.count(" AS v") for text in surveys) == [1, 3, 12]


def test_a_feature_is_bound_as_a_parameter_and_never_part_of_the_text(
    store: MemoryStore, client: TestClient
) -> None:
    name = "chat' OR 1=1 --"
    body = client.get("/api/status", params={"feature": name}).json()
    assert body["feature"] == name
    assert not any(name in text for text, _, _ in store.asked)
    bound = [given for text, given, _ in store.asked if "{feature:String}" in text]
    assert len(bound) == 5
    assert all(given["feature"] == name for given in bound)


@pytest.mark.parametrize("group", [group.id for group in GROUPS])
def test_every_group_answers_with_its_panels_when_there_is_no_data(client: TestClient, group: str) -> None:
    body = client.get(f"/api/panels/{group}?window=1h").json()
    known = next(each for each in GROUPS if each.id == group)
    assert [panel["id"] for panel in body["panels"]] == [panel.id for panel in known.panels]
    apart = client.get(f"/api/panels/{group}/reckoned?window=1h").json()
    assert [panel["id"] for panel in apart["panels"]] == [panel.id for panel in known.reckoned]
    assert body["step_s"] == 30
    for panel in body["panels"]:
        for series in panel.get("series", ()):
            assert len(series["values"]) == len(panel["times"])
            assert len(panel["times"]) == (120 if panel["from"] is None else 30)


def test_a_table_tells_that_a_column_is_a_time(store: MemoryStore, client: TestClient) -> None:
    cells = (1_790_000_000_500_000_000, "chat", "claude-x", "api_error", 500, "", "req_1", "4bf9")
    store.given["ORDER BY time DESC"] = Rows((), [cells])
    panels = client.get("/api/panels/errors").json()["panels"]
    recent = next(panel for panel in panels if panel["id"] == "recent_errors")
    assert recent["columns"][0]["unit"] == "time"
    assert recent["rows"] == [[1_790_000_000.5, "chat", "claude-x", "api_error", 500, None, "req_1", "4bf9"]]


@pytest.mark.parametrize(
    ("path", "status", "field", "told"),
    [
        ("/api/status?window=2h", 400, "window", "15m, 1h, 6h, 24h, 7d, 30d"),
        ("/api/status?featur=chat", 400, "featur", "Extra inputs"),
        ("/api/panels/nope", 404, "group", "api_health, latency"),
        ("/api/nope", 404, None, "/api/nope"),
        ("/v1/nope", 404, None, "/v1/nope"),
        ("/api", 404, None, "/api"),
    ],
)
def test_a_wrong_request_is_told_the_field_and_the_mend(
    client: TestClient, path: str, status: int, field: str | None, told: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json()["error"]["field"] == field
    assert told in answer.json()["error"]["message"]


def post(client: TestClient, body: object, **headers: str) -> tuple[int, dict[str, object]]:
    sent = {"content-type": "application/json"} | {name.replace("_", "-"): headers[name] for name in headers}
    answer = client.post("/api/query", content=json.dumps(body), headers=sent)
    return answer.status_code, answer.json()


def test_a_query_gives_columns_and_rows_under_limits(store: MemoryStore, client: TestClient) -> None:
    columns = (Column("n", "UInt64"), Column("xs", "Array(String)"))
    store.given["SELECT 7"] = Rows(columns, [(2**63, ["a"]), (None, [])], truncated=True)
    assert post(client, {"sql": "SELECT 7"}) == (
        200,
        {
            "columns": [{"name": "n", "type": "UInt64"}, {"name": "xs", "type": "Array(String)"}],
            "rows": [[2**63, ["a"]], [None, []]],
            "truncated": True,
        },
    )
    limits = store.asked[0][2]
    assert (limits.seconds, limits.rows) == (10.0, 10_000)


def test_a_refused_query_is_the_askers_fault_and_names_the_statement(
    store: MemoryStore, client: TestClient
) -> None:
    store.fault = QueryRefused("DROP is not a read")
    status, body = post(client, {"sql": "DROP TABLE calls"})
    assert (status, body) == (400, {"error": {"message": "DROP is not a read", "field": "sql"}})


@pytest.mark.parametrize(
    ("fault", "status"),
    [(QueryTimeout("10 s"), 504), (StoreUnavailable("starting"), 503), (KeyError("x"), 500)],
)
def test_a_fault_of_the_store_has_its_own_status(
    store: MemoryStore, client: TestClient, fault: Exception, status: int
) -> None:
    store.fault = fault
    answer = client.get("/api/status")
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("body", [{}, {"sql": ""}, {"sql": 1}, {"sql": "SELECT 1", "x": 1}, [], "SELECT 1"])
def test_a_query_body_of_another_shape_is_refused_with_an_example(client: TestClient, body: object) -> None:
    status, answer = post(client, body)
    assert status == 400
    assert '{"sql": "SELECT …"}' in str(answer["error"])


def test_a_query_body_over_its_cap_is_not_read_to_the_end(store: MemoryStore, client: TestClient) -> None:
    status, _ = post(client, {"sql": "x" * 300_000})
    assert (status, store.asked) == (413, [])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec_fetch_site": "same-origin", "origin": "http://127.0.0.1:4318"}, 200),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "null"}, 403),
        ({"content_type": "text/plain"}, 415),
    ],
)
def test_only_our_own_page_or_no_browser_may_query(
    store: MemoryStore, client: TestClient, headers: dict[str, str], status: int
) -> None:
    assert post(client, {"sql": "SELECT 1"}, **headers)[0] == status
    assert len(store.asked) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:4318", 200),
        ("localhost:9", 200),
        ("kansoku.example", 200),
        ("KANSOKU.example.:80", 200),
        ("[::1]:4318", 200),
        ("10.0.0.7", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_only_host_names_that_are_ours_are_answered(client: TestClient, host: str, status: int) -> None:
    assert client.get("/api/catalog", headers={"host": host}).status_code == status
    assert client.get("/healthz", headers={"host": host}).status_code == 200


def test_health_tells_why_it_is_not_well(store: MemoryStore, client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    store.fault = StoreUnavailable("the store is starting")
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "reason": "the store is starting"}


def test_health_tells_that_nothing_can_be_received() -> None:
    async def honesty() -> Intake:
        return Intake(0, 0, 0)

    async def ready() -> None:
        raise SpoolUnavailable("the disk is full")

    app = show_app(Backend(store=MemoryStore(), demo=False, honesty=honesty, clock=lambda: NOW, ready=ready))
    answer = TestClient(app, base_url="http://127.0.0.1:4318").get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "reason": "the disk is full"}


def test_the_cache_is_told_in_dollars_with_what_is_left_out(store: MemoryStore, client: TestClient) -> None:
    alike = ("anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5", "", "", "")
    longer = (0, 0.0, 0.0, 0.0) * (len(SIZES) - 1)
    unknown = ("anthropic", "claude-none", "", "", "", "")
    store.given[f"AS v{len(CACHE_PARTS) - 1}"] = Rows(
        (),
        [
            (*alike, "chat", "2026-09-20", 0, 5, 10e6, 1e6, 0.0, *longer),
            (*alike, "once", "2026-09-20", 0, 2, 0.0, 4e6, 0.0, *longer),
            (*unknown, "chat", "2026-09-20", 0, 1234, 5.0, 0.0, 0.0, *longer),
        ],
    )
    found = {
        one["id"]: one for one in client.get("/api/panels/tokens/reckoned?compare=before").json()["panels"]
    }
    saved, lost, table = (found[name] for name in ("cache_saved", "cache_lost", "cache_dollars"))
    assert (saved["kind"], saved["value"], saved["n"]) == ("stat", pytest.approx(27.0), 7)
    assert saved["before"] == pytest.approx(27.0)
    assert lost["value"] == pytest.approx(3.0)
    assert [one["id"] for one in table["columns"]] == [
        "response_model",
        "feature",
        "saved",
        "paid",
        "lost",
        "net",
    ]
    assert [one["filter"] for one in table["columns"]][:2] == ["model", "feature"]
    assert table["rows"] == [
        ["claude-sonnet-4-5", "chat", pytest.approx(27.0), pytest.approx(0.75), 0.0, pytest.approx(26.25)],
        ["claude-sonnet-4-5", "once", 0.0, pytest.approx(3.0), pytest.approx(3.0), pytest.approx(-3.0)],
    ]
    assert table["note"]["en"].startswith("1,234 calls that used the cache have no known price")


def test_the_cost_panels_forecast_the_month_without_a_budget_too(
    store: MemoryStore, client: TestClient
) -> None:
    store.readings["cost_daily_total_usd"] = Reading(70.0, 9)
    store.given["min(time)"] = Rows((), [(int(NOW) - 30 * 86_400,)])
    (month,) = (
        one for one in client.get("/api/panels/cost/reckoned").json()["panels"] if one["kind"] == "month"
    )
    cost = month["cost"]
    assert (cost["budget_usd"], cost["left_usd"], cost["spent_usd"], cost["state"]) == (
        None,
        None,
        70.0,
        "ok",
    )
    assert cost["month_begins"] <= NOW < cost["month_ends"]
    assert cost["forecast_usd"] == pytest.approx(70.0 + 10.0 * (cost["month_ends"] - NOW) / 86_400)


def test_honesty_joins_the_store_and_the_intake(store: MemoryStore, client: TestClient) -> None:
    store.given["WHERE stored_at >="] = Rows((), [(50, 4)])
    store.given["FROM calls"] = Rows((), [(100, 7)])
    store.given["FROM otel_metrics_sum"] = Rows(
        (),
        [
            ("kansoku_dropped", "spans: buffer full", 10.0, 1),
            ("kansoku_redacted", "facts", 6.0, 3),
            ("kansoku_redacted", "logs", 0.0, 3),
        ],
    )
    store.given["FROM retention_log WHERE late"] = Rows((), [(5,)])
    store.given["FROM duplicate_calls"] = Rows((), [("openllmetry / kansoku", 9)])
    by_hour, by_days = BY_FEATURE, next(one for one in ROLLUPS if one.grain_s == 4 * 86_400)
    kept_three_days = next(one for one in ROLLUPS if one.days == 3)
    hour, day = int(NOW) // 3_600 * 3_600, 86_400
    store.given["FROM rollup_withdrawn WHERE"] = Rows(
        (),
        [
            (by_hour.name, definition(by_hour), hour - 7_200, int(NOW) - 9),
            (by_hour.name, definition(by_hour), hour - 20 * day, int(NOW) - 40),
            (by_days.name, definition(by_days), hour - 4 * day, int(NOW) - 700),
            (by_hour.name, "of an older making", hour - 30 * day, int(NOW) - 5_000),
            (kept_three_days.name, definition(kept_three_days), hour - 5 * day, int(NOW) - 6_000),
        ],
    )
    told = client.get("/api/honesty").json()
    shortfalls = {one["id"]: one for one in told.pop("shortfalls")}
    assert told == {
        "calls": 100,
        "unpriced": 7,
        "duplicates": {"openllmetry / kansoku": 9},
        "spool_bytes": 1,
        "segments_waiting": 2,
        "segments_set_aside": 3,
        "rejected_requests": 4,
        "rejected_items": 5,
        "refusals": {"malformed": 3, "too_large": 1},
        "faults": {"time": 5},
        "late_rows": 5,
        "set_aside_since": NOW - 60,
        "set_aside_reason": "no protobuf",
        "store_restarts": 6,
        "notices_waiting": 0,
        "notices_lost": 0,
        "settings_error": "",
        "settings": [],
        "processes": 3,
    }
    shown = {name: (one["count"], one["share"], one["parts"]) for name, one in shortfalls.items()}
    assert shown == {
        "dropped": (10, 10 / 60, {"spans: buffer full": 10}),
        "refused_requests": (4, None, {"malformed": 3, "too_large": 1}),
        "refused_items": (5, None, {"time": 5}),
        "set_aside": (3, None, {"no protobuf": 3}),
        "cut_short": (2, None, {}),
        "expired": (5, None, {}),
        "late": (4, 4 / 50, {}),
        "summed_anew": (97, None, {}),
        "unpriced": (7, 0.07, {}),
        "duplicates": (9, 9 / 109, {"openllmetry / kansoku": 9}),
        "redacted": (6, None, {"facts": 6}),
        "redacted_here": (7, None, {}),
    }
    waiting = {name: one["since"] for name, one in shortfalls.items() if one["since"] is not None}
    assert waiting == {"set_aside": NOW - 60, "cut_short": NOW - 50, "summed_anew": int(NOW) - 700}
    assert shortfalls["dropped"]["harms"]
    assert not shortfalls["redacted"]["harms"]


def test_what_nobody_told_is_not_nothing(store: MemoryStore) -> None:
    store.given["FROM calls"] = Rows((), [(0, 0)])
    store.given["FROM retention_log WHERE late"] = Rows((), [(0,)])
    told = client_of(store, door=False).get("/api/honesty").json()
    shortfalls = {one["id"]: (one["count"], one["share"]) for one in told["shortfalls"]}
    assert shortfalls["dropped"] == shortfalls["redacted"] == (None, None)
    assert shortfalls["unpriced"] == shortfalls["summed_anew"] == (0, None)
    assert "redacted_here" not in shortfalls


def test_the_schema_is_there_and_no_page_that_loads_foreign_scripts(client: TestClient) -> None:
    assert "/api/status" in client.get("/api/openapi.json").json()["paths"]
    assert client.get("/api/docs").status_code == 404
    assert "script" not in client.get("/docs").text


# --- the page


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(
        "<!doctype html><html><head></head><body>page</body></html>", "utf-8"
    )
    (tmp_path / "assets" / "app-1.js").write_text("let x = 1", "utf-8")
    (tmp_path / "secret").write_text("no", "utf-8")
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/traces", "/traces/abc", "/index.html", "/secret"])
def test_every_path_of_the_page_serves_the_document_with_its_base(
    store: MemoryStore, built: Path, path: str
) -> None:
    answer = client_of(store, built).get(path)
    assert answer.status_code == 200
    assert '<head>\n    <base href="/">' in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("search", "asked"),
    [
        ("", "window=1h"),
        ("?lang=ja&q=x&feature=", "window=1h"),
        ("?user=a~b&to=9&from=1&user=c&compare=before", "window=1h&from=1&to=9&compare=before&user=a%7Eb"),
        ('?window=24h&feature="><script>&model=*', "window=24h&feature=%22%3E%3Cscript%3E&model=*"),
    ],
)
def test_the_document_names_what_the_page_asks_first(
    store: MemoryStore, built: Path, search: str, asked: str
) -> None:
    everywhere = ["api/catalog", f"api/status?{asked}"]
    for path, in_sight in (("/traces", []), ("/", [f"api/panels/api_health?{asked}"])):
        html = client_of(store, built).get(f"{path}{search}").text
        links = re.findall(r'<link rel="preload" as="fetch" crossorigin href="([^"]*)">', html)
        assert [unescape(link) for link in links] == [*everywhere, *in_sight]
        assert "<script>" not in html


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0;x=1", False),
        ("identity", False),
        ("", False),
        ("x-gzip", False),
    ],
)
def test_an_asset_is_packed_for_those_who_take_it(
    store: MemoryStore, built: Path, accepted: str, *, is_packed: bool
) -> None:
    (built / "assets" / "app-1.js").write_text("let x = 1;" * 100, "utf-8")
    for text in ("let x = 1;" * 100, "let y = 2;" * 100):
        (built / "assets" / "app-1.js").write_text(text, "utf-8")
        found = client_of(store, built).get("/assets/app-1.js", headers={"accept-encoding": accepted})
        assert found.text == text
        assert (found.headers.get("content-encoding") == "gzip") is is_packed
        assert (int(found.headers["content-length"]) < 100) is is_packed
        assert found.headers["vary"] == "Accept-Encoding"
        assert found.headers["content-type"] == "text/javascript; charset=utf-8"


def test_assets_are_files_and_a_missing_one_is_never_the_document(store: MemoryStore, built: Path) -> None:
    client = client_of(store, built)
    found = client.get("/assets/app-1.js")
    assert (found.text, found.headers["content-type"]) == ("let x = 1", "text/javascript; charset=utf-8")
    impossible = ("/assets/%00", f"/assets/{'a' * 5000}")
    for path in ("/assets/gone.js", "/assets/", "/assets/%2e%2e/secret", "/assets/..%2fsecret", *impossible):
        assert client.get(path).status_code == 404


def test_a_page_that_was_not_built_says_how_to_build_it(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 503
    assert "./dev up" in answer.text


def test_an_error_that_nobody_foresaw_carries_the_security_headers_too(store: MemoryStore) -> None:
    store.fault = RuntimeError("unforeseen")
    client = client_of(store)
    answer = TestClient(client.app, "http://localhost", raise_server_exceptions=False).get("/api/status")
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_chosen_time_and_every_filter_reach_the_store(store: MemoryStore, client: TestClient) -> None:
    chosen = {
        "from": 1_789_990_000,
        "to": 1_789_995_400,
        "model": "claude-x",
        "user": "u-1",
        "release": "2.1",
    }
    body = client.get("/api/status", params=chosen).json()
    assert (body["from"], body["to"]) == (1_789_990_000, 1_789_995_400)
    calls = [given for text, given, _ in store.asked if "FROM calls WHERE" in text and " AS v0" in text]
    assert calls
    assert all(given["model"] == "claude-x" and given["user"] == "u-1" for given in calls)
    assert not any("FROM outcomes" in text for text, _, _ in store.asked), "a task has no model"
    assert "the chosen 90 minutes" in body["sentence"]["en"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=20&to=20", "from"),
        ("from=0&to=90000000", "from"),
        ("from=x", "from"),
        ("compare=after", "compare"),
    ],
)
def test_a_time_that_cannot_be_is_refused(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/api/panels/cost?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field


def test_a_panel_that_a_filter_says_nothing_of_is_empty_and_names_it(
    store: MemoryStore, client: TestClient
) -> None:
    panels = client.get("/api/panels/tools?model=claude-x").json()["panels"]
    assert {panel["unfit"] for panel in panels} == {"model"}
    assert store.asked == [] or all("tool_calls" not in text for text, _, _ in store.asked)
    assert {panel["unfit"] for panel in client.get("/api/panels/tools?user=u").json()["panels"]} == {None}


def test_the_day_before_shares_no_call_with_the_day(store: MemoryStore, client: TestClient) -> None:
    store.readings["cost_daily_total_usd"] = Reading(70.0, 9)
    body = client.get("/api/status?window=1h&compare=before").json()
    by_name = {one["name"]: one for one in body["indicators"]}
    assert by_name["cost_daily_total_usd"]["before"] == 70.0
    spent = sql.measure(indicator("cost_daily_total_usd").measure).value
    times = {(told["from"], told["to"]) for text, told, _ in store.asked if spent in text}
    end = body["to"]
    assert {(moment(end - 86_400), moment(end)), (moment(end - 172_800), moment(end - 86_400))} <= times
    assert (moment(end - 86_400 - 3_600), moment(end - 3_600)) not in times


def test_the_time_before_is_told_beside_a_number(store: MemoryStore, client: TestClient) -> None:
    store.readings = {"error_rate": Reading(0.01, 300)}
    body = client.get("/api/status?window=1h&compare=before").json()
    by_name = {one["name"]: one for one in body["indicators"]}
    assert by_name["error_rate"]["before"] == 0.01
    ends = {str(given["to"]) for text, given, _ in store.asked if " AS v0" in text and "to" in given}
    assert len(ends) == 3  # now, an hour before, and for the cost of a day a day before
    panels = client.get("/api/panels/latency?compare=before").json()["panels"]
    assert all(len(one["before"]) == len(one["values"]) for one in panels[0]["series"])


def test_values_and_releases_are_told(store: MemoryStore, client: TestClient) -> None:
    told = {"feature": ("b", "a"), "service": ("s",), "release": ("1",), "response_model": ("claude-x",)}
    for field, found in (told | {"user_id": ("u",)}).items():
        store.given[f"SELECT toString({field}) AS who"] = Rows((), [(one, 2) for one in found])
    assert client.get("/api/values").json()["values"] == {
        "feature": ["a", "b"],
        "service": ["s"],
        "environment": [],
        "release": ["1"],
        "model": ["claude-x"],
        "user": ["u"],
    }
    store.given["earliest"] = Rows((), [("s", "2.1", 1_790_000_000_500), ("s", "2.0", 1_789_999_000_000)])
    assert client.get("/api/markers").json()["markers"] == [
        {"service": "s", "release": "2.0", "time": 1_789_999_000.0},
        {"service": "s", "release": "2.1", "time": 1_790_000_000.5},
    ]


class Emptied(MemoryStore):
    """What the first question found is deleted while it is read; the ones after it find what is left.

    `gone` is the row by which the first one tells how far back the page went.
    """

    gone: tuple[object, ...]

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        rows = await super().query(statement, parameters, limits=limits)
        return Rows((), [self.gone]) if len(self.asked) == 1 else rows


CALL: tuple[object, ...] = ("t1", 7, *("",) * 9, *(None,) * 6, None)
SESSION: tuple[object, ...] = ("s1", "", 0, 1, 5, 7, 1, 0, 0.0, 0, 0, 0, None)
LOG: tuple[object, ...] = ("r1", 7, "", "", 0, "", "", "", "left", {}, {}, None)


@pytest.mark.parametrize("page", [{}, {"before": "9"}])
@pytest.mark.parametrize("path", ["traces", "sessions", "logs"])
def test_a_page_that_is_emptied_while_it_is_read_is_read_again(path: str, page: dict[str, str]) -> None:
    store = Emptied()
    left = {"traces": CALL, "sessions": SESSION, "logs": LOG}[path]
    store.gone = ("", *left[1:-1], 5)
    store.given = {"FROM": Rows((), [left])}
    client = client_of(store)
    told = client.get(f"/api/{path}", params=page).json()
    assert len(told["records" if path == "logs" else path]) == 1
    assert len(store.asked) == 2


@pytest.mark.parametrize(("path", "asked"), [("traces", 4), ("sessions", 2), ("logs", 2)])
def test_a_page_that_is_emptied_again_and_again_is_not_the_last(
    store: MemoryStore, path: str, asked: int
) -> None:
    left = {"traces": CALL, "sessions": SESSION, "logs": LOG}[path]
    store.given = {"FROM": Rows((), [("", *left[1:-1], 5)])}
    told = client_of(store).get(f"/api/{path}", params={"limit": 1}).json()
    assert (told["records" if path == "logs" else path], told["before"]) == ([], "5")
    assert len(store.asked) == asked
    assert len({text for text, _, _ in store.asked}) == asked // 2


@pytest.mark.parametrize("path", ["traces", "sessions", "logs"])
def test_a_page_without_rows_costs_one_question(store: MemoryStore, path: str) -> None:
    store.given = {"FROM": Rows((), [])}
    told = client_of(store).get(f"/api/{path}").json()
    assert (told["before"], len(store.asked)) == (None, 1)


@pytest.mark.parametrize("more", [0, 1])
def test_a_trace_that_is_shown_to_its_last_span_says_nothing_of_more(
    store: MemoryStore, client: TestClient, more: int
) -> None:
    wide: list[tuple[object, ...]] = [
        (f"{n:016x}", "", n, 1, "chat", "shop", 0) for n in range(trace_shape.SPANS_AT_MOST + more)
    ]
    full: tuple[object, ...] = (0, 1, "a", "", "chat", "CLIENT", "shop", "Ok", "", {}, {})
    store.given["LIMIT 1 BY SpanId"] = Rows((), wide)
    store.given["FROM calls WHERE trace_id"] = Rows((), [])
    store.given["SpanAttributes"] = Rows((), [full] * (traces.SPANS_AT_MOST + more))
    shape, trace = client.get("/api/traces/a/shape").json(), client.get("/api/traces/a").json()
    assert (len(shape["ids"]), shape["truncated"]) == (trace_shape.SPANS_AT_MOST, bool(more))
    assert (len(trace["spans"]), trace["truncated"]) == (traces.SPANS_AT_MOST, bool(more))
    asked = [(bound["limit"], limits.rows) for text, bound, limits in store.asked if "otel_traces" in text]
    assert asked == [(trace_shape.SPANS_AT_MOST + 1,) * 2, (traces.SPANS_AT_MOST + 1,) * 2]


@pytest.mark.parametrize("more", [0, 1])
def test_a_session_that_is_shown_to_its_last_trace_says_nothing_of_more(
    store: MemoryStore, client: TestClient, more: int
) -> None:
    sums = (1, 2, 1, 0, 0.1, 0, 5, 7)
    told: tuple[object, ...] = ("t", "chat", "claude", "", *sums)
    store.given["GROUP BY trace_id"] = Rows((), [told] * (sessions.TRACES_AT_MOST + more))
    store.given["GROUP BY id"] = Rows((), [("s", "u", 1, 1, *sums, None)])
    body = client.get("/api/session", params={"id": "s"}).json()
    assert (len(body["traces"]), body["truncated"]) == (sessions.TRACES_AT_MOST, bool(more))
    assert [bound["limit"] for text, bound, _ in store.asked if "BY trace_id" in text] == [
        sessions.TRACES_AT_MOST + 1
    ]


def test_the_users_panels_are_answered_by_one_statement(store: MemoryStore, client: TestClient) -> None:
    told: tuple[object, ...] = ([["u-1", 6.0, 3], ["u-2", 2.0, 1]], 8.0, [["u-2", 9.0, 9]], 9.0, [], 0.0)
    store.given["SELECT arraySlice("] = Rows((), [told])
    panels = client.get("/api/panels/users").json()["panels"]
    assert [
        [(row["label"], row["value"], row["share"], row["n"]) for row in one["rows"]] for one in panels
    ] == [
        [("u-1", 6.0, 0.75, 3), ("u-2", 2.0, 0.25, 1)],
        [("u-2", 9.0, 1.0, 9)],
        [],
    ]
    assert len([text for text, _, _ in store.asked if "user_id" in text]) == 1
