"""Panels with their answers, in the shape of the API."""

import pytest

from kansoku.catalog.outcomes import TITLES
from kansoku.catalog.panels import GROUPS, TimeSeries
from kansoku.query.answer import Curve, Curves, label
from kansoku.show import shapes
from kansoku.show.pictures import panel_now
from kansoku.show.questions import Answered

COLOURS = 8
"""So many does the page tell apart."""


def places(panel_id: str, *values: str) -> list[int | None]:
    """The places of the lines of these values, in their order."""
    (panel,) = (
        one for group in GROUPS for one in group.panels if isinstance(one, TimeSeries) and one.id == panel_id
    )
    curves = tuple(Curve(label(panel.by or "", value), (1.0,)) for value in values)
    told = panel_now(panel, Answered(Curves((0,), curves)))
    assert isinstance(told, shapes.TimeSeriesPanel)
    return [one.place for one in told.series]


@pytest.mark.parametrize("panel", ["calls_by_outcome", "calls_of_the_day"])
def test_a_line_of_an_outcome_has_one_place_in_every_panel_whatever_its_rank(panel: str) -> None:
    assert places(panel, "ok", "error", "aborted") == [0, 1, 3]
    assert places(panel, "error", "ok") == [1, 0]


def test_ratings_have_places_too_and_what_kansoku_has_no_word_for_has_none() -> None:
    assert places("ratings_over_time", "down", "up") == [4, 3]
    assert places("calls_by_outcome", "", "other", "ok") == [None, None, 0]
    assert places("tool_calls", "ok") == [None]
    assert places("cost_over_time", "claude-opus-4-6") == [None]


def test_there_are_colours_for_all_words_of_a_field() -> None:
    assert max(map(len, TITLES.values())) <= COLOURS
