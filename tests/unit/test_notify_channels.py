"""The bytes that each kind of channel is sent, on real sockets, and what is made of its answers."""

from __future__ import annotations

import email
import email.policy
import hmac
import io
import json
import socketserver
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import pytest

from kansoku.catalog.alerts import Always
from kansoku.catalog.text import LANGUAGES, Language
from kansoku.judge.notice import Cause
from kansoku.notify import alertmanager
from kansoku.notify import mail as mail_channel
from kansoku.notify.delivery import Delivery
from kansoku.notify.item import Item, item_of
from kansoku.notify.lanes import lanes
from kansoku.notify.message import Style, message
from kansoku.notify.outcome import Outcome
from kansoku.notify.post import trusted
from kansoku.settings.channels import Mail, NotifySettings
from tests.alarms import BY_NAME, NOON, Listener, self_signed, settings, told

HEAD = 'url = "https://kansoku.example/base/"\nrunbook = "https://wiki.example/runbooks/"\n'
PAGE = f"https://kansoku.example/base/?from={int(NOON) - 3_900}"
SECRET = "T000-B000-verysecretpiece"
EHLO = "250-localhost\r\n250-STARTTLS\r\n250 AUTH PLAIN"
PSEUDONYM = "u_" + "a" * 26


@pytest.fixture(scope="module")
def shared() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def listener(shared: Listener) -> Listener:
    shared.received.clear()
    shared.answers[:] = [(200, {}, b"ok")]
    return shared


CAUSES = (Cause("feature", "search", 0.71), Cause("user_id", PSEUDONYM, 0.2))


def item(
    name: str = "HighErrorRate",
    state: Literal["firing", "resolved"] = "firing",
    *,
    labels: Mapping[str, str] | None = None,
    value: float = 0.092,
    causes: tuple[Cause, ...] = CAUSES,
) -> Item:
    return item_of(told(name, state, labels=labels, value=value, causes=causes, budget_left=0.125))


def channel(body: str, head: str = HEAD) -> NotifySettings:
    return settings(f'[notify]\n{head}\n[[channels]]\nname = "ops"\n{body}')


def send(
    listener: Listener, body: str, items: list[Item], *, head: str = HEAD, path: str = f"/services/{SECRET}"
) -> Outcome:
    found = channel(body, head)
    secrets = {"URL": listener.url + path, "KEY": SECRET}
    return Delivery(found, secrets).send(found.channels[0], items, NOON)


SLACK = 'kind = "slack"\nurl_env = "URL"\nallow_private = true\n'
TEAMS = SLACK.replace("slack", "teams")
WEBHOOK = SLACK.replace("slack", "webhook")


def test_slack_is_told_what_how_bad_since_when_by_whom_and_what_to_do(listener: Listener) -> None:
    assert send(listener, SLACK, [item()]) == Outcome("sent", "HTTP 200 ok", 200)
    received = listener.received[0]
    assert received.path == f"/services/{SECRET}"
    body = received.json()
    header, section = body["blocks"]  # type: ignore[misc]
    assert section["text"]["verbatim"] is True  # type: ignore[index]
    assert header["text"]["text"].endswith("[PAGE] Many calls fail (HighErrorRate)")  # type: ignore[index]
    assert section["text"]["text"].splitlines() == [  # type: ignore[index]
        "More than 5 % of the calls that ended failed, by service.",
        "*Value:* 9.2 % (alerts above 5 % over 5 minutes)",
        "*Since:* 2026-11-27 11:55 UTC",
        f"*Mostly:* feature search 71.0 %, user {PSEUDONYM} 20.0 %",
        "*Error budget left:* 12.5 %",
        f"*Look first:* {BY_NAME['HighErrorRate'].todo.en}",
        f"<{PAGE}&amp;lang=en|Open Kansoku> · <https://wiki.example/runbooks/HighErrorRate|Runbook>",
    ]


def test_slack_stays_within_its_limits_and_shows_text_as_it_stands(listener: Listener) -> None:
    many = [item(name="HighLatency", labels={"response_model": f"<!channel>&{n}" * 40}) for n in range(40)]
    assert send(listener, SLACK, many).kind == "sent"
    raw = listener.received[0].body.decode()
    body = json.loads(raw)
    assert len(body["blocks"]) == 12
    assert len(body["text"]) <= 4_000
    assert all(len(block["text"]["text"]) <= 3_000 for block in body["blocks"])
    assert len(body["blocks"][0]["text"]["text"]) <= 150
    assert "<!channel>" not in raw
    assert body["blocks"][0]["text"]["text"].endswith("latency: 40 firing")
    assert body["blocks"][-1]["text"]["text"].startswith("30 more: HighLatency (model &lt;!channel&gt;&amp;")


def test_slack_cuts_facts_but_no_link_and_no_character(listener: Listener) -> None:
    long = item(
        name="HighLatency", labels={"response_model": "&" * 5_000}, causes=(Cause("user_id", "&" * 900, 0.5),)
    )
    assert (
        send(
            listener, SLACK, [long, *[item(name="HighLatency", labels={"response_model": "&" * 99})] * 9]
        ).kind
        == "sent"
    )
    body = json.loads(listener.received[0].body)
    assert len(body["text"]) <= 3_000
    told = [body["text"], *(block["text"]["text"] for block in body["blocks"][1:])]
    assert all(len(one) <= 3_000 for one in told)
    assert not any("&" in one.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "") for one in told)
    assert all("|Runbook>" in one for one in told[1:11])


def test_japanese_messages_name_the_zone(listener: Listener) -> None:
    body = SLACK + 'language = "ja"\n'
    ended = item(name="HighLatency", state="resolved", labels={"response_model": "claude-x"}, value=12.34)
    send(listener, body, [ended], head='timezone = "Asia/Tokyo"\n')
    blocks = listener.received[0].json()["blocks"]
    assert blocks[0]["text"]["text"].endswith("[解消] レイテンシの上昇 (HighLatency): モデル claude-x")  # type: ignore[index]
    assert blocks[1]["text"]["text"].splitlines()[1:4] == [  # type: ignore[index]
        "*値:* 12秒(5分で 10秒 超)",
        "*開始:* 2026-11-27 20:55 JST",
        "*終了:* 2026-11-27 21:30 JST(35分間)",
    ]


def test_of_people_only_pseudonyms_leave(listener: Listener) -> None:
    mine = item(causes=(Cause("user_id", "taro@example.jp", 0.9),), labels={"user_id": "hanako"})
    for body in (SLACK, TEAMS, WEBHOOK):
        send(listener, body, [mine])
    raw = b"".join(one.body for one in listener.received)
    assert b"taro" not in raw
    assert b"hanako" not in raw
    assert b"one user (see the page) 90.0 %" in raw


def test_pagerduty_begins_and_ends_one_incident(listener: Listener) -> None:
    body = (
        f'kind = "pagerduty"\nkey_env = "KEY"\nendpoint = "{listener.url}/v2/enqueue"\nallow_private = true\n'
    )
    listener.answers[:] = [(202, {}, b'{"status":"success"}')]
    assert send(listener, body, [item(labels={"service": "shop" * 400})]).kind == "sent"
    assert send(listener, body, [item(state="resolved", labels={"service": "shop" * 400})]).kind == "sent"
    began, ended = (one.json() for one in listener.received)
    assert listener.received[0].path == "/v2/enqueue"
    assert (began["routing_key"], began["event_action"]) == (SECRET, "trigger")
    payload: Any = began["payload"]
    assert len(payload["summary"]) <= 1_024
    assert (payload["severity"], payload["group"], payload["class"]) == (
        "critical",
        "availability",
        "HighErrorRate",
    )
    assert payload["timestamp"] == "2026-11-27T12:00:00.000+00:00"
    assert payload["custom_details"]["Error budget left"] == "12.5 %"
    assert [one["text"] for one in began["links"]] == ["Open Kansoku", "Runbook"]  # type: ignore[union-attr]
    assert ended == {
        "routing_key": SECRET,
        "event_action": "resolve",
        "dedup_key": began["dedup_key"],
    }
    assert began["dedup_key"] == item(labels={"service": "shop" * 400}).fingerprint


def test_opsgenie_creates_and_closes_by_alias(listener: Listener) -> None:
    body = (
        f'kind = "opsgenie"\nkey_env = "KEY"\nendpoint = "{listener.url}/v2/alerts"\nallow_private = true\n'
    )
    listener.answers[:] = [(202, {}, b"{}")]
    mine = item(name="HighLatency", labels={"response_model": "m" * 300}, value=12.0)
    assert send(listener, body, [mine]).kind == "sent"
    assert send(listener, body, [item(state="resolved")]).kind == "sent"
    created, closed = listener.received
    assert created.headers["Authorization"] == f"GenieKey {SECRET}"
    told_of = created.json()
    assert (told_of["alias"], told_of["priority"]) == (mine.fingerprint, "P3")
    assert len(str(told_of["message"])) <= 130
    assert closed.path == f"/v2/alerts/{item().fingerprint}/close?identifierType=alias"
    assert "[RESOLVED]" in str(closed.json()["note"])


def test_teams_gets_a_card_within_its_size(listener: Listener) -> None:
    listener.answers[:] = [(202, {}, b"")]
    many = [
        item(name="HighLatency", labels={"response_model": f"[x](http://evil){n}" * 9}) for n in range(99)
    ]
    assert send(listener, TEAMS, many, head=HEAD + 'language = "ja"\n').kind == "sent"
    assert len(listener.received[0].body) <= 28 * 1024
    card: Any = listener.received[0].json()["attachments"]
    assert card[0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    content = card[0]["content"]
    assert {part["type"] for part in content["body"]} == {"RichTextBlock"}
    assert content["actions"][0] == {
        "type": "Action.OpenUrl",
        "title": "Kansoku を開く",
        "url": f"{PAGE}&lang=ja",
    }


def test_a_feature_a_model_and_a_user_are_all_blamed(listener: Listener) -> None:
    causes = (
        Cause("error_type", "overloaded_error", 1.0),
        Cause("request_model", "claude-x", 0.8),
        Cause("request_model", "claude-y", 0.7),
        Cause("feature", "search", 0.6),
        Cause("user_id", PSEUDONYM, 0.25),
    )
    send(listener, WEBHOOK, [item(causes=causes)])
    (alert,) = listener.received[0].json()["alerts"]  # type: ignore[misc]
    assert (
        f"Mostly: error overloaded_error 100 %, model claude-x 80.0 %, feature search 60.0 %, "
        f"user {PSEUDONYM} 25.0 %\n"
    ) in alert["annotations"]["description"]  # type: ignore[index]


def test_the_link_leads_to_the_alarms_own_rows_and_time(listener: Listener) -> None:
    labels = {"response_model": "claude x&y", "user_id": "hanako", "tool": "search", "service": "店"}
    send(listener, WEBHOOK, [item("HighLatency", "resolved", labels=labels)])
    (alert,) = listener.received[0].json()["alerts"]  # type: ignore[misc]
    assert alert["generatorURL"] == (  # type: ignore[index]
        f"{PAGE}&to={int(NOON) + 2_700}&model=claude%20x%26y&service=%E5%BA%97&lang=en"
    )


def test_a_webhook_is_signed_over_time_and_body(listener: Listener) -> None:
    send(listener, WEBHOOK + 'key_env = "KEY"\n', [item(), item(name="ApiOutage", state="resolved")])
    received = listener.received[0]
    assert received.headers["Kansoku-Timestamp"] == str(int(NOON))
    expected = hmac.new(SECRET.encode(), f"{int(NOON)}.".encode() + received.body, sha256).hexdigest()
    assert received.headers["Kansoku-Signature"] == f"sha256={expected}"
    body: Any = received.json()
    assert (body["version"], body["status"], body["receiver"]) == ("4", "firing", "ops")
    assert body["groupLabels"] == {"group": "availability"}
    assert body["commonLabels"] == {"severity": "page", "group": "availability"}
    firing, resolved = body["alerts"]
    assert firing["labels"]["alertname"] == "HighErrorRate"
    assert (firing["startsAt"], firing["endsAt"]) == (
        "2026-11-27T12:00:00.000+00:00",
        "0001-01-01T00:00:00Z",
    )
    assert (resolved["status"], resolved["endsAt"]) == ("resolved", "2026-11-27T12:30:00.000+00:00")
    assert resolved["annotations"]["summary"].startswith("[RESOLVED] Most calls fail (ApiOutage)")
    assert firing["annotations"]["budget_left"] == "0.125"
    send(listener, WEBHOOK + 'key_env = "KEY"\n', [item(), item(name="ApiOutage", state="resolved")])
    send(listener, WEBHOOK, [item()])
    names = [one.headers["Kansoku-Delivery"] for one in listener.received]
    assert names[0] == names[1] != names[2]
    assert "Kansoku-Signature" not in listener.received[2].headers


def test_alertmanager_hears_of_no_begin_behind_an_end_though_the_clock_was_set_back() -> None:
    ahead = [item(), item("ApiOutage", "resolved")]
    ahead[1] = replace(ahead[1], resolved_at=NOON - 3_600)
    body = json.loads(alertmanager.request("http://am:9093", None, ahead, Style(), NOON - 7_200).body)
    assert [(one["startsAt"], one["endsAt"]) for one in body] == [
        ("2026-11-27T10:00:00.000+00:00", "2026-11-27T10:04:00.000+00:00"),
        ("2026-11-27T11:00:00.000+00:00", "2026-11-27T11:00:00.000+00:00"),
    ]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, "sent") for status in (200, 202, 204)),
        *((status, "refused") for status in (301, 302, 307, 400, 401, 404, 410)),
        *((status, "later") for status in (408, 429, 500, 503)),
    ],
)
def test_an_answer_is_final_or_tried_again(listener: Listener, status: int, kind: str) -> None:
    listener.answers[:] = [(status, {"Location": f"{listener.url}/elsewhere", "Retry-After": "120"}, b"no")]
    outcome = send(listener, SLACK, [item()])
    assert (outcome.kind, outcome.status) == (kind, status)
    assert len(listener.received) == 1
    assert outcome.retry_after_s == (120.0 if kind == "later" else None)


def test_a_time_to_wait_that_no_clock_knows_is_none(listener: Listener) -> None:
    never = f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"
    listener.answers[:] = [(429, {"Retry-After": never}, b"")]
    outcome = send(listener, SLACK, [item()])
    assert (outcome.kind, outcome.status, outcome.retry_after_s) == ("later", 429, None)


def test_what_is_told_of_an_answer_has_no_secret(listener: Listener) -> None:
    listener.answers[:] = [
        (403, {}, f"bad token {SECRET} at {listener.url}/services/{SECRET}\x1b[31m".encode())
    ]
    outcome = send(listener, WEBHOOK + 'key_env = "KEY"\n', [item()])
    assert outcome.said == "HTTP 403 bad token *** at *** [31m"
    found = channel(WEBHOOK + 'key_env = "KEY"\n')
    delivery = Delivery(found, {"URL": listener.url + f"/{SECRET}", "KEY": SECRET})
    request = delivery.request(found.channels[0], [item()], NOON)  # type: ignore[arg-type]
    assert SECRET not in repr((request, found, delivery))


def test_a_secret_that_is_gone_is_waited_for() -> None:
    found = channel(SLACK)
    outcome = Delivery(found, {}).send(found.channels[0], [item()], NOON)
    assert outcome.kind == "later"
    assert "line 8: url_env names URL, which is not set" in outcome.said


def test_nobody_there_is_tried_again() -> None:
    gone = Listener()
    gone.close()
    outcome = send(gone, SLACK, [item()])
    assert (outcome.kind, outcome.status) == ("later", None)
    assert "ConnectionRefusedError" in outcome.said


class Smtp:
    """A mail server that keeps letters and answers each command with a given reply, or 250.

    With a `tls` context it can encrypt, and then wants to know who sends.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.letters: list[bytes] = []
        self.said: list[str] = []
        self.greeting = "220 ready"
        self.replies: dict[str, str] = {} if tls is None else {"EHLO": EHLO, "AUTH": "235 welcome"}
        smtp = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.reply(smtp.greeting)
                while line := self.rfile.readline():
                    text = line.decode().strip()
                    smtp.said.append(text)
                    command = text.split(":")[0].split(" ")[0].upper()
                    if command == "DATA" and "DATA" not in smtp.replies:
                        self.reply("354 go on")
                        smtp.letters.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                    if command == "STARTTLS" and tls is not None:
                        self.encrypt(tls)
                        continue
                    self.reply(smtp.replies.get(text, smtp.replies.get(command, "250 fine")))
                    if command == "QUIT":
                        return

            def encrypt(self, tls: ssl.SSLContext) -> None:
                self.reply("220 go on")
                try:
                    self.connection = tls.wrap_socket(self.connection, server_side=True)
                except OSError:  # the other side does not trust it
                    self.rfile = io.BytesIO()
                    return
                self.rfile = self.connection.makefile("rb")
                self.wfile = self.connection.makefile("wb", buffering=0)

            def finish(self) -> None:
                with suppress(OSError):
                    super().finish()
                self.connection.close()

            def reply(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path, "localhost")


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    server = Smtp()
    yield server
    server.close()


def mail(smtp: Smtp, items: list[Item], encryption: str = "none") -> Outcome:
    found = channel(
        f'kind = "mail"\nhost = "127.0.0.1"\nport = {smtp.port}\nencryption = "{encryption}"\n'
        'from = "kansoku@example.com"\nto = ["ops@example.com", "oncall@example.com"]\n'
    )
    return Delivery(found, {}).send(found.channels[0], items, NOON)


@pytest.mark.parametrize(
    "name",
    [
        "=?utf-8?q?a=0D=0ABcc:_victim@evil.example=0D=0AX-Evil:_1=0D=0A=0D=0Ayours?=",
        "=?utf-8?b?YQ0KQmNjOiB4QHk=?=",
        "=?utf-8?q?=ED=A0=80?=",
        "=?x-unknown?q?a=FF?=",
        "==?utf-8?q?=00?=",
    ],
)
def test_a_name_that_is_an_encoded_word_makes_no_header(smtp: Smtp, name: str) -> None:
    assert mail(smtp, [item(name="HighLatency", labels={"response_model": name})]).kind == "sent"
    letter = email.message_from_bytes(smtp.letters[0], policy=email.policy.default)
    told = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "References", "MIME-Version"}
    assert set(letter.keys()) - {"Content-Type"} == told
    told_as = name.replace("=?", "= ?")
    assert letter["Subject"].strip() == f"[TICKET] Answers are slow (HighLatency): model {told_as}"


def test_mail_has_text_and_html_and_refers_to_its_alarm(smtp: Smtp) -> None:
    mine = item(name="HighLatency", labels={"response_model": "<script>\r\nBcc: x@y"}, value=12.0)
    assert mail(smtp, [mine]) == Outcome("sent", "taken by the mail server", 250)
    letter = email.message_from_bytes(smtp.letters[0], policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    assert letter["Subject"] == "[TICKET] Answers are slow (HighLatency): model <script>  Bcc: x@y"
    assert letter["Bcc"] is None
    assert letter["To"] == "ops@example.com, oncall@example.com"
    assert letter["Date"] == "Fri, 27 Nov 2026 12:00:00 +0000"
    assert letter["References"] == f"<{mine.fingerprint}.{int(NOON)}@example.com>"
    text, html = (part.get_content() for part in letter.iter_parts())  # type: ignore[attr-defined]
    assert "Value: 12 s (alerts above 10 s over 5 minutes)" in text
    assert "<script>" not in html
    assert '<a href="https://wiki.example/runbooks/HighLatency">Runbook</a>' in html


@pytest.mark.parametrize(
    ("command", "reply", "kind", "status"),
    [
        ("RCPT", "550 no such user", "refused", 550),
        ("RCPT", "451 greylisted", "later", 451),
        ("MAIL", "530 authenticate first", "refused", 530),
        ("DATA", "421 busy", "later", 421),
    ],
)
def test_a_mail_servers_no_is_final_or_tried_again(
    smtp: Smtp, command: str, reply: str, kind: str, status: int
) -> None:
    smtp.replies[command] = reply
    outcome = mail(smtp, [item()])
    assert (outcome.kind, outcome.status) == (kind, status)
    assert reply[4:] in outcome.said
    assert smtp.letters == []


def test_a_recipients_letter_goes_to_that_one_and_names_all(smtp: Smtp) -> None:
    found = channel(
        f'kind = "mail"\nhost = "127.0.0.1"\nport = {smtp.port}\nencryption = "none"\n'
        'from = "kansoku@example.com"\nto = ["ops@example.com", "oncall@example.com"]\n'
    )
    smtp.replies["rcpt TO:<oncall@example.com>"] = "451 greylisted"
    first, second = lanes(found.channels).values()
    assert Delivery(found, {}).send(first, [item()], NOON).kind == "sent"
    assert Delivery(found, {}).send(second, [item()], NOON).kind == "later"
    (letter,) = smtp.letters
    assert b"To: ops@example.com, oncall@example.com" in letter
    assert [line for line in smtp.said if line.upper().startswith("RCPT")] == [
        "rcpt TO:<ops@example.com>",
        "rcpt TO:<oncall@example.com>",
    ]


class Dripping(socketserver.BaseRequestHandler):
    """Says a part of its first words every few milliseconds, for ever."""

    first, words = b"", b"220-wait\r\n"

    def handle(self) -> None:
        with suppress(OSError):
            self.request.sendall(self.first)
            while True:
                self.request.sendall(self.words)
                threading.Event().wait(0.005)


class DrippingTls(Dripping):
    """Begins a record of a TLS handshake that takes minutes."""

    first, words = b"\x16\x03\x03\x3f\xff", b"\x02"


@pytest.mark.parametrize("encryption", ["none", "starttls", "ssl"])
def test_a_mail_server_that_drips_does_not_hold_the_channel(encryption: str) -> None:
    handler = DrippingTls if encryption == "ssl" else Dripping
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        found = channel(
            f'kind = "mail"\nhost = "127.0.0.1"\nport = {server.server_address[1]}\n'
            f'encryption = "{encryption}"\nfrom = "k@example.com"\nto = ["ops@example.com"]\n'
        )
        (one,) = found.channels
        assert isinstance(one, Mail)
        began = time.monotonic()
        outcome = mail_channel.send(one, None, EmailMessage(), whole_s=0.2)
        assert outcome.kind == "later"
        assert time.monotonic() - began < 5
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_mail_is_not_sent_unencrypted_unless_that_was_said(smtp: Smtp) -> None:
    outcome = mail(smtp, [item()], "starttls")
    assert outcome.kind == "refused"
    assert "STARTTLS" in outcome.said
    assert not any(line.startswith("MAIL") for line in smtp.said)


def test_mail_is_encrypted_to_a_trusted_server_before_the_password_goes(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    server = Smtp(context)
    found = channel(
        f'kind = "mail"\nhost = "localhost"\nport = {server.port}\nfrom = "kansoku@example.com"\n'
        'to = ["ops@example.com"]\nuser = "kansoku"\npassword_env = "WORD"\n'
    )
    delivery = Delivery(found, {"WORD": "a secret word"})
    try:
        trusted.cache_clear()
        refused = delivery.send(found.channels[0], [item()], NOON)
        assert (refused.kind, server.letters) == ("later", [])
        assert "its certificate is not trusted" in refused.said
        assert not any(line.startswith("AUTH") for line in server.said)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusted.cache_clear()
        server.said.clear()
        assert delivery.send(found.channels[0], [item()], NOON).kind == "sent"
        assert len(server.letters) == 1
        plain = b64encode(b"\0kansoku\0a secret word").decode()
        assert server.said.index("STARTTLS") < server.said.index(f"AUTH PLAIN {plain}")
        server.replies["AUTH"] = "535 not you, kansoku with a secret word"
        outcome = delivery.send(found.channels[0], [item()], NOON)
        assert outcome == Outcome("refused", "SMTP 535 not you, kansoku with ***", 535)
    finally:
        trusted.cache_clear()
        server.close()


def test_groups_and_lists_are_told_in_the_readers_language() -> None:
    both = [item("ApiOutage"), item("HighErrorRate", "resolved")]
    assert message(both, Style("en")).headline == "[PAGE] availability: 1 firing, 1 resolved"
    assert message(both, Style("ja")).headline == "[緊急] 可用性: 発火 1 件、解消 1 件"
    own = [replace(one, group="mine") for one in both]
    assert message(own, Style("ja")).headline == "[緊急] mine: 発火 1 件、解消 1 件"
    causes = (Cause("feature", "a", 0.6), Cause("response_model", "b", 0.5))
    assert "機能 a 60.0%、モデル b 50.0%" in message([replace(both[0], causes=causes)], Style("ja")).text()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_alert_has_its_message(name: str, language: Language) -> None:
    alert = BY_NAME[name]
    firing = message([item(name, value=0.5)], Style(language)).text()
    ended = message([item(name, "resolved", value=0.5)], Style(language)).text()
    for text in (firing, ended):
        assert alert.title.as_dict()[language] in text
        assert alert.why.as_dict()[language] in text
        assert "2026-11-27 11:55 UTC" in text
        assert "None" not in text
        assert "{" not in text
    assert alert.todo.as_dict()[language] in firing
    assert alert.todo.as_dict()[language] not in ended
    assert bool(item(name, value=0.5).figure.en) == (not isinstance(alert.test, Always))


@pytest.mark.skipif(find_spec("apprise") is None, reason="apprise is not installed")
@pytest.mark.filterwarnings("ignore")  # its plug-ins use modules that Python deprecates
def test_apprise_takes_an_address_of_its_own_form(listener: Listener) -> None:
    body = 'kind = "apprise"\nurl_env = "APPRISE"\n'
    found = channel(body)
    delivery = Delivery(found, {"APPRISE": f"json://127.0.0.1:{listener.port}/x"})
    assert delivery.send(found.channels[0], [item()], NOON).kind == "sent"
    assert "HighErrorRate" in listener.received[0].body.decode()
    unknown = Delivery(found, {"APPRISE": f"nonsense://{SECRET}"}).send(found.channels[0], [item()], NOON)
    assert unknown == Outcome("refused", "apprise does not know an address of this form")


@pytest.mark.parametrize(("greeting", "kind"), [("421 too busy, try later", "later"), ("554 no", "refused")])
def test_a_mail_server_that_will_not_talk_now_is_tried_again(smtp: Smtp, greeting: str, kind: str) -> None:
    smtp.greeting = greeting
    smtp.replies |= {"EHLO": "503 bad sequence", "HELO": "503 bad sequence", "MAIL": "503 bad sequence"}
    outcome = mail(smtp, [item()])
    assert (outcome.kind, outcome.status) == (kind, int(greeting[:3]))
