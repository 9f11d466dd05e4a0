"""The backlog by a clock of the test's: what waits, when it is sent again, and what is lost."""

import pytest

from kansoku.emit.backlog import Answer, Backlog

WENT = Answer(went=True)
REFUSED = Answer(went=False)
DOWN = Answer(went=False, passing=True)


class Endpoint:
    """An endpoint that answers as told, its clock, and what it took."""

    def __init__(self, size: int = 1_000) -> None:
        self.now = 0.0
        self.answer = WENT
        self.tries: list[float] = []
        self.took: list[bytes] = []
        self.lost: list[int] = []
        self.backlog = Backlog(self.send, self.lost.append, size=size, clock=lambda: self.now)

    def send(self, data: bytes) -> Answer:
        self.tries.append(self.now)
        if self.answer.went:
            self.took.append(data)
        return self.answer

    def second(self, *data: bytes, urgent: bool = False) -> None:
        """What the sender does each second."""
        self.now += 1
        self.backlog.resend(urgent=urgent)
        for one in data:
            self.backlog.put(one, 1)


def test_an_outage_of_45_seconds_loses_nothing_and_sends_nothing_twice() -> None:
    endpoint = Endpoint()
    made = [str(at).encode() for at in range(90)]
    for at in range(90):
        endpoint.answer = DOWN if 10 <= at < 55 else WENT
        endpoint.second(made[at])
    assert endpoint.took == made
    assert (endpoint.lost, endpoint.backlog.items) == ([], 0)


def test_pauses_between_tries_double_up_to_half_a_minute_and_begin_anew() -> None:
    endpoint = Endpoint()
    endpoint.answer = DOWN
    assert endpoint.backlog.put(b"x", 2) == "waits"
    for _ in range(100):
        endpoint.second()
    assert endpoint.tries == [0, 1, 3, 7, 15, 31, 61, 91]
    endpoint.answer = WENT
    endpoint.second(urgent=True)
    endpoint.answer, endpoint.tries = DOWN, []
    endpoint.backlog.put(b"y", 1)
    endpoint.second()
    assert endpoint.tries == [101, 102]


def test_what_is_urgent_does_not_wait_for_the_pause_but_for_what_the_endpoint_said() -> None:
    endpoint = Endpoint()
    endpoint.answer = Answer(went=False, passing=True, wait_s=20)
    endpoint.backlog.put(b"x", 1)
    for _ in range(19):
        endpoint.second(urgent=True)
    assert endpoint.tries == [0]
    endpoint.answer = DOWN
    for _ in range(3):
        endpoint.second(urgent=True)
    assert endpoint.tries == [0, 20, 21, 22]


def test_the_oldest_are_lost_where_there_is_no_room_and_counted() -> None:
    endpoint = Endpoint(size=10)
    endpoint.answer = DOWN
    for data, items in ((b"aaaa", 1), (b"bbbb", 2), (b"cccc", 4), (b"dddddd", 8)):
        assert endpoint.backlog.put(data, items) == "waits"
    assert endpoint.backlog.put(b"e" * 11, 16) == "lost", "it alone is more than there is room for"
    assert (endpoint.lost, endpoint.backlog.items) == ([1, 2], 12)
    endpoint.answer = WENT
    endpoint.second()
    assert (endpoint.took, endpoint.backlog.items) == ([b"cccc", b"dddddd"], 0)


def test_what_is_refused_for_good_is_lost_and_keeps_nothing_behind_it() -> None:
    endpoint = Endpoint()
    endpoint.answer = REFUSED
    assert endpoint.backlog.put(b"at once", 1) == "lost"
    endpoint.answer = DOWN
    endpoint.backlog.put(b"first", 2)
    endpoint.backlog.put(b"second", 4)
    endpoint.answer = REFUSED
    endpoint.second()
    assert (endpoint.lost, endpoint.backlog.items) == ([2, 4], 0)


def test_one_that_cannot_be_tried_is_lost_and_the_next_goes() -> None:
    endpoint = Endpoint()

    def send(data: bytes) -> Answer:
        if data == b"broken":
            raise ValueError(data)
        return endpoint.send(data)

    backlog = Backlog(send, endpoint.lost.append, clock=lambda: endpoint.now)
    endpoint.answer = DOWN
    for data in (b"first", b"broken", b"last"):
        backlog.put(data, 1)
    endpoint.answer = WENT
    with pytest.raises(ValueError, match="broken"):
        backlog.resend(urgent=True)
    backlog.resend(urgent=True)
    assert (endpoint.took, endpoint.lost, backlog.items) == ([b"first", b"last"], [1], 0)


def test_nothing_is_sent_of_a_closed_one() -> None:
    endpoint = Endpoint()
    endpoint.answer = DOWN
    endpoint.backlog.put(b"x", 3)
    endpoint.answer = WENT
    endpoint.backlog.close()
    endpoint.second(urgent=True)
    assert (endpoint.took, endpoint.backlog.items) == ([], 3)
