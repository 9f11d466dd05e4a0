"""The catalog agrees with itself: every name it uses is one that it defines."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import get_args

import pytest

from kansoku.catalog import panels
from kansoku.catalog.fields import CALLS, RELATIONS, Relation
from kansoku.catalog.indicators import INDICATORS, OBJECTIVES, indicator
from kansoku.catalog.instruments import INSTRUMENTS
from kansoku.catalog.outcomes import GROUNDED, HALLUCINATED, TITLES, Outcome, Rating, TaskOutcome
from kansoku.catalog.text import Text
from kansoku.errors import DefinitionError
from kansoku.query.answer import UNKNOWN, label

REQUIREMENT = [
    "availability",
    "error_rate",
    "latency_p50",
    "latency_p95",
    "latency_p99",
    "ttft_p95",
    "task_completion_rate",
    "hallucination_rate",
    "user_satisfaction",
    "cost_per_request_usd",
    "cost_daily_total_usd",
    "tokens_per_request",
    "cache_hit_rate",
]
GROUPS = ["api_health", "latency", "cost", "tokens", "users", "errors", "tools", "satisfaction"]


def parts(value: object) -> Iterator[object]:
    """The value and everything in it."""
    yield value
    if isinstance(value, tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from parts(item)  # pyright: ignore[reportUnknownArgumentType]
    elif is_dataclass(value) and not isinstance(value, Relation):
        for field in fields(value):
            yield from parts(getattr(value, field.name))


def test_the_thirteen_indicators_of_the_requirement_are_there_by_name() -> None:
    assert [each.name for each in INDICATORS] == REQUIREMENT


def test_the_eight_panel_groups_are_there_in_order_and_none_is_empty() -> None:
    assert [each.id for each in panels.GROUPS] == GROUPS
    assert all(each.panels for each in panels.GROUPS)


def test_every_objective_is_on_an_indicator_that_exists() -> None:
    for each in OBJECTIVES:
        assert indicator(each.indicator).name == each.indicator


def test_an_indicator_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(DefinitionError, match="availability, error_rate"):
        indicator("uptime")


def test_every_field_that_a_measure_names_is_one_of_its_relation() -> None:
    holders = [part for each in (INDICATORS, panels.GROUPS) for part in parts(each)]
    measured = [(part, getattr(part, "relation", None)) for part in holders]
    checked = 0
    for measure, relation in measured:
        if not isinstance(relation, Relation):
            continue
        for part in parts(measure):
            for name in (getattr(part, "field", None), *getattr(part, "fields", ())):
                if isinstance(name, str):
                    assert relation.field(name).name == name
                    checked += 1
    assert checked > 100


def test_every_text_says_something_in_both_languages() -> None:
    texts = [part for each in (INDICATORS, panels.GROUPS) for part in parts(each) if isinstance(part, Text)]
    assert len(texts) > 60
    assert all(text.en.strip() and text.ja.strip() for text in texts)


def test_every_word_for_how_something_ended_is_read_in_japanese() -> None:
    assert set(TITLES["outcome"]) == set(get_args(Outcome))
    assert set(TITLES["label"]) == {*get_args(TaskOutcome), *get_args(Rating), HALLUCINATED, GROUNDED}
    for word, title in ((word, title) for known in TITLES.values() for word, title in known.items()):
        assert title.en == word  # what is asked for and stored
        assert not title.ja.isascii()
    assert label("outcome", "aborted") == TITLES["outcome"]["aborted"]
    assert label("model", "ok") == Text("ok", "ok")  # a name that somebody gave
    assert label("outcome", "") == UNKNOWN


def test_relations_of_one_table_have_the_same_columns() -> None:
    columns = {each.table: [field.name for field in each.fields] for each in RELATIONS}
    for each in RELATIONS:
        assert [field.name for field in each.fields] == columns[each.table]
    assert len({field.name for field in CALLS.fields}) == len(CALLS.fields)


def test_no_metric_has_a_user_as_label() -> None:
    assert not [each.name for each in INSTRUMENTS if {"user_id", "user.id", "session_id"} & {*each.labels}]
