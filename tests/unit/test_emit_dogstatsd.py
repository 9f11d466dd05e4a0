"""DogStatsD packets, byte by byte, on real sockets."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kansoku
from kansoku.emit.dogstatsd import UDP_BYTES, Address, DogStatsd, address_of
from kansoku.instrument.session import active
from kansoku.record.facts import Call, Cost, Evaluation, Place, Usage


def call(model: str = "claude-sonnet-5-5") -> Call:
    return Call(
        place=Place(1, 2),
        started_unix_ns=1,
        duration_s=2.345,
        operation="chat",
        provider="anthropic",
        request_model=model,
        outcome="ok",
        ttft_s=0.25,
        usage=Usage(input_tokens=5, output_tokens=7),
        cost=Cost(0.0123, "table"),
    )


def meter(address: Address, dropped: list[tuple[int, str]]) -> DogStatsd:
    return DogStatsd(address, "support-bot", "prod", "1.2", lambda count, why: dropped.append((count, why)))


TAGS = "service:support-bot,env:prod,version:1.2"
PACKETS = [
    f"claude.api.calls:1|c|#model:claude-sonnet-5-5,status:ok,{TAGS}",
    f"claude.api.latency:2.345|d|#model:claude-sonnet-5-5,{TAGS}",
    f"claude.ttft:0.25|d|#model:claude-sonnet-5-5,{TAGS}",
    f"claude.cost.usd:0.0123|d|#model:claude-sonnet-5-5,{TAGS}",
    f"claude.tokens:5|d|#model:claude-sonnet-5-5,type:input,{TAGS}",
    f"claude.tokens:7|d|#model:claude-sonnet-5-5,type:output,{TAGS}",
]


def test_a_call_is_one_datagram_over_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))
        agent.settimeout(5)
        dropped: list[tuple[int, str]] = []
        sender = meter(Address("127.0.0.1", agent.getsockname()[1]), dropped)
        sender.fact(call())
        sender.worked()
        assert agent.recv(65_535) == "\n".join(PACKETS).encode()
        sender.close()
        assert dropped == []


def test_a_call_is_one_datagram_over_a_unix_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as agent:
        path = str(tmp_path / "dsd.socket")
        agent.bind(path)
        agent.settimeout(5)
        sender = meter(address_of(f"unix://{path}"), [])
        sender.fact(call())
        sender.close()
        assert agent.recv(65_535) == "\n".join(PACKETS).encode()


def framed(agent: socket.socket) -> bytes:
    """The next packet of a stream, after its length."""
    return read(agent, int.from_bytes(read(agent, 4), "little"))


def read(agent: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += (more := agent.recv(size - len(data)))
        assert more, "the stream ended"
    return data


def listening(path: Path) -> socket.socket:
    """An agent's stream socket."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(str(path))
    made.listen()
    made.settimeout(60)
    return made


def test_each_datagram_follows_its_length_over_a_unix_stream_and_a_new_agent_is_found(tmp_path: Path) -> None:
    path, dropped = tmp_path / "stream.sock", list[tuple[int, str]]()
    sender = meter(address_of(f"unixstream://{path}"), dropped)
    with listening(path) as agent:
        for _ in range(2):
            sender.fact(call())
            sender.worked()
        with agent.accept()[0] as taken:
            taken.settimeout(60)
            assert [framed(taken), framed(taken)] == ["\n".join(PACKETS).encode()] * 2
    sender.fact(call())
    sender.worked()
    assert dropped == [(len(PACKETS), "agent unreachable")]
    path.unlink()
    with listening(path) as agent:
        sender.fact(call())
        sender.close()
        with agent.accept()[0] as taken:
            taken.settimeout(60)
            assert framed(taken) == "\n".join(PACKETS).encode()
            assert taken.recv(1) == b""


def test_a_stream_that_took_half_a_datagram_is_begun_anew(tmp_path: Path) -> None:
    path, dropped = tmp_path / "slow.sock", list[tuple[int, str]]()
    sender = meter(address_of(f"unixstream://{path}"), dropped)
    with listening(path) as agent:
        while not dropped:
            sender.fact(call())
            sender.worked()
        assert dropped == [(len(PACKETS), "agent slow")]
        sender.fact(call())
        sender.close()
        agent.accept()[0].close()
        with agent.accept()[0] as taken:
            taken.settimeout(60)
            assert framed(taken) == "\n".join(PACKETS).encode()


def test_datagrams_are_full_and_never_over_the_limit() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))
        agent.settimeout(5)
        sender = meter(Address("127.0.0.1", agent.getsockname()[1]), [])
        for _ in range(20):
            sender.fact(call())
        sender.close()
        got: list[str] = []
        sizes: list[int] = []
        while len(got) < 20 * len(PACKETS):
            data = agent.recv(65_535)
            sizes.append(len(data))
            got += data.decode().split("\n")
    assert got == PACKETS * 20
    assert max(sizes) <= UDP_BYTES
    assert min(sizes[:-1]) > UDP_BYTES - 100


def test_names_that_would_end_a_tag_are_mended() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))
        agent.settimeout(5)
        sender = meter(Address("127.0.0.1", agent.getsockname()[1]), [])
        sender.fact(Evaluation(place=Place(1, 2), started_unix_ns=1, name="a,b|c\nd:観測", label="x" * 300))
        sender.close()
        text = agent.recv(65_535).decode()
    assert text == f"claude.evaluations:1|c|#evaluation:a_b_c_d:観測,{('label:' + 'x' * 300)[:200]},{TAGS}"


def test_an_agent_that_is_away_never_raises_and_its_packets_are_counted() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        port = gone.getsockname()[1]
    dropped: list[tuple[int, str]] = []
    sender = meter(Address("127.0.0.1", port), dropped)
    for _ in range(5):
        sender.fact(call())
        sender.worked()
    sender.close()
    missing = meter(Address(path="/nowhere/dsd.socket"), dropped)
    missing.fact(call())
    missing.close()
    assert (6, "agent unreachable") in dropped
    assert sum(count for count, _ in dropped) >= 12


class Dns:
    """Name servers that answer when they are told to."""

    def __init__(self, port: int) -> None:
        self.asked, self.may_answer = threading.Event(), threading.Event()
        self.knows = True
        self._port = port
        self._real = socket.getaddrinfo

    def getaddrinfo(self, host: str, port: int, *, flags: int = 0, **more: Any) -> Any:  # noqa: ANN401
        if flags & socket.AI_NUMERICHOST:
            return self._real(host, port, flags=flags, **more)
        self.asked.set()
        assert self.may_answer.wait(10)
        if not self.knows:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return self._real("127.0.0.1", self._port, **more)


@pytest.fixture
def agent() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))
        agent.settimeout(5)
        yield agent


@pytest.fixture
def dns(agent: socket.socket, monkeypatch: pytest.MonkeyPatch) -> Dns:
    dns = Dns(agent.getsockname()[1])
    monkeypatch.setattr(socket, "getaddrinfo", dns.getaddrinfo)
    return dns


def test_dns_that_is_slow_holds_nobody_up_and_what_waited_is_sent(agent: socket.socket, dns: Dns) -> None:
    dropped: list[tuple[int, str]] = []
    sender = meter(Address("agent.example"), dropped)
    for _ in range(2):
        sender.fact(call())
        sender.worked()  # comes back while nobody has answered
    assert dns.asked.wait(5)
    dns.may_answer.set()
    sender.close()
    assert [agent.recv(65_535) for _ in range(2)] == ["\n".join(PACKETS).encode()] * 2
    assert dropped == []


def test_dns_that_never_answers_costs_the_oldest_packets_in_the_end(dns: Dns) -> None:
    dropped: list[tuple[int, str]] = []
    sender = meter(Address("agent.example"), dropped)
    for _ in range(70):
        sender.fact(call())
        sender.worked()
    assert dropped == [(6, "agent unreachable")] * 6
    sender.forked()
    sender.close()
    assert len(dropped) == 6, "what waits in a child is its parent's"
    dns.may_answer.set()


def test_a_host_that_is_not_known_costs_packets_and_is_not_asked_for_each(dns: Dns) -> None:
    dns.knows = False
    dns.may_answer.set()
    dropped: list[tuple[int, str]] = []
    sender = meter(Address("agent.example"), dropped)
    sender.fact(call())
    sender.worked()
    sender.close()
    assert dropped == [(6, "agent unreachable")]
    dns.asked.clear()
    sender.fact(call())
    sender.worked()
    assert dropped == [(6, "agent unreachable")] * 2
    assert not dns.asked.is_set()


def test_a_scrape_does_not_wait_for_the_agents_dns(dns: Dns, monkeypatch: pytest.MonkeyPatch) -> None:
    for signal in ("TRACES", "METRICS", "LOGS"):
        monkeypatch.setenv(f"OTEL_{signal}_EXPORTER", "none")
    kansoku.init("support-bot", dogstatsd="agent.example:8125")
    session = active()
    assert session is not None
    session.pipeline.put(call)
    assert dns.asked.wait(10)
    assert session.pipeline.refresh(5), "the worker has gone on"
    dns.may_answer.set()
    kansoku.shutdown()


@pytest.mark.parametrize("text", ["tcp://a:1", "unix://", "udp://"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the sentence is not the contract
        address_of(text)


def test_addresses_are_read() -> None:
    assert address_of("agent:8126") == Address("agent", 8126)
    assert address_of("udp://agent") == Address("agent", 8125)
    assert address_of("unix:///var/run/d.sock") == Address(path="/var/run/d.sock")
