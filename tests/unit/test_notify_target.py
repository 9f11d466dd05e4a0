"""Where a webhook may lead to: the internet, however an address is spelt, and nowhere else."""

from __future__ import annotations

import socket
import ssl
import threading
from ipaddress import ip_address
from pathlib import Path

import pytest

from kansoku.notify.outcome import Outcome, masked
from kansoku.notify.post import Request, post, trusted
from kansoku.notify.target import TargetRefused, is_public, look_up, target
from tests.alarms import Listener, self_signed

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2001:20::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "2606:4700::1%1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "192.0.1.1",
    "168.63.129.17",
    "2606:4700:4700::1111",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("number", PRIVATE)
def test_numbers_of_ones_own_network_are_refused(number: str) -> None:
    assert not is_public(ip_address(number))
    with pytest.raises(TargetRefused, match=r"hooks\.example is in a private or special network"):
        target("https://hooks.example/x", allow_private=False, look_up=lambda _host, _port: [number])
    found = target("https://hooks.example/x", allow_private=True, look_up=lambda _host, _port: [number])
    assert found.numbers == (number,)


@pytest.mark.parametrize("number", PUBLIC)
def test_numbers_of_the_internet_are_taken(number: str) -> None:
    assert is_public(ip_address(number))
    found = target("https://hooks.example/x?y=1", allow_private=False, look_up=lambda _h, _p: [number])
    assert (found.https, found.host, found.port, found.path) == (True, "hooks.example", 443, "/x?y=1")


def test_of_several_numbers_only_public_ones_are_connected_to() -> None:
    numbers = ["10.0.0.1", "1.1.1.1", "::1"]
    found = target("https://hooks.example:8443", allow_private=False, look_up=lambda _h, _p: numbers)
    assert (found.numbers, found.port, found.path) == (("1.1.1.1",), 8443, "/")


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0",
    ],
)
def test_odd_spellings_of_this_machine_are_looked_up_and_refused(host: str) -> None:
    with pytest.raises((TargetRefused, OSError)):
        target(f"https://{host}/", allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://user@hooks.example/",
        "https://user:word@hooks.example/",
        "https://hooks.example\\@127.0.0.1/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "https:///x",
        "https://a b/",
        "https://hooks.example:99999/",
        "https://hooks.example/\r\nHost: x",
        "https://[::1/",
        "hooks.example",
        "https://hooks.example/" + "x" * 3_000,
        "https://a..b/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 130}example/",
        "https://[fe80::1%25eth0]/",
        "gopher://127.0.0.1:25/",
        "",
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    for private in (False, True):
        with pytest.raises(TargetRefused, match="the address"):
            target(url, allow_private=private, look_up=lambda _h, _p: ["1.1.1.1"])


def test_unencrypted_addresses_need_leave() -> None:
    with pytest.raises(TargetRefused, match=r"begin with https://; allow_private = true"):
        target("http://hooks.example/", allow_private=False, look_up=lambda _h, _p: ["1.1.1.1"])


def test_a_name_that_is_not_known_is_tried_again() -> None:
    def fails(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    outcome = post(Request("https://hooks.example/", b""), look_up=fails)
    assert (outcome.kind, outcome.status) == ("later", None)


def test_the_number_that_was_looked_at_is_the_one_connected_to() -> None:
    """A name that means another number at the second look would lead elsewhere; there is no second look."""
    asked: list[str] = []

    def once(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.9.9.9"]

    listener = Listener()
    try:
        url = f"http://name.of.nobody.invalid:{listener.port}/x"
        assert post(Request(url, b"{}", allow_private=True), look_up=once).kind == "sent"
        assert asked == ["name.of.nobody.invalid"]
        assert listener.received[0].headers["Host"] == f"name.of.nobody.invalid:{listener.port}"
        refused = post(Request(url.replace("http:", "https:"), b"{}"), look_up=once)
        assert (refused.kind, len(listener.received)) == ("refused", 1)
    finally:
        listener.close()


@pytest.mark.parametrize(
    ("begin", "told"),
    [(b"HTTP/1.1 2", "later"), (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "sent")],
    ids=["status", "body"],
)
def test_an_answer_that_drips_is_cut_off(begin: bytes, told: str) -> None:
    """Each piece comes within the time of a step, and all of them would take for ever."""
    begun = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            begun.set()
            with connection:
                try:
                    connection.sendall(begin)
                    while connection.send(b"x"):
                        threading.Event().wait(0.02)
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        outcome = post(Request(url, b"", allow_private=True), step_s=5.0, whole_s=0.3)
        thread.join(60)
    assert begun.is_set()
    assert not thread.is_alive()
    assert outcome.kind == told


def test_a_chunk_of_a_length_below_zero_is_not_read_to_its_end() -> None:
    sent: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def flood() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
                    for _ in range(2_000):
                        connection.sendall(b"x" * 32_768)
                        sent.append(32_768)
                except OSError:
                    return

        thread = threading.Thread(target=flood)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert post(Request(url, b"", allow_private=True)).kind == "sent"
        thread.join(60)
    assert sum(sent) < 2_000 * 32_768


def test_the_environments_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    listener, proxy = Listener(), Listener()
    try:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert post(Request(f"{listener.url}/x", b"", allow_private=True)).kind == "sent"
        assert (len(listener.received), len(proxy.received)) == (1, 0)
    finally:
        listener.close()
        proxy.close()


def test_the_systems_resolver_tells_numbers_once() -> None:
    assert look_up("127.0.0.1", 443) == ["127.0.0.1"]
    with pytest.raises(OSError, match=r"."):
        look_up("a" * 64 + ".invalid", 443)


def test_secrets_and_their_longer_parts_are_masked() -> None:
    secret = "https://hooks.example/services/T0123456/B0123456?sig=abcdefghij&v=1"
    told = f"no {secret}; /services/T0123456/B0123456 T0123456 abcdefghij v=1 hooks.example"
    assert masked(told, [secret]) == "no ***; *** *** *** v=1 hooks.example"


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ("https://hooks.example/wh?sig=a%2Bb%2Fc%3Dlongsecret", "a+b/c=longsecret"),
        ("https://hooks.example/wh?sig=a%2Bb%2Fc%3Dlongsecret", "A%2BB%2FC%3DLONGSECRET"),
        ("https://hooks.example/wh?token=short77", "short77"),
        ("https://hooks.example/services/T0123456/B0123456", "t0123456"),
        ('hmac/KEY+"x"=', "hmac%2FKEY%2B%22x%22%3D"),
        ('hmac/KEY+"x"=', r"hmac/KEY+\"x\"="),
        ('hmac/KEY+"x"=', r"hmac\/KEY+\"x\"="),
    ],
)
def test_secrets_are_masked_however_they_are_repeated(secret: str, told: str) -> None:
    assert masked(f"bad: {told}!", [secret]) == "bad: ***!"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path, "hooks.example")


def test_a_certificate_must_be_trusted_and_of_the_name_in_the_address(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    listener = Listener(tls=context)

    def send(host: str) -> Outcome:
        trusted.cache_clear()
        request = Request(f"https://{host}:{listener.port}/secretpath", b"{}", allow_private=True)
        return post(request, look_up=lambda _host, _port: ["127.0.0.1"])

    try:
        outcome = send("hooks.example")
        assert outcome.kind == "later"
        assert outcome.said == "its certificate is not trusted: self-signed certificate"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        outcome = send("other.example")
        assert outcome.kind == "later"
        assert "not valid for 'other.example'" in outcome.said
        assert listener.received == []
        assert send("hooks.example") == Outcome("sent", "HTTP 200 ok", 200)
        assert [one.path for one in listener.received] == ["/secretpath"]
    finally:
        trusted.cache_clear()
        listener.close()
