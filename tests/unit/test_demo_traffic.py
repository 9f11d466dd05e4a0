from __future__ import annotations

import asyncio
import collections
import datetime as dt
import os
import random
import typing

import pytest
from anthropic.types import Model

from kansoku_demo import incidents, lifetime, personas, rhythm
from kansoku_demo.cadence import Cadence
from kansoku_demo.features import FEATURES, UNKNOWN_MODEL, known_answers

TOKYO = dt.timezone(dt.timedelta(hours=9))


def at_tokyo(day: int, hour: int) -> float:
    return dt.datetime(2026, 11, day, hour, tzinfo=TOKYO).timestamp()


def test_business_hours_in_tokyo_are_busier_than_the_night_which_is_never_empty() -> None:
    monday = [rhythm.activity(at_tokyo(23, hour)) for hour in range(24)]
    assert max(monday) == monday[10] == 1.0
    assert min(monday) > 0.4
    assert monday[3] < 0.6


def test_a_weekend_is_quieter_than_a_weekday() -> None:
    assert rhythm.activity(at_tokyo(22, 10)) < rhythm.activity(at_tokyo(23, 10))


def test_activity_does_not_jump_at_the_full_hour() -> None:
    eight = at_tokyo(23, 8)
    assert abs(rhythm.activity(eight - 1) - rhythm.activity(eight)) < 0.01


def test_incidents_are_short_rare_and_the_same_for_the_same_seed() -> None:
    found = [incidents.of_hour(7, hour) for hour in range(2_000)]
    assert found == [incidents.of_hour(7, hour) for hour in range(2_000)]
    some = [incident for incident in found if incident is not None]
    assert 0.3 < len(some) / 2_000 < 0.5
    assert all(120 <= i.end_s - i.start_s <= 240 for i in some)
    assert {i.trouble for i in some} == {"overloaded", "slow_first_token", "rate_limited"}


def test_an_incident_holds_from_its_start_up_to_its_end() -> None:
    incident = next(i for hour in range(100) if (i := incidents.of_hour(7, hour)) is not None)
    assert incidents.at(7, incident.start_s) == incident
    assert incidents.at(7, incident.end_s - 0.001) == incident
    assert incidents.at(7, incident.start_s - 0.001) is None
    assert incidents.at(7, incident.end_s) is None


def test_a_few_users_make_most_of_the_traffic_and_all_forty_come() -> None:
    rng = random.Random(1)
    visits = collections.Counter(personas.pick(rng).user_id for _ in range(10_000))
    assert len(visits) == 40
    top_five = sum(count for _, count in visits.most_common(5))
    assert 0.45 < top_five / 10_000 < 0.65


def test_both_languages_have_users_praise_and_complaints() -> None:
    assert {persona.language for persona in personas.PERSONAS} == {"en", "ja"}
    said = [c for part in (personas.PRAISE, personas.COMPLAINTS) for cs in part.values() for c in cs]
    text = " ".join(comment for comment in said if comment)
    assert "@example.com" in text
    assert "090-1234-5678" in text
    assert "4111 1111 1111 1111" in text


def test_every_model_but_the_made_up_one_is_known_to_the_sdk() -> None:
    literals, _ = typing.get_args(Model)
    used = {model for feature in FEATURES.values() for model in feature.models}
    assert used - set(typing.get_args(literals)) == {UNKNOWN_MODEL}
    assert len(used) == 4


def test_every_feature_speaks_both_languages_and_no_question_has_two_answers() -> None:
    pairs = [
        exchange
        for feature in FEATURES.values()
        for language in ("en", "ja")
        for exchange in feature.exchanges[language]
    ]
    assert len(known_answers()) == len(pairs)
    assert sum(feature.share for feature in FEATURES.values()) == pytest.approx(1.0)


def test_a_cadence_is_due_first_and_then_at_an_even_pace() -> None:
    cadence = Cadence(every=3, first=2)
    assert [cadence.due() for _ in range(9)] == [
        *(False, True, False),
        *(False, True, False),
        *(False, True, False),
    ]


def test_a_changed_parent_is_noticed_and_an_unchanged_one_is_waited_for() -> None:
    async def watch() -> None:
        await lifetime.parent_death(os.getppid() + 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lifetime.parent_death(os.getppid()), 0.01)

    asyncio.run(watch())
