"""`[notify]` and `[[channels]]` in `kansoku.toml`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kansoku.errors import SettingError
from kansoku.settings.channels import Alertmanager, Mail, NotifySettings, PagerDuty, Route, Slack, Webhook
from kansoku.settings.document import Document
from kansoku.settings.notify import notify_of
from tests.alarms import settings

WHOLE = """
[notify]
url = "https://kansoku.example/"
language = "ja"
runbook = "https://wiki.example/"
repeat = "2h"
timezone = "Asia/Tokyo"

[[channels]]
name = "chat"
kind = "slack"
url_env = "SLACK"
severities = ["ticket", "page"]
language = "en"
most_per_hour = 7
send_resolved = false
allow_private = true

[[channels]]
name = "pager"
kind = "pagerduty"
key_file = "/run/secrets/pager"
groups = ["availability"]

[[channels]]
name = "post"
kind = "mail"
host = "mail.example"
from = "kansoku@example.com"
to = ["ops@example.com"]
user = "kansoku"
password_env = "MAIL"
encryption = "ssl"
alerts = ["Watchdog"]
repeat = "never"

[[channels]]
name = "hook"
kind = "webhook"
url_env = "HOOK"
key_env = "SIGN"

[[channels]]
name = "am"
kind = "alertmanager"
url = "http://alertmanager:9093/"
services = ["shop"]
"""


def test_channels_are_read_with_their_defaults() -> None:
    found = settings(WHOLE)
    assert (found.url, found.runbook, str(found.zone)) == (
        "https://kansoku.example",
        "https://wiki.example/",
        "Asia/Tokyo",
    )
    chat, pager, post, hook, am = found.channels
    assert isinstance(chat, Slack)
    assert (chat.common.route, chat.common.language) == (Route(severities=("page", "ticket")), "en")
    assert (chat.common.repeat_s, chat.common.most_per_hour, chat.common.send_resolved) == (7_200, 7, False)
    assert chat.allow_private
    assert isinstance(pager, PagerDuty)
    assert pager.common.route == Route(groups=("availability",), severities=("page", "ticket", "info"))
    assert (pager.common.repeat_s, pager.common.language, pager.allow_private) == (None, "ja", False)
    assert isinstance(post, Mail)
    assert (post.port, post.encryption, post.to) == (465, "ssl", ("ops@example.com",))
    assert (post.common.route, post.common.repeat_s) == (Route(("Watchdog",), severities=()), None)
    assert isinstance(hook, Webhook)
    assert hook.key is not None
    assert hook.common.route == Route()
    assert isinstance(am, Alertmanager)
    assert (am.url, am.common.route.services) == ("http://alertmanager:9093", ("shop",))
    assert settings("") == NotifySettings()


def channel(body: str) -> str:
    return f'[[channels]]\nname = "x"\n{body}'


SLACK = 'kind = "slack"\nurl_env = "S"\n'
MAIL = 'kind = "mail"\nhost = "h"\nfrom = "a@b"\nto = ["c@d"]\n'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            channel('kind = "slack"\nurl = "https://hooks/secret"'),
            "4: channels.url must not stand in this file",
        ),
        (
            channel('kind = "pagerduty"\nkey = "0123"'),
            "4: channels.key must not stand in this file; name where",
        ),
        (channel(f'{MAIL}user = "u"\npassword = "p"'), "8: channels.password must not stand in"),
        (
            channel('kind = "slack"\nurl_env = "https://hooks/secret"'),
            "4: channels.url_env is no name of a variable; put the secret into one",
        ),
        (
            channel('kind = "slack"\nurl_file = "https://hooks/secret"'),
            "4: channels.url_file is no path; put the secret into a file",
        ),
        (channel('kind = "slack"'), "1: channels.url_env or url_file must be given"),
        (channel(SLACK + 'url_file = "/x"'), "4: channels.url_env and url_file are both given"),
        (channel('kind = "pager"'), "3: channels.kind 'pager' is not known; use one of slack, pagerduty,"),
        (channel('url_env = "S"'), "1: channels.kind is missing; use one of"),
        (channel(SLACK + 'host = "x"'), "5: channels.host is not known for slack; use one of name, kind,"),
        (channel(SLACK + 'severities = ["pager"]'), "5: channels.severities 'pager' is not known; use page,"),
        (channel(SLACK + "groups = []"), "5: channels.groups must be a list of texts"),
        (channel(SLACK + 'language = "fr"'), "5: channels.language 'fr' is not known; use one of en, ja"),
        (channel(SLACK + 'repeat = "4"'), "5: channels.repeat '4' is no time from a minute up"),
        (channel(SLACK + 'repeat = "30s"'), "5: channels.repeat '30s' is no time from a minute up"),
        (channel(SLACK + "most_per_hour = 0"), "5: channels.most_per_hour 0 is no whole number from 1"),
        (channel(SLACK + "send_resolved = 1"), "5: channels.send_resolved 1 is neither true nor false"),
        (channel(SLACK) + channel(SLACK), "6: channels.name 'x' is another channel's"),
        ('[[channels]]\nkind = "slack"\nurl_env = "S"', "1: channels.name is missing"),
        (
            '[[channels]]\nname = "a b"\nkind = "slack"\nurl_env = "S"',
            "2: channels.name 'a b' must be",
        ),
        (channel(MAIL + 'user = "u"'), "7: channels.user and where its password is"),
        (
            channel(MAIL + 'user = "u"\npassword_env = "P"\nencryption = "none"'),
            "9: channels.encryption none would send the password unencrypted",
        ),
        (channel(MAIL.replace("c@d", "c@d\\nBcc: e@f")), "6: channels.to 'c@d\\nBcc: e@f' is no address"),
        (channel('kind = "mail"\nhost = "h"\nfrom = "a@b"'), "1: channels.to is missing"),
        (channel('kind = "alertmanager"'), "1: channels.url is missing; say where it is"),
        (channel('kind = "alertmanager"\nurl = "http://u:p@h"'), "4: channels.url has a user or password"),
        (channel('kind = "alertmanager"\nurl = "am:9093"'), "4: channels.url is no web address"),
        ('[notify]\nurl = "kansoku.example"', "2: notify.url is no web address; write https://host/…"),
        ('[notify]\ntimezone = "JST+9"', "2: notify.timezone 'JST+9' is not known; use an IANA name"),
        ('[notify]\nlang = "ja"', "2: notify.lang is not known; use one of url, language,"),
        ("channels = 3", "1: channels must be tables; write [[channels]]"),
    ],
)
def test_what_cannot_be_used_is_told_with_line_and_mend(text: str, why: str) -> None:
    with pytest.raises(SettingError) as told:
        settings(text)
    assert str(told.value).startswith(f"kansoku.toml, line {why}")
    assert "hooks/secret" not in str(told.value)
    assert "0123" not in str(told.value)


def test_secrets_are_read_where_they_are_each_time(tmp_path: Path) -> None:
    path = tmp_path / "key"
    found = settings(f'[[channels]]\nname = "p"\nkind = "pagerduty"\nkey_file = "{path}"\n').channels[0]
    assert isinstance(found, PagerDuty)
    with pytest.raises(SettingError, match=r"line 4: key_file names .*key, which cannot be read \(No such"):
        found.key.value({})
    path.write_text("first\n")
    assert found.key.value({}) == "first"
    path.write_text("second\n")
    assert found.key.value({}) == "second"
    assert "second" not in repr(found)
    for bad in ("", "\n", "two words", "line\nbreak", "日本"):
        path.write_text(bad)
        with pytest.raises(SettingError, match="key_file names"):
            found.key.value({})


WORDS = """
name kind url url_env url_file key_env key_file token_env host port from to user password_env severities
groups alerts services language send_resolved repeat most_per_hour encryption endpoint allow_private
runbook timezone
"""
KEYS = WORDS.split()
VALUES = st.recursive(
    st.booleans()
    | st.integers(-5, 10**6)
    | st.floats()
    | st.sampled_from(
        ["", "slack", "mail", "pagerduty", "opsgenie", "alertmanager", "webhook", "https://h/x"]
    )
    | st.sampled_from(["http://[", "https://h:99999999", "4h", "never", "page", "ja", "a@b", "UTC", "ssl"])
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(
    notify=VALUES | st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4),
    channels=VALUES | st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8), max_size=3),
)
@hypothesis_settings(max_examples=300, deadline=None)
def test_whatever_stands_there_is_read_or_refused(notify: object, channels: object) -> None:
    with suppress(SettingError):
        found = notify_of(notify, channels, Document("", "kansoku.toml"))
        assert all(isinstance(one.common.name, str) for one in found.channels)
