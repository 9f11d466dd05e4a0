"""What a detector is: where to look (triggers that a scan finds), and how to tell (a function at a place).

Triggers have one place each, so that every way of scanning finds the same ones: a word, a shape of fixed
width, or a stretch of digits.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from kansoku.redact.finding import Finding
from kansoku.redact.number import Groups, Judge

LEFT = r"(?<![A-Za-z0-9_])"
RIGHT = r"(?![A-Za-z0-9_])"
"""Edges in ASCII: `\\b` would take kana beside a letter for the middle of a word."""

FREE = "(?<![A-Za-z0-9])"
"""What a shape may begin with: no letter or digit stands in front. Within, ids in hexadecimal have many."""


class OverBudget(Exception):
    """A text would take too long to search; it must be masked whole."""


At = Callable[[str, int], Finding | None]
"""The finding at a place of a text, where a trigger of the detector begins, or None."""


@dataclass(frozen=True, slots=True)
class PlaceDetector:
    """Looks at the places where one of its words or shapes begins.

    Attributes:
        entity: What it finds.
        at: Tells what is there. It may begin before the place, and sees the whole text (full-width letters
            and digits made ASCII).
        words: Words in small letters, found whatever their case (ASCII) or as they stand (others).
        shapes: Patterns of fixed width made of `[A-Z]`-like classes and counts only, behind `FREE` or
            nothing, found as they stand. One of a single class and more than 64 signs is a run: its place
            is where a run of them begins that is as long or longer.
    """

    entity: str
    at: At
    words: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()


class Area(NamedTuple):
    """What stands in an area of a text, such as a table: any number of findings.

    Attributes:
        findings: All of them, in any order.
        end: Where it ends; up to there its detector is not asked again.
    """

    findings: tuple[Finding, ...]
    end: int


AreaAt = Callable[[str, int], Area | None]
"""The area that a trigger of the detector opens, or None."""


@dataclass(frozen=True, slots=True)
class AreaDetector:
    """Looks at the places where one of its words begins, for what stands all over the area that it opens.

    Attributes:
        entity: What it finds.
        at: Tells what is there, as a `PlaceDetector` does.
        words: As those of a `PlaceDetector`.
        shapes: Likewise.
    """

    entity: str
    at: AreaAt
    words: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()


Fits = Callable[[Groups, str], bool]
"""Whether a number may be one that has these groups and begins with this digit; with none, with any."""


Parts = tuple[str, ...]
"""Parts of words, in small letters."""

Needs = Callable[[Groups, str], Parts | None]
"""Parts of which one stands in front of a number that has these groups and begins with this digit, or in the
head of its column, if it is one; None if it may be one without."""


def no_word(_groups: Groups, _first: str) -> None:
    """None: it may be one whatever stands in front."""
    return


def any_form(_groups: Groups, _first: str) -> bool:
    """Yes: what a number is written like says nothing."""
    return True


def of_forms(forms: Iterable[Groups]) -> Fits:
    """Whether the groups are one of these."""
    known = frozenset(forms)
    return lambda groups, _first: groups in known


@dataclass(frozen=True, slots=True)
class NumberDetector:
    """Judges numbers of some sizes.

    Attributes:
        entity: What it finds.
        is_one: Tells whether a number is one.
        sizes: How many digits it may have, from 7 to 20.
        leads: What belongs to it where it stands in front, such as a plus; the first that fits.
        fits: Spares a slow look at most numbers: by their groups and first digit, none of these is one.
        needs: Likewise: what has none of these parts in front of it is none. All detectors' are looked for
            at once.
    """

    entity: str
    is_one: Judge
    sizes: frozenset[int]
    leads: tuple[str, ...] = ()
    fits: Fits = any_form
    needs: Needs = no_word


Detector = PlaceDetector | AreaDetector | NumberDetector


def found(match: "re.Match[str] | None", entity: str, group: int | str = 0) -> Finding | None:
    """The finding that a match, or one group of it, is."""
    return None if match is None else Finding(match.start(group), match.end(group), entity)
