"""The page of a real server that a real application sends to: its numbers are the API's."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anthropic
import pytest
from playwright.sync_api import Error, Page, expect

import kansoku
from kansoku.settings.keys import table_of
from kansoku_demo.answers import Failure, Reply, Usage
from kansoku_demo.messages_server import MessagesServer
from tests.e2e.visits import barriers
from tests.servers import RunningServer, running

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.visits import Visit

MODEL = "claude-sonnet-5-5"
SENDS, READS = "kansoku_key_for-sending", "kansoku_key_for-reading"


@pytest.fixture(scope="module")
def program() -> str | None:
    """The whole browser: the one without windows shows an empty page where this one asks for a password."""
    return shutil.which("chromium")


def ten_calls_one_of_them_failed(url: str) -> None:
    """Runs a small application against the server."""
    kansoku.init(service="support-bot", endpoint=url)
    try:
        with (
            MessagesServer(run_id="page") as api,
            anthropic.Anthropic(base_url=api.base_url, api_key="local", max_retries=0) as client,
            kansoku.task("answer_ticket", user_id="u-17"),
        ):
            ask: dict[str, Any] = {
                "model": MODEL,
                "max_tokens": 64,
                "messages": [{"role": "user", "content": "注文はどこですか"}],
            }
            reply = Reply(usage=Usage(input_tokens=1000, output_tokens=100))
            api.script(*([reply] * 9), Failure.overloaded())
            for _ in range(9):
                client.messages.create(**ask)
            with pytest.raises(anthropic.APIStatusError):
                client.messages.create(**ask)
    finally:
        kansoku.shutdown()


def test_the_page_of_a_server_with_keys_turns_live_and_shows_what_the_api_says(
    tmp_path: Path, visit: Callable[..., Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(table_of("app", ["send"], SENDS) + table_of("viewer", ["read"], READS))
    monkeypatch.setenv("KANSOKU_KEY", SENDS)
    told = {"http_credentials": {"username": "viewer", "password": READS}}
    with running(tmp_path / "data", "--keys", str(keys), key=READS) as server:
        with pytest.raises(
            Error, match="ERR_INVALID_AUTH_CREDENTIALS"
        ):  # it asks for them, and nobody answers
            visit(server.url)

        opened = visit(f"{server.url}/?lang=en", **told)
        expect(opened.page.get_by_text("kansoku.init(")).to_be_visible()
        expect(opened.page.get_by_text("export KANSOKU_KEY=")).to_be_visible()

        with ThreadPoolExecutor(1) as aside:  # the browser's driver keeps an event loop on this thread
            aside.submit(ten_calls_one_of_them_failed, server.url).result()
        server.query_until("SELECT count() FROM calls", lambda rows: rows == [[10]])

        expect(opened.page.get_by_text("90.0 % of 10 calls succeeded")).to_be_visible(timeout=30_000)
        assert_shown(opened.page, server, "en")

        japanese = visit(f"{server.url}/?lang=ja", **told)
        expect(japanese.page.get_by_text("10件のうち90.0%が成功")).to_be_visible(timeout=30_000)
        assert_shown(japanese.page, server, "ja")


def assert_shown(page: Page, server: RunningServer, language: str) -> None:
    """Every title of the catalog is there, with the model, the user and the error it should show."""
    catalog = server.get("api/catalog")
    for group in catalog["groups"]:
        expect(
            page.get_by_role("heading", name=group["title"][language], exact=True, level=2)
        ).to_be_visible()
    for shown in (MODEL, "u-17", "overloaded_error"):
        expect(page.get_by_text(shown).first).to_be_attached()


def test_a_reader_who_may_not_silence_an_alarm_is_told_which_right_is_missing(
    tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(table_of("viewer", ["read"], READS))
    told = {"http_credentials": {"username": "viewer", "password": READS}}
    with running(tmp_path / "data", "--keys", str(keys), key=READS) as server:
        for language, theme, said in (
            ("en", "light", "it lacks the right “operate”"),
            ("ja", "dark", "「operate」の権限がない"),
        ):
            opened = visit(f"{server.url}/alerts?lang={language}", color_scheme=theme, **told)
            page = opened.page
            page.locator("#silences + button").click()
            page.get_by_label("alertname").fill("HighErrorRate")
            page.locator("dialog [name=who]").fill("aiko")
            page.locator("dialog [name=why]").fill("a known outage")
            page.locator("dialog button[type=submit]").click()
            expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(said)
            assert barriers(page) == []
        assert server.get("api/silences") == {"silences": []}
