"""A folded text: what is read, and where each of its characters stood."""

import pytest

from kansoku.redact.folded import folded


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("plain：－", "plain：－"),
        ("a１２－３", "a12-3"),
        ("1\u200b\u200c2\ufeff", "12"),
        ("\\u0040\\u200b\\uff11\\u3042", "@1あ"),
        ("\\u00e9\\uZZZZ\\u12", "é\\uZZZZ\\u12"),
        ("\u00adＡ\ufe0f\\uFEFF", "A"),
    ],
)
def test_wide_signs_and_escapes_are_read_and_the_invisible_is_not(text: str, read: str) -> None:
    assert folded(text).text == read


def test_every_character_is_traced_to_where_it_stood() -> None:
    text = "x\u200b\u200b\\u0040y\\u200b\\uff11１\u00adz"
    seen = folded(text)
    stood = [text[seen.start(at) : seen.end(at + 1)] for at in range(len(seen.text))]
    assert seen.text == "x@y11z"
    assert stood == ["x", "\\u0040", "y", "\\uff11", "１", "z"]


def test_as_many_escapes_as_a_text_may_have_are_traced() -> None:
    text = "\\u3042\\u0040" * 20_000 + "１"
    seen = folded(text)
    assert seen.text == "あ@" * 20_000 + "1"
    assert (seen.start(40_000), seen.end(40_001)) == (240_000, 240_001)
    assert text[seen.start(39_999) : seen.end(40_000)] == "\\u0040"
