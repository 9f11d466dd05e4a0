"""The scan: where in a text the triggers of the detectors are, by the standard library alone."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from kansoku.errors import DefinitionError
from kansoku.redact.detector import FREE, Detector, NumberDetector
from kansoku.redact.number import STRETCH

Place = tuple[int, int]
"""Where a trigger begins, and the detector's index; or where a stretch of digits begins, for all detectors of
numbers, and where it ends, below zero."""


class Scan(Protocol):
    """Finds the places of a text to look at."""

    def __call__(self, text: str) -> Iterable[Place]:
        """Every place in a folded text, in any order, each once."""
        ...

    def as_written(self, text: str) -> Iterable[Place] | None:
        """The same of a text that reads the same folded; None if it does not, or that is not known.

        None too if the text cannot be written as UTF-8.
        """
        ...


@dataclass(frozen=True, slots=True)
class Triggers:
    """What to scan for.

    Attributes:
        words: Each word in small letters with the indexes of the detectors that want it.
        shapes: The same for shapes.
        numbers: Whether any detector wants stretches of digits.
    """

    words: tuple[tuple[str, tuple[int, ...]], ...]
    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    numbers: bool


def triggers(detectors: Sequence[Detector]) -> Triggers:
    """The triggers of the detectors, each once."""
    words: dict[str, list[int]] = {}
    shapes: dict[str, list[int]] = {}
    for index, detector in enumerate(detectors):
        if not isinstance(detector, NumberDetector):
            for word in detector.words:
                words.setdefault(word, []).append(index)
            for shape in detector.shapes:
                shapes.setdefault(shape, []).append(index)
    return Triggers(
        tuple((word, tuple(wanted)) for word, wanted in words.items()),
        tuple((shape, tuple(wanted)) for shape, wanted in shapes.items()),
        any(isinstance(detector, NumberDetector) for detector in detectors),
    )


class PlainScan:
    """Scans with `str.find` for words and one pattern for each shape. Linear."""

    def __init__(self, wanted: Triggers) -> None:
        words = [item for item in wanted.words if item[0].isascii()]
        self._short = _by_part(item for item in words if len(item[0]) < _HEAD)
        long = [_Long.of(*item) for item in words if len(item[0]) >= _HEAD]
        self._long = {one.head: tuple(each for each in long if each.head == one.head) for one in long}
        self._parts = frozenset(part for one in long for part in (one.head, one.tail))
        self._others = _by_part(item for item in wanted.words if not item[0].isascii())
        self._runs = tuple(_Run.of(shape, indexes) for shape, indexes in wanted.shapes if is_run(shape))
        self._shapes = _by_first(item for item in wanted.shapes if not is_run(item[0]))
        self._has_words = bool(wanted.words)
        self._numbers = wanted.numbers

    def __call__(self, text: str) -> Iterator[Place]:
        """Every place, trigger by trigger."""
        if self._has_words:
            yield from self._worded(text)
        for shapes in self._shapes:
            yield from _shaped(text, shapes)
        for run in self._runs:
            yield from run.places(text)
        if self._numbers:
            for match in STRETCH.finditer(text):
                yield match.start(), -match.end()

    def as_written(self, text: str) -> None:
        """None: to know it costs as much as to fold the text."""

    def _worded(self, text: str) -> Iterator[Place]:
        """Every place of a word."""
        small = lowered(text)
        for part, words in self._short:
            if part in small:
                for word, indexes in words:
                    yield from _each(small, word, indexes)
        parts = _parts_of(small, self._parts)
        for head in self._long.keys() & parts:
            for word, indexes, _, tail in self._long[head]:
                if tail in parts:
                    yield from _each(small, word, indexes)
        if not text.isascii():
            yield from self._in_other_scripts(text)

    def _in_other_scripts(self, text: str) -> Iterator[Place]:
        """Every place of a word that is not of ASCII alone."""
        for part, words in self._others:
            if part in text:
                for word, indexes in words:
                    yield from _each(text, word, indexes)


_RUN = re.compile(r"(\[[^\]]+\])\{([0-9]{2,4})\}")
_LONG = 64


def is_run(shape: str) -> bool:
    """Whether the shape is a run: its place is where the signs begin, however many they are."""
    match = _RUN.fullmatch(shape)
    return match is not None and int(match[2]) > _LONG


class _Run(NamedTuple):
    """A run of signs of one class.

    Attributes:
        signs: The signs.
        width: How many there are at least.
        whole: All of a run.
        wanted: The detectors that want it.
    """

    signs: str
    width: int
    whole: re.Pattern[str]
    wanted: tuple[int, ...]

    @classmethod
    def of(cls, shape: str, wanted: tuple[int, ...]) -> "_Run":
        """The run of a shape."""
        match = _RUN.fullmatch(shape)
        if match is None:
            raise DefinitionError(f"shape {shape}: must be one class and a count, such as [A-Z]{{100}}")
        signs = "".join(filter(re.compile(match[1]).match, map(chr, range(128))))
        return cls(signs, int(match[2]), re.compile(f"{match[1]}{{{match[2]},}}+"), wanted)

    def places(self, text: str) -> Iterator[Place]:
        """Every place: a run has a sign at the end of some stretch of its width, so few are looked at."""
        at = 0
        while at + self.width <= len(text):
            end = at + self.width
            begin = at + len(text[at:end].rstrip(self.signs))
            run = self.whole.match(text, begin) if begin < end else None
            if run is not None:
                for index in self.wanted:
                    yield begin, index
            at = run.end() if run else end


_PART = 3
Words = tuple[tuple[str, tuple[int, ...]], ...]


def _by_part(words: Iterable[tuple[str, tuple[int, ...]]]) -> tuple[tuple[str, Words], ...]:
    """The words by three letters that several share: without them, a text has none of those words.

    Each time, the part that most of the words left have; a look for a part costs the same for any number.
    """
    left = {item: {item[0][at : at + _PART] for at in range(max(1, len(item[0]) - 2))} for item in words}
    shared = Counter(part for each in left.values() for part in each)
    groups: list[tuple[str, Words]] = []
    while left:
        part = max(shared, key=lambda one: (shared[one], one))
        ones = [item for item, each in left.items() if part in each]
        for item in ones:
            shared.subtract(left.pop(item))
        groups.append((part if len(ones) > 1 else ones[0][0], tuple(ones)))
    return tuple(groups)


_HEAD = 4


class _Long(NamedTuple):
    """A word of four letters or more.

    Attributes:
        word: The word.
        wanted: The detectors that want it.
        head: Its first four letters, read as a number.
        tail: Its last four.
    """

    word: str
    wanted: tuple[int, ...]
    head: int
    tail: int

    @classmethod
    def of(cls, word: str, wanted: tuple[int, ...]) -> "_Long":
        """The word with its head and tail."""
        head, tail = (int.from_bytes(part.encode(), sys.byteorder) for part in (word[:_HEAD], word[-_HEAD:]))
        return cls(word, wanted, head, tail)


def _parts_of(text: str, wanted: frozenset[int]) -> set[int]:
    """Which of the wanted heads and tails are in the text.

    Four bytes at a time are looked up at once for all words, where a look through the text for each of them
    costs five times as much.
    """
    data = memoryview(text.encode("utf-8", "replace"))
    found: set[int] = set()
    for skipped in range(_HEAD):
        whole = data[skipped:]
        found |= wanted.intersection(whole[: len(whole) // _HEAD * _HEAD].cast("I"))
    return found


Shapes = tuple[tuple[re.Pattern[str], tuple[int, ...]], ...]


class _Shaped(NamedTuple):
    """Shapes that are looked for at once.

    Attributes:
        any_of_them: What each of them fits.
        lead: How many characters of the shapes stand in front of a match.
        shapes: Each of them.
    """

    any_of_them: re.Pattern[str]
    lead: int
    shapes: Shapes


_FIRST = re.compile(r"(\[[^\]]+\])(?:\{([0-9]+)\})?")
_WIDER = {"[XYZ]": "[A-Z]"}
"""A class that is looked for with a wider one."""

_LETTERS = re.compile(r"\[A-Za-z\]\{([0-9]+)\}(?=\[0-9\])")
"""Letters with digits behind them, which most texts have fewer of."""


def _by_first(shapes: Iterable[tuple[str, tuple[int, ...]]]) -> tuple[_Shaped, ...]:
    """The shapes by the class of their first character, each time with a pattern that any of them fits.

    Python's patterns skip fast to a class that they begin with, and slowly through alternatives.
    """
    groups: dict[tuple[str, int], list[tuple[str, re.Pattern[str], tuple[int, ...]]]] = {}
    for shape, indexes in shapes:
        head, lead, rest = _cut(shape)
        groups.setdefault((head, lead), []).append((rest, re.compile(shape), indexes))
    return tuple(
        _Shaped(
            re.compile(f"{head}(?:{'|'.join(rest for rest, _, _ in ones)})"),
            lead,
            tuple((shape, indexes) for _, shape, indexes in ones),
        )
        for (head, lead), ones in groups.items()
    )


def _cut(shape: str) -> tuple[str, int, str]:
    """What to skip to, how many characters of the shape stand in front of that, and the rest behind it."""
    bare = shape.removeprefix(FREE)
    free = FREE if bare != shape else ""
    first = _FIRST.match(bare)
    if first is None:
        raise DefinitionError(f"shape {shape}: must begin with a class, such as [A-Z]{{2}}")
    letters = _LETTERS.match(bare)
    if letters is not None:
        digits = _cut(bare[letters.end() :])
        return f"{digits[0]}(?<={free}{letters.group()}{digits[0]})", int(letters[1]), digits[2]
    head = _WIDER.get(first[1], first[1])
    narrow = f"(?<={first[1]})" if head != first[1] else ""
    rest = f"{narrow}{first[1]}{{{int(first[2] or 1) - 1}}}{bare[first.end() :]}"
    return (f"{head}(?<![A-Za-z0-9]{head})" if free else head), 0, rest


def lowered(text: str) -> str:
    """The text in small letters, as long as it was, and no more ASCII in it than was."""
    if text.isascii() or not any(character in text for character in _FALSE_ASCII):
        return text.lower()
    return "".join(map(_small, text))


_FALSE_ASCII = "\u0130\u212a"
"""The dotted capital I, whose small letter is two characters, and the Kelvin sign, whose small one is `k`."""


def _small(character: str) -> str:
    """The character's small letter, or itself."""
    return character.lower() if character.isascii() else character


def _each(text: str, word: str, indexes: tuple[int, ...]) -> Iterator[Place]:
    """Every place of a word."""
    at = text.find(word)
    while at >= 0:
        for index in indexes:
            yield at, index
        at = text.find(word, at + 1)


def _shaped(text: str, wanted: _Shaped) -> Iterator[Place]:
    """Every place of any of the shapes, overlapping ones too."""
    match = wanted.any_of_them.search(text)
    while match is not None:
        at = match.start() - wanted.lead
        for shape, indexes in wanted.shapes:
            if shape.match(text, at) is not None:
                for index in indexes:
                    yield at, index
        match = wanted.any_of_them.search(text, match.start() + 1)
