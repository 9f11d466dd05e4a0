"""The state of metric cells as JSON text, for files that other processes of the application read."""

import json
from collections.abc import Mapping
from typing import Any, cast

from kansoku.catalog.instruments import Instrument
from kansoku.emit.cells import Cell, Exemplar, Family, Histogram, Number, State, empty

Json = Any


def text_of(state: State, absorbed: list[str] | None = None) -> str:
    """The state; `absorbed` names the processes whose counts it holds, where that is not one alone."""
    cells = {
        instrument.name: [[labels, _plain(cell)] for labels, cell in family.items()]
        for instrument, family in state.items()
    }
    return json.dumps({"absorbed": absorbed or [], "cells": cells}, separators=(",", ":"))


def state_of(text: str, instruments: Mapping[str, Instrument]) -> tuple[State, list[str]]:
    """The state and the absorbed processes. What another version of Kansoku counts differently is left out.

    Raises:
        ValueError: If the text is no state.
    """
    found = cast("dict[str, Json]", json.loads(text))
    state: State = {}
    for name, cells in found["cells"].items():
        if (instrument := instruments.get(name)) is not None:
            state[instrument] = _family(instrument, cells)
    return state, found["absorbed"]


def _plain(cell: Cell) -> Json:
    """A cell as lists."""
    if isinstance(cell, Histogram):
        return [cell.counts, cell.sum, cell.low, cell.high, list(cell.exemplars.items())]
    return [cell.value, cell.exemplar]


def _family(instrument: Instrument, cells: Json) -> Family:
    """The cells of one instrument, as far as they have its labels and buckets."""
    found: Family = {}
    for labels, plain in cells:
        cell = _cell(instrument, plain)
        if cell is not None and len(labels) == len(instrument.labels):
            found[tuple(labels)] = cell
    return found


def _cell(instrument: Instrument, plain: Json) -> Cell | None:
    """One cell; None if it is not of the instrument's shape."""
    fresh = empty(instrument)
    if isinstance(fresh, Number):
        return Number(plain[0], _exemplar(plain[1])) if len(plain) == 2 else None  # noqa: PLR2004  the shape
    if len(plain) != 5 or len(plain[0]) != len(fresh.counts):  # noqa: PLR2004  the shape
        return None
    exemplars = {bucket: tuple(exemplar) for bucket, exemplar in plain[4]}
    return Histogram(plain[0], plain[1], plain[2], plain[3], cast("dict[int, Exemplar]", exemplars))


def _exemplar(plain: Json) -> Exemplar | None:
    """An exemplar, if there is one."""
    return cast("Exemplar", tuple(plain)) if plain else None
