"""The settings that an exporter's session takes from the environment, kept for a minute."""

from typing import Any

import pytest
import requests

from kansoku.emit.session_environment import KEPT_S, remember

URL = "http://collector.example/v1/traces"


class Clock:
    """Stands where it is put."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def settings(
    session: requests.Session, url: str = URL, proxies: dict[str, str] | None = None
) -> dict[str, Any]:
    return dict(session.merge_environment_settings(url, proxies or {}, None, None, None))


def proxy(session: requests.Session, url: str = URL) -> str | None:
    return settings(session, url)["proxies"].get("http")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def session(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> requests.Session:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://one.example:1")
    monkeypatch.setenv("NO_PROXY", "inside.example")
    made = requests.Session()
    remember(made, clock)
    return made


def test_they_are_those_of_the_environment(session: requests.Session) -> None:
    plain = requests.Session()
    for url in (URL, "http://inside.example/v1/traces"):
        assert settings(session, url) == settings(session, url) == settings(plain, url)
    assert proxy(session) == "http://one.example:1"
    assert proxy(session, "http://inside.example/") is None


def test_a_change_is_seen_after_a_minute(
    session: requests.Session, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(session)
    monkeypatch.setenv("HTTP_PROXY", "http://two.example:2")
    clock.now += KEPT_S - 1.0
    assert proxy(session) == "http://one.example:1"
    clock.now += 1.0
    assert proxy(session) == "http://two.example:2"


def test_what_is_told_goes_before_what_is_remembered(session: requests.Session) -> None:
    settings(session)
    session.verify = "/own.pem"
    assert settings(session)["verify"] == "/own.pem"
    assert settings(session, proxies={"http": "http://own.example:3"})["proxies"]["http"].endswith(":3")


def test_what_a_request_does_to_its_settings_is_its_own(session: requests.Session) -> None:
    settings(session)["proxies"].clear()
    assert proxy(session) == "http://one.example:1"


def test_it_keeps_few(session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(session)
    for number in range(20):
        settings(session, f"{URL}{number}")
    monkeypatch.setenv("HTTP_PROXY", "http://two.example:2")
    assert proxy(session) == "http://two.example:2"


def test_a_session_of_somebody_elses_decides_for_itself(clock: Clock) -> None:
    class Theirs(requests.Session):
        pass

    theirs = Theirs()
    remember(theirs, clock)
    assert "merge_environment_settings" not in vars(theirs)
    remember(None, clock)
