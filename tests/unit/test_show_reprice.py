"""`/api/reprice`: what is asked for is passed on as asked, and what is refused prices nothing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from kansoku.catalog.prices import UNKNOWN_MODEL
from kansoku.errors import SettingError
from kansoku.show.app import show_app
from kansoku.show.backend import Backend
from kansoku.show.honesty import Intake
from kansoku.store.upkeep.reprice import ModelRepriced, Repriced, Wanted
from tests.unit.test_show_api import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Post: TypeAlias = Callable[..., tuple[int, dict[str, object]]]

NOW = 1_795_000_000.4
ADDRESS = "http://127.0.0.1:4318"


class Pricing:
    """Stands where the server prices stored calls again: keeps what was wanted, gives an answer."""

    def __init__(self) -> None:
        self.wanted: list[Wanted] = []
        self.answer = Repriced()
        self.fault: SettingError | None = None

    async def __call__(self, wanted: Wanted) -> Repriced:
        self.wanted.append(wanted)
        if self.fault is not None:
            raise self.fault
        return self.answer


@pytest.fixture
def pricing() -> Pricing:
    return Pricing()


@pytest.fixture
def post(pricing: Pricing) -> Post:
    async def honesty() -> Intake:
        return Intake(1, 2, 3)

    app = show_app(
        Backend(store=MemoryStore(), demo=False, honesty=honesty, clock=lambda: NOW, repricing=pricing),
        hosts=(),
        static=Path("/nowhere"),
    )
    client = TestClient(app, base_url=ADDRESS, raise_server_exceptions=False)

    def post(body: object, **headers: str) -> tuple[int, dict[str, object]]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {"content-type": "application/json"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = client.post("/api/reprice", content=content, headers=told)
        return answer.status_code, answer.json()

    return post


def test_what_is_asked_for_is_what_is_priced_again(pricing: Pricing, post: Post) -> None:
    assert post({"since": 5, "until": 9, "model": "m", "only_unpriced": True, "dry_run": True})[0] == 200
    assert post({"since": 5})[0] == 200
    assert pricing.wanted == [
        Wanted(5, 9, model="m", only_unpriced=True, dry_run=True),
        Wanted(5, 1_795_000_600),
    ]


def test_the_answer_tells_calls_models_and_what_stays_unpriced(pricing: Pricing, post: Post) -> None:
    models = [ModelRepriced("claude-opus-5", 3, 1.0, 1.5)]
    pricing.answer = Repriced(4, 2, models, Counter({UNKNOWN_MODEL: 1}), 5, 6)
    status, body = post({"since": 5})
    assert status == 200
    assert (body["calls"], body["changed"], body["unpriced"]) == (4, 2, {UNKNOWN_MODEL: 1})
    assert body["models"] == [
        {"model": "claude-opus-5", "calls": 3, "usd_before": 1.0, "usd_after": 1.5},
    ]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": ADDRESS, "sec_fetch_site": "same-origin"}, 200),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"content_type": "text/plain"}, 415),
        ({"host": "evil.example"}, 421),
    ],
)
def test_only_our_own_page_or_no_browser_may_have_calls_priced_again(
    pricing: Pricing,
    post: Post,
    headers: dict[str, str],
    status: int,
) -> None:
    assert post({"since": 5}, **headers)[0] == status
    assert len(pricing.wanted) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "since"),
        ({"since": "2026-11-01"}, "since"),
        ({"since": -1}, "since"),
        ({"since": 1.5}, "since"),
        ({"since": True}, "since"),
        ({"since": 9_000_000_001}, "since"),
        ({"since": 5, "until": "tomorrow"}, "until"),
        ({"since": 5, "until": 10**19}, "until"),
        ({"since": 5, "model": "m" * 201}, "model"),
        ({"since": 5, "model": 3}, "model"),
        ({"since": 5, "dry_run": "no"}, "dry_run"),
        ({"since": 5, "everything": True}, "everything"),
        ([], "since"),
        (b"{", "since"),
        (b"\xff", "since"),
    ],
)
def test_a_bad_date_or_field_is_refused_by_name_and_prices_nothing(
    pricing: Pricing, post: Post, body: object, field: str
) -> None:
    status, told = post(body)
    assert status == 400
    assert field in json.dumps(told)
    assert pricing.wanted == []


def test_a_body_over_its_cap_is_refused(pricing: Pricing, post: Post) -> None:
    assert post({"since": 5, "model": "m" * 300_000})[0] == 413
    assert pricing.wanted == []


def test_a_bad_file_of_prices_is_told_with_its_line(pricing: Pricing, post: Post) -> None:
    pricing.fault = SettingError("kansoku.toml, line 2: prices.model 1 names none")
    status, told = post({"since": 5})
    assert status == 400
    assert "line 2" in json.dumps(told)
