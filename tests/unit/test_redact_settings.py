"""What a redactor can be told: entities, recognizers, what is allowed, and its mode."""

import re

import pytest

from kansoku.errors import SettingError
from kansoku.redact.finding import Finding
from kansoku.redact.redactor import TOO_LONG, Redactor
from kansoku.redact.search import MOST_PLACES


def test_only_the_named_entities_are_looked_for() -> None:
    redactor = Redactor(entities=["EMAIL"])
    assert redactor.text("a@b.jp 4242424242424242") == "<EMAIL> 4242424242424242"
    assert redactor.redact({"password": "x"}) == {"password": "x"}
    assert Redactor(entities="EMAIL").text("a@b.jp") == "<EMAIL>"


def test_an_unknown_entity_or_mode_is_refused_with_what_is_known() -> None:
    with pytest.raises(SettingError, match=r"entities: 'MAIL' is not known; use any of .*EMAIL"):
        Redactor(entities=["MAIL"])
    with pytest.raises(SettingError, match="mode: 'lax' is not known; use one of balanced, strict"):
        Redactor(mode="lax")  # pyright: ignore[reportArgumentType]
    with pytest.raises(SettingError, match="operators: that for EMAIL cannot be called"):
        Redactor(operators={"EMAIL": "drop"})  # pyright: ignore[reportArgumentType]
    with pytest.raises(SettingError, match="allow: must be texts or compiled patterns"):
        Redactor(allow=[1])  # pyright: ignore[reportArgumentType]


def test_what_is_allowed_stays() -> None:
    redactor = Redactor(allow=["Support@Example.jp", re.compile(r"[a-z]+@ours\.example")])
    text = "support@example.jp and info@ours.example, but x@example.jp"
    assert redactor.text(text) == "support@example.jp and info@ours.example, but <EMAIL>"


def test_a_recognizer_is_a_plain_function() -> None:
    def staff(text: str) -> list[tuple[int, int, str]]:
        return [(match.start(), match.end(), "STAFF") for match in re.finditer("E-[0-9]{4}", text)]

    redactor = Redactor(recognizers=[staff])
    assert redactor.text("社員E-1234のa@b.jp") == "社員<STAFF>の<EMAIL>"
    assert redactor.find("Ｅ－１２３４") == [Finding(0, 6, "STAFF")]


def test_findings_outside_of_the_text_are_nothing() -> None:
    redactor = Redactor(recognizers=[lambda text: [(-1, 2, "A"), (3, 3, "B"), (2, len(text) + 1, "C")]])
    assert redactor.text("plain") == "plain"


def test_more_places_than_can_be_looked_at_mask_the_text() -> None:
    assert Redactor().text("@" * (MOST_PLACES + 1)) == TOO_LONG
    assert Redactor().text("1 2 " * MOST_PLACES) == TOO_LONG
    assert Redactor().text("a " * MOST_PLACES) == "a " * MOST_PLACES
