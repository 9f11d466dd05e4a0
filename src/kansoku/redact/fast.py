"""The fast scan: all triggers in two passes of hyperscan (`pip install "kansoku[fast]"`).

The first also tells most texts that need no folding.

It finds the places that `PlainScan` finds. Its scratch space must never serve two threads at once, so each
scan takes one from a pool that no other holds; a scan that fails is done again plainly.
"""

import re
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, NamedTuple

from kansoku.redact.detector import FREE
from kansoku.redact.folded import MAY_COUNT, TELLING, is_escaped
from kansoku.redact.number import GAP_CHARACTERS, STRETCH
from kansoku.redact.scan import Place, PlainScan, Scan, Triggers

_PART = re.compile(r"(?:\[[^\]]*\]|\\?.)(?:\{([0-9]+)\})?")
_DIGIT = re.compile(rb"[0-9]")
_DIGITS = frozenset(b"0123456789")
_GAPS = frozenset(character.encode() for character in GAP_CHARACTERS)
_TOP_BITS, _INSIDE = 0xC0, 0x80
"""Of the bytes of a character in UTF-8 but its first."""

_OF_NUMBERS = (-1,)
_OF_LONG = (-2,)
_LONG = 64
"""Longer shapes are looked for plainly, and only where what they end in is found: counting from every
place that they could begin at costs more than all else."""

_SHORT = 200
"""Texts that are shorter are folded as fast as they are looked through."""

_DENSE = 300
"""If more than one in so many bytes begins a stretch of digits, Python's patterns tell all of them sooner
than each hit is looked at."""

_FEWEST = 32
"""Stretches of which a short text may have more."""

_MOST_HITS = 60_000
"""More than this, and the scan is done plainly: each hit is a call into Python."""


_Begun = tuple[int, tuple[int, ...]]
"""Where a hit begins, and who wants it."""


_Hit = tuple[int, int, int]
"""A pattern's index, and where a match of it begins and ends."""

_MANY: _Hit = (-1, -1, -1)


class _Pattern(NamedTuple):
    """What is known of a pattern's hits.

    Attributes:
        width: How many bytes they have; none if that differs.
        wanted: The detectors that want it, or what it is a hit of.
        is_free: Whether a byte more in front is a part of them.
    """

    width: int
    wanted: tuple[int, ...]
    is_free: bool = False


def fast_scan() -> Callable[[Triggers], Scan] | None:
    """Makes fast scans; None where hyperscan is not installed, or does not run on this machine."""
    try:
        hyperscan = import_module("hyperscan")
        return lambda wanted: FastScan(wanted, hyperscan)
    except Exception:
        return None


class FastScan:
    """Scans with two hyperscan databases: digits among other shapes would double what all cost.

    Args:
        wanted: What to scan for.
        hyperscan: The library.
    """

    def __init__(self, wanted: Triggers, hyperscan: Any) -> None:  # noqa: ANN401  a library without types
        self._plain: Callable[[str], Iterable[Place]] = PlainScan(wanted)
        self._hyperscan = hyperscan
        self._places: list[_Pattern] = []
        patterns: list[bytes] = []
        flags: list[int] = []
        for word, indexes in wanted.words:
            patterns.append(re.escape(word).encode())
            flags.append(hyperscan.HS_FLAG_CASELESS if word.isascii() else 0)
            self._places.append(_Pattern(len(word.encode()), indexes))
        long = tuple(item for item in wanted.shapes if _width(item[0].removeprefix(FREE)) > _LONG)
        self._long = PlainScan(Triggers((), long, numbers=False))
        if long:
            patterns.append("|".join(dict.fromkeys(_gate(shape) for shape, _ in long)).encode())
            flags.append(hyperscan.HS_FLAG_SINGLEMATCH)
            self._places.append(_Pattern(0, _OF_LONG))
        for shape, indexes in wanted.shapes:
            if (shape, indexes) in long:
                continue
            bare = shape.removeprefix(FREE)
            patterns.append((bare if bare == shape else f"[^A-Za-z0-9]{bare}").encode())
            flags.append(0)
            self._places.append(_Pattern(_width(bare), indexes, is_free=bare != shape))
        digits = len(patterns)
        self._places.append(_Pattern(0, _OF_NUMBERS))
        self._telling = digits + 1
        for pattern in (TELLING, *MAY_COUNT):
            patterns.append(pattern.encode())
            flags.append(hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_SINGLEMATCH)
        ids = [number if number < digits else number + 1 for number in range(len(patterns))]
        self._databases = [self._compiled(patterns, flags, ids)]
        if wanted.numbers:
            som = hyperscan.HS_FLAG_SOM_LEFTMOST
            self._databases.append(self._compiled([_first_digits()], [som], [digits]))
        self._pool: list[list[Any]] = []

    def _compiled(self, patterns: list[bytes], flags: list[int], ids: list[int]) -> Any:  # noqa: ANN401
        """A database of the patterns, whose hits tell their ids."""
        database = self._hyperscan.Database(mode=self._hyperscan.HS_MODE_BLOCK)
        database.compile(expressions=patterns, ids=ids, elements=len(patterns), flags=flags)
        return database

    def __call__(self, text: str) -> Iterable[Place]:
        """Every place, as the plain scan gives them."""
        try:
            data = ("\n" + text).encode()
            hits = self._hits(data)
            return self._as_places(text, data, hits) if hits else ()
        except Exception:
            return self._plain(text)

    def as_written(self, text: str) -> Iterable[Place] | None:
        """Every place, as `PlainScan` gives them, if the text reads the same folded."""
        if is_escaped(text) or (len(text) < _SHORT and not text.isascii()):
            return None
        try:
            data = ("\n" + text).encode()
            hits = self._hits(data, as_written=True)
            if hits is None:
                return None
            return self._as_places(text, data, hits) if hits else ()
        except Exception:
            return None

    def _hits(self, data: bytes, *, as_written: bool = False) -> list[_Hit] | None:
        """What matched: the pattern's index, where it began (known for digits only) and ended, in bytes.

        One hit of digits that is nowhere stands for all of many. None if the text is to be read as written,
        and holds what may read otherwise folded.
        """
        hits: list[_Hit] = []
        told: list[int] = []
        telling = self._telling
        most = _FEWEST + len(data) // _DENSE

        def hit(index: int, start: int, end: int, _flags: int, _context: object) -> bool:
            if index >= telling:
                told.append(index)
                return as_written
            hits.append((index, start, end))
            return len(hits) > _MOST_HITS

        def digits(index: int, start: int, end: int, _flags: int, _context: object) -> bool:
            stretches.append((index, start, end))
            return len(stretches) > most

        pool = self._pool
        scratches = pool.pop() if pool else [self._hyperscan.Scratch(one) for one in self._databases]
        stretches: list[_Hit] = []
        try:
            for database, scratch, handler in zip(self._databases, scratches, (hit, digits), strict=False):
                database.scan(data, match_event_handler=handler, scratch=scratch)
        except Exception:
            if not ((told and as_written) or len(stretches) > most):  # else it is told that this was enough
                raise
        pool.append(scratches)
        if told and as_written:
            return None
        return hits + (stretches if len(stretches) <= most else [_MANY])

    def _as_places(self, text: str, data: bytes, hits: list[_Hit]) -> list[Place]:
        """The hits as places, in code points of the text."""
        if hits[-1] is _MANY:
            stretches = [(match.start(), -match.end()) for match in STRETCH.finditer(text)]
            return stretches + (self._as_places(text, data, hits[:-1]) if len(hits) > 1 else [])
        is_ascii = len(data) == len(text) + 1
        begun = self._in_bytes(data, hits) if is_ascii else self._in_characters(text, data, hits)
        digits: list[int] = []
        places: list[Place] = []
        has_long = False
        for at, wanted in begun:
            if wanted[0] >= 0:
                for detector in wanted:
                    places.append((at, detector))  # noqa: PERF401  most are wanted by one
            elif wanted is _OF_NUMBERS:
                digits.append(at)
            else:
                has_long = True
        if digits:
            places += _stretches(text, sorted(digits))
        return [*places, *self._long(text)] if has_long else places

    def _in_bytes(self, data: bytes, hits: list[_Hit]) -> list[_Begun]:
        """Where the hits begin in a text of ASCII; one of digits begins with the first."""
        begun: list[_Begun] = []
        for index, start, end in hits:
            width, wanted, _ = self._places[index]
            if not width and wanted is _OF_NUMBERS:
                digit = _DIGIT.search(data, start, end)
                begun.append((end if digit is None else digit.start() - 1, wanted))
            else:
                begun.append((end - width - 1, wanted))
        return begun

    def _in_characters(self, text: str, data: bytes, hits: list[_Hit]) -> list[_Begun]:
        """Where the hits begin, in code points.

        What a hit consists of is nowhere but in hits, so the next place of it in the text is that of the
        next hit: to look for it takes a third of the time that counting takes.
        """
        fronts: list[tuple[int, int, int, tuple[int, ...]]] = []
        begun: list[_Begun] = []
        known = self._places
        for index, start, end in hits:
            width, wanted, is_free = known[index]
            if width and not is_free:
                fronts.append((end - width, 0, end, wanted))
            elif width:
                fronts.append((_first_byte(data, end - width - 1), 1, end, wanted))
            elif wanted is _OF_LONG:
                begun.append((0, wanted))
            else:
                front = start if data[start] & _TOP_BITS != _INSIDE else _first_byte(data, start)
                if front == start or data[front : start + 1] not in _GAPS:  # else it is joined to a digit
                    ahead = 1 if data[start + 1] in _DIGITS else _ahead(data, front, start, end)
                    fronts.append((front, ahead, end, wanted))
        fronts.sort()
        at, last = -1, 0
        for front, ahead, end, wanted in fronts:
            if front != last:
                at, last = text.index(data[front:end].decode(), at + 1), front
            begun.append((at + ahead, wanted))
        return begun


def _ahead(data: bytes, front: int, start: int, end: int) -> int:
    """How many characters stand from `front` on before the first digit."""
    digit = _DIGIT.search(data, start, end)
    return len(data[front : digit.start() if digit else end].decode())


def _first_byte(data: bytes, at: int) -> int:
    """Where the character begins that the byte belongs to."""
    while data[at] & _TOP_BITS == _INSIDE:
        at -= 1
    return at


def _stretches(text: str, digits: list[int]) -> list[Place]:
    """The places at which stretches begin: what lies inside of one is no beginning."""
    done = 0
    found: list[Place] = []
    for place in digits:
        match = STRETCH.match(text, place) if place >= done else None
        if match is not None:
            done = match.end()
            found.append((place, -done))
    return found


def _first_digits() -> bytes:
    """What a stretch begins with: seven digits with gaps, not joined to a digit in front.

    In front stands something else than a gap, with some gaps or none behind it, or more gaps than join.
    """
    gap = f"(?:{'|'.join(re.escape(character) for character in GAP_CHARACTERS)})"
    plain = "".join(re.escape(character) for character in GAP_CHARACTERS if character.isascii())
    return rf"(?:[^0-9{plain}]{gap}{{0,3}}|{gap}{{4}})[0-9](?:{gap}{{0,3}}[0-9]){{6}}".encode()


def _gate(shape: str) -> str:
    """The last part of a shape, without which it is nowhere."""
    return [part.group() for part in _PART.finditer(shape)][-1]


def _width(shape: str) -> int:
    """How many characters a shape has."""
    return sum(int(match[1] or 1) for match in _PART.finditer(shape))
