"""How facts are found in the telemetry of others: what a row is recognised by, and where each fact lies.

The words of `catalog.fields` say where Kansoku and the conventions have a fact. These are the further
ones that other emitters need; a mapping of an emitter is made of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kansoku.catalog.fields import CONTEXT, Attribute, Constant, Field, Having, Intrinsic, Source, Uncached


@dataclass(frozen=True, slots=True)
class ScopeIs:
    """Rows of these instrumentation scopes."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """Spans that ended in an error."""


@dataclass(frozen=True, slots=True)
class Not:
    """Rows that the test does not recognise."""

    test: Test


@dataclass(frozen=True, slots=True)
class AllOf:
    """Rows that every one of the tests recognises."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Rows that one of the tests recognises."""

    tests: tuple[Test, ...]


Test = ScopeIs | Having | Failed | Not | AllOf | AnyOf


NOT_OURS = Not(ScopeIs(("kansoku",)))
"""Rows that are not Kansoku's."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The name of the instrumentation scope."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The first of a list."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Member:
    """The text, number or truth at the first path that leads to one, in an attribute that holds JSON.

    A number in a path is a place in a list, from 1.
    """

    attribute: str
    paths: tuple[tuple[str | int, ...], ...]


@dataclass(frozen=True, slots=True)
class Thrown:
    """The class of the exception that the span has an event of, without its module."""


@dataclass(frozen=True, slots=True)
class Unqualified:
    """An attribute that names a class, without its module."""

    attribute: str


@dataclass(frozen=True, slots=True)
class StatusError:
    """The error type of the HTTP status in an attribute; nothing if that is no status of an error."""

    attribute: str


Word = Attribute | Constant | Scope | Listed | Member | Thrown | Unqualified | StatusError
"""Where a text lies; an empty one is unknown."""


@dataclass(frozen=True, slots=True)
class Words:
    """The first text that is known, in our word for it; one that has none stays as it is."""

    of: tuple[Word, ...]
    ours: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Millis:
    """A duration that is told in milliseconds."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Before:
    """The record's own time less a duration in milliseconds: the record is of the end."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class SecondsBefore:
    """The record's own time less a duration in seconds."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Among:
    """Whether an attribute is one of the values; unknown without it."""

    attribute: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TotalKnown:
    """The column where the conventions have it, unless the prompt is told as 0 tokens.

    A prompt has one at least: who tells 0 saw no usage, and his other counts say nothing either.
    """

    column: str
    prompt: Attribute


@dataclass(frozen=True, slots=True)
class Where:
    """One place for the rows that the test recognises, another for the rest."""

    test: Test
    then: SecondsBefore | Attribute | Constant
    otherwise: Attribute | Intrinsic


@dataclass(frozen=True, slots=True)
class Told:
    """An amount in USD: ours if it is there, else the emitter's; its 0 is what those write that know none."""

    of: Word
    ours: str


@dataclass(frozen=True, slots=True)
class Sourced:
    """The source of the call's price: as the attribute tells where the amount is `ours`, else `otherwise`."""

    attribute: str
    ours: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Why the call has no price: as the attribute tells, else, where it should have one, `reason`.

    An answer of the model should have one, unless it failed before a token was told.
    """

    attribute: str
    reason: str


Timed = Millis | Before | SecondsBefore
"""A time or a duration in another unit."""

Priced = Told | Sourced | Unpriced
"""A part of the price."""

Place = Source | Words | Member | Among | TotalKnown | Where | Timed | Priced
"""Where a fact of an emitter lies."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one kind of an emitter's rows becomes rows of a relation.

    Attributes:
        kind: Names it, and its view.
        relation: The kind of the relation whose table its rows go to.
        signal: Where its rows are.
        select: What a row is recognised by.
        places: Where facts lie, by column, the last one counting.
        newest: Whether its rows have the conventions' newest names alone.
        conventional: Whether other columns are looked for where the conventions have them.
    """

    kind: str
    relation: str
    signal: Literal["span", "log"]
    select: Test
    places: tuple[tuple[str, Place], ...]
    newest: bool = False
    conventional: bool = True

    @property
    def others(self) -> bool:
        """Whether its rows are spans of others than Kansoku alone."""
        return self.signal == "span" and isinstance(self.select, AllOf) and NOT_OURS in self.select.tests

    def place(self, field: Field) -> Place | None:
        """Where that column's fact lies; None where the emitter does not tell it."""
        place = dict(self.places).get(field.name)
        if place is None and not self.conventional and field not in CONTEXT:
            return None if isinstance(field.source, Attribute | Uncached) else field.source
        return place or field.source
