"""Who comes in by which key, and files of keys that cannot be used."""

import os
import tomllib
from base64 import b64encode
from pathlib import Path

import pytest

from kansoku.catalog.rights import RIGHTS, Right
from kansoku.cli.app import run
from kansoku.emit.environment import SIGNALS
from kansoku.emit.otlp import Destination
from kansoku.errors import NotAdmitted, NotPermitted, SettingError
from kansoku.redact.redactor import Redactor
from kansoku.server.settings import ServerSettings, check
from kansoku.settings.gate import Gate
from kansoku.settings.keys import Holder, digest_of, keys_in, keys_of, new_key, table_of
from kansoku.show.guard import right_of

SENDS, READS = "kansoku_key_for-sending", "kansoku_key_for-reading"
FILE = table_of("app", ["send"], SENDS) + table_of("team", ["read"], READS)


def gate() -> Gate:
    return Gate(keys_of(FILE, "keys.toml"))


def basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    "told", [f"Bearer {SENDS}", f"bearer  {SENDS} ", basic(f"anybody:{SENDS}"), basic(f":{SENDS}")]
)
def test_a_key_comes_as_bearer_or_as_the_password_of_basic(told: str) -> None:
    gate().check(told, "send")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("", "has no key"),
        ("Bearer", "has no key"),
        ("Bearer ", "has no key"),
        ("Digest x", "has no key"),
        (SENDS, "has no key"),
        (basic(SENDS), "has no key"),
        ("Basic ///", "has no key"),
        ("Basic \xe9", "has no key"),
        (f"Basic {b64encode(bytes([0xFF, 0x3A])).decode()}", "has no key"),
        (f"Bearer {SENDS}x", "not known"),
        (f"Bearer {SENDS[:-1]}", "not known"),
        (f"Bearer {digest_of(SENDS)}", "not known"),
        (basic(f"{SENDS}:x"), "not known"),
        ("Bearer " + "x" * 100_000, "not known"),
    ],
)
def test_nobody_else_comes_in_and_no_key_is_repeated(told: str, said: str) -> None:
    with pytest.raises(NotAdmitted, match=said) as caught:
        gate().check(told, "send")
    assert SENDS[:20] not in str(caught.value)


def test_a_key_is_good_for_its_rights_alone() -> None:
    for right in RIGHTS:
        if right == "read":
            gate().check(f"Bearer {READS}", right)
            continue
        with pytest.raises(NotPermitted, match=f"the key team may read, but not {right}"):
            gate().check(f"Bearer {READS}", right)


def test_without_keys_everybody_comes_in_and_new_ones_count_at_once() -> None:
    now = Gate()
    assert now.is_open
    now.check("", "operate")
    now.take(keys_of(FILE, "keys.toml"))
    assert not now.is_open
    with pytest.raises(NotAdmitted):
        now.check("", "send")
    now.take(keys_of(table_of("other", ["send"], "another"), "keys.toml"))
    with pytest.raises(NotAdmitted):
        now.check(f"Bearer {SENDS}", "send")


def test_two_digests_count_while_one_key_replaces_the_other() -> None:
    both = f'[[keys]]\nname = "app"\nmay = "send"\nsha256 = ["{digest_of("a")}", "{digest_of("b")}"]\n'
    keys = keys_of(both, "keys.toml")
    assert keys.holder("a") == keys.holder("b") == Holder("app", frozenset(("send",)))
    assert keys.holder("c") is None
    assert digest_of("a") not in repr(keys)


GOOD = f'sha256 = "{digest_of("x")}"'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "keys.toml: has no keys, so that nobody could come in; `kansoku key` makes one"),
        ("[[keys", "it must be TOML"),
        ('[keys]\nname = "a"', "line 1: keys must be tables; write [[keys]]"),
        ("[[key]]", "line 1: key is not known; use one of [[keys]]"),
        (f'[[keys]]\nmay = "send"\n{GOOD}', "line 1: keys.name is missing"),
        (f'[[keys]]\nname = "a b"\nmay = "send"\n{GOOD}', "line 2: keys.name 'a b' is no name"),
        (f'[[keys]]\nname = "a"\n{GOOD}', "keys.may is missing; give some of send, read, operate"),
        (
            f'[[keys]]\nname = "a"\nmay = ["send", "write"]\n{GOOD}',
            "line 3: keys.may 'write' is not known; use some of send, read, operate",
        ),
        (f'[[keys]]\nname = "a"\nmay = []\n{GOOD}', "keys.may [] is no text"),
        ('[[keys]]\nname = "a"\nmay = "send"', "keys.sha256 is missing; `kansoku key` prints it"),
        (f'[[keys]]\nname = "a"\nmay = "send"\nkey = "x"\n{GOOD}', "line 4: keys.key is not known"),
        (
            f'[[keys]]\nname = "a"\nmay = "send"\n{GOOD}\n[[keys]]\nname = "a"\nmay = "send"\n{GOOD}',
            "line 6: keys.name 'a' is another key's",
        ),
        (
            f'[[keys]]\nname = "a"\nmay = "send"\n{GOOD}\n[[keys]]\nname = "b"\nmay = "send"\n{GOOD}',
            "line 8: keys.sha256 is that of a too; make a key for each",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_line_key_and_mend(text: str, said: str) -> None:
    with pytest.raises(SettingError) as caught:
        keys_of(text, "keys.toml")
    assert said in str(caught.value)


def test_a_key_where_its_digest_belongs_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingError, match=r"line 4: keys\.sha256 is no SHA-256") as caught:
        keys_of(f'[[keys]]\nname = "a"\nmay = "send"\nsha256 = "{SENDS}"', "keys.toml")
    assert SENDS not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="there is no such file"):
        keys_in(tmp_path / "keys.toml")


@pytest.mark.parametrize(
    ("method", "path", "right"),
    [
        ("GET", "/", "read"),
        ("HEAD", "/assets/a.js", "read"),
        ("GET", "/metrics", "read"),
        ("GET", "/api/logs/tail", "read"),
        ("POST", "/api/query", "read"),
        ("POST", "/api/alerts/backtest", "read"),
        ("POST", "/v1/traces", "send"),
        ("GET", "/v1/traces", "send"),
        ("POST", "/api/silences", "operate"),
        ("DELETE", "/api/silences/s-1", "operate"),
        ("POST", "/api/store/erase", "operate"),
        ("POST", "/api/reload", "operate"),
        ("POST", "/api/query/", "operate"),
        ("PUT", "/nowhere", "operate"),
        ("OPTIONS", "/api/status", "operate"),
    ],
)
def test_what_is_not_known_to_leave_all_as_it_is_needs_the_highest_right(
    method: str, path: str, right: Right
) -> None:
    assert right_of(method, path) == right


def test_the_command_says_the_key_once_and_its_table_can_be_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["key", "app-1", "--may", "operate", "--may", "read"]) == 0
    told = capsys.readouterr()
    made = told.err.partition("KANSOKU_KEY=")[2].split()[0]
    assert made not in told.out
    holder = keys_of(told.out, "keys.toml").holder(made)
    assert holder == Holder("app-1", frozenset(("read", "operate")))
    assert tomllib.loads(told.out)["keys"][0]["may"] == ["read", "operate"]


@pytest.mark.parametrize(
    ("words", "said"),
    [(["a", "--may", "write"], "--may: 'write' is not known"), (["a b", "--may", "send"], "is no name")],
)
def test_the_command_refuses_what_no_file_could_have(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["key", *words]) == 64
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_keys_are_redacted_wherever_they_turn_up() -> None:
    redactor = Redactor()
    for _ in range(50):
        key = new_key()
        for text in (
            f"the key is {key}.",
            f"キーは{key}です",
            f"KANSOKU_KEY={key}",
            f"Authorization: Bearer {key}",
        ):
            assert key[12:] not in str(redactor.redact(text)), text


def test_an_address_that_others_reach_needs_keys_or_a_word_about_it(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="--keys"):
        check(ServerSettings(host="0.0.0.0"))
    check(ServerSettings(host="0.0.0.0", keys=tmp_path / "keys.toml"))
    check(ServerSettings(host="0.0.0.0", no_auth=True))
    with pytest.raises(SettingError, match="leave one of them out"):
        check(ServerSettings(keys=tmp_path / "keys.toml", no_auth=True))


@pytest.mark.parametrize(
    ("endpoint", "environment", "headers", "sent"),
    [
        ("http://k:4318", {}, {}, {"authorization": "Bearer a-key"}),
        (None, {"KANSOKU_ENDPOINT": "http://k:4318"}, {}, {"authorization": "Bearer a-key"}),
        (None, {}, {}, {"authorization": "Bearer a-key"}),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, {}, {}),
        (None, {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://collector:4318/v1/logs"}, {}, {}),
        (
            "http://k:4318",
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"},
            {"x": "y"},
            {"x": "y", "authorization": "Bearer a-key"},
        ),
        ("http://k:4318", {}, {"Authorization": "Basic eDp5"}, {"authorization": "Basic eDp5"}),
    ],
)
def test_an_application_sends_its_key_to_kansoku_and_to_nobody_else(
    endpoint: str | None,
    environment: dict[str, str],
    headers: dict[str, str],
    sent: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in os.environ if name.startswith(("OTEL_", "KANSOKU_"))]:
        monkeypatch.delenv(name)
    for name, value in {**environment, "KANSOKU_KEY": " a-key "}.items():
        monkeypatch.setenv(name, value)
    told = Destination.told(endpoint, headers)
    for signal in SIGNALS:
        assert told.headers_of(signal) == sent


def test_what_no_header_can_carry_is_told_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANSOKU_KEY", "a\nkey")
    with pytest.raises(SettingError, match="KANSOKU_KEY: has a space") as caught:
        Destination.told("http://k:4318")
    assert "a\nkey" not in str(caught.value)
