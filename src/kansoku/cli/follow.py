"""What is new in readings of one list that overlap: each thing is given once, late ones too."""

import json
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

LATE_S = 60.0
"""A thing may show up so long after a newer one did: exporters send in batches, each its own, and retry."""
PAGE = 1_000
_PAGES_BACK = 10
_PAGES_AT_MOST = 100

Thing = Mapping[str, object]
Ask = Callable[[Mapping[str, str]], Mapping[str, object]]
"""Gives the page, newest first, of what has the parameters: the things and the `before` of the next."""


@dataclass(slots=True)
class Follower:
    """Knows what was given. Two things that are alike in everything are two.

    Attributes:
        things: The name under which a page holds them; each has a `time_ns`.
        newest_ns: The time of the newest that was seen, in nanoseconds since 1970.
        skipped: Whether the last reading had to leave some out, because there were too many.
    """

    things: str
    newest_ns: int = 0
    skipped: bool = False
    _floor_ns: int = 0
    _lived_s: float = 0.0
    _marks: deque[tuple[float, int]] = field(default_factory=deque[tuple[float, int]])
    _seen: Counter[tuple[int, bytes]] = field(default_factory=Counter[tuple[int, bytes]])

    def begin(self, ask: Ask, number: int) -> list[Thing]:
        """The newest so many, oldest first. What comes later is new, unless it is older than all those."""
        page = ask({"limit": str(max(number, 1))})
        first = self._held(page)
        ends_ns = int(str(page["to"])) * 10**9
        self.newest_ns = _time(first[0]) if first else 0
        self._floor_ns = max((self.newest_ns if first else ends_ns) - int(LATE_S * 10**9), 0)
        self._seen.update(map(_key, first))
        known = Counter(map(_key, self._read(ask)))
        self._seen |= Counter({key: count for key, count in known.items() if key[0] <= self.newest_ns})
        return list(reversed(first[:number]))

    def new(self, ask: Ask, passed_s: float) -> list[Thing]:
        """What was not given yet, oldest first.

        `passed_s` is the time since the last reading, without that in which no server answered.
        """
        reading = self._read(ask)
        here, fresh = Counter[tuple[int, bytes]](), list[Thing]()
        for thing in reading:
            key = _key(thing)
            here[key] += 1
            if here[key] > self._seen[key]:
                fresh.append(thing)
        self._seen |= here
        self._lived_s += passed_s
        self._forget(reading)
        return sorted(fresh, key=_time)

    def _read(self, ask: Ask) -> list[Thing]:
        """All from the floor on, newest first; where they are many, no further back than must be."""
        found: list[Thing] = []
        asked = {"after": str(self._floor_ns), "limit": str(PAGE)}
        self.skipped = False
        for pages in range(1, _PAGES_AT_MOST + 1):
            page = ask(asked)
            found += self._held(page)
            if page["before"] is None or (pages >= _PAGES_BACK and _time(found[-1]) <= self.newest_ns):
                return found
            asked["before"] = str(page["before"])
        self.skipped = True
        return found

    def _forget(self, reading: Sequence[Thing]) -> None:
        """What no reading can hold again need not be known: the floor follows the newest, `LATE_S` later."""
        if reading:
            self.newest_ns = max(self.newest_ns, _time(reading[0]))
        self._marks.append((self._lived_s, self.newest_ns))
        while self._marks[0][0] <= self._lived_s - LATE_S:
            self._floor_ns = max(self._floor_ns, self._marks.popleft()[1])
        for key in [key for key in self._seen if key[0] < self._floor_ns]:
            del self._seen[key]

    def _held(self, page: Mapping[str, object]) -> list[Thing]:
        held = page[self.things]
        return [dict(thing) for thing in held] if isinstance(held, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _time(thing: Thing) -> int:
    return int(str(thing["time_ns"]))


def _key(thing: Thing) -> tuple[int, bytes]:
    content = json.dumps(thing, sort_keys=True).encode()
    return _time(thing), blake2b(content, digest_size=16).digest()
