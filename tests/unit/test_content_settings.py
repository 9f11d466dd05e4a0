"""Whether what is said is kept: the argument, the environment and the file, and which of them counts."""

import logging

import pytest

from kansoku.catalog.content import GENAI_VARIABLE, USUAL_BYTES, VARIABLE
from kansoku.emit.environment import content_by_genai, content_by_kansoku
from kansoku.errors import SettingError
from kansoku.instrument.arguments import content_bytes
from kansoku.settings import parsed
from kansoku.settings.content import ContentSettings

NOTHING = ContentSettings()
ON, OFF = ContentSettings(True), ContentSettings(False)


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (VARIABLE, GENAI_VARIABLE):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "ours", "file", "genai", "kept"),
    [
        (None, "", NOTHING, "", False),
        (True, "", NOTHING, "", True),
        (None, "true", NOTHING, "", True),
        (None, "", ON, "", True),
        (None, "", NOTHING, "SPAN_ONLY", True),
        (False, "true", ON, "SPAN_ONLY", False),
        (None, "false", ON, "SPAN_ONLY", False),
        (None, "", OFF, "SPAN_ONLY", False),
        (True, "false", OFF, "NO_CONTENT", True),
        (None, "true", OFF, "NO_CONTENT", True),
        (None, "", ON, "NO_CONTENT", True),
    ],
)
def test_the_first_that_says_anything_counts(
    monkeypatch: pytest.MonkeyPatch,
    *,
    given: bool | None,
    ours: str,
    file: ContentSettings,
    genai: str,
    kept: bool,
) -> None:
    monkeypatch.setenv(VARIABLE, ours)
    monkeypatch.setenv(GENAI_VARIABLE, genai)
    assert content_bytes(given, None, file) == (USUAL_BYTES if kept else 0)


@pytest.mark.parametrize(
    ("value", "kept", "said"),
    [
        ("SPAN_ONLY", True, False),
        ("span_and_event", True, False),
        ("true", True, False),
        ("NO_CONTENT", False, False),
        ("false", False, False),
        ("EVENT_ONLY", False, True),
        ("yes please", False, True),
    ],
)
def test_opentelemetry_s_values_are_obeyed_and_what_they_cannot_do_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, value: str, kept: bool, said: bool
) -> None:
    caplog.set_level(logging.WARNING, "kansoku")
    monkeypatch.setenv(GENAI_VARIABLE, value)
    assert content_by_genai() is kept
    assert (GENAI_VARIABLE in caplog.text) is said


def test_a_value_of_ours_that_nobody_understands_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(VARIABLE, "on")
    assert content_by_kansoku() is False
    assert "neither true nor false" in caplog.text


def test_the_file_says_whether_and_how_much() -> None:
    told = parsed("[content]\ncapture = true\nmax_bytes = 2048\n", "kansoku.toml").content
    assert told == ContentSettings(True, 2_048)
    assert content_bytes(None, None, told) == 2_048
    assert content_bytes(None, 4_096, told) == 4_096
    assert parsed("", "kansoku.toml").content == NOTHING


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('capture = "yes"', "line 2: content.capture 'yes' is neither true nor false"),
        ("max_bytes = 10", "line 2: content.max_bytes 10 is not taken; give bytes from 1024 to 1048576"),
        ("max_bytes = true", "line 2: content.max_bytes True is not taken"),
        ('max_bytes = "1"', "line 2: content.max_bytes '1' is not taken"),
        ("keep = true", "line 2: content.keep is not known; use one of capture, max_bytes"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(line: str, why: str) -> None:
    with pytest.raises(SettingError) as told:
        parsed(f"[content]\n{line}\n", "kansoku.toml")
    assert why in str(told.value)


def test_an_argument_that_cannot_be_used_is_told() -> None:
    with pytest.raises(SettingError, match="content_max_bytes: 10 is not taken"):
        content_bytes(True, 10, NOTHING)
