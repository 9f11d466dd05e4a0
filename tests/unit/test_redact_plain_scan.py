"""The plain scan finds a word wherever it stands."""

import pytest

from kansoku.redact.detectors import STRICT
from kansoku.redact.scan import PlainScan, Triggers, triggers

WORDS = ("@", "pw", "jwt", "pass", "token", "password")
SCAN = PlainScan(Triggers(tuple((word, (at,)) for at, word in enumerate(WORDS)), (), numbers=False))


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("behind", ["", "z", "zz", "zzz", "鍵", "\ud800"])
@pytest.mark.parametrize("in_front", ["", "z", "zz", "zzz", "zzzz", "é", "鍵", "\ud800", "\u0130"])
def test_a_word_is_found_at_every_distance_from_both_ends(in_front: str, word: str, behind: str) -> None:
    text = in_front + word.upper() + behind
    assert (len(in_front), WORDS.index(word)) in set(SCAN(text))


def test_words_that_begin_alike_are_each_found() -> None:
    assert set(SCAN("a password")) == {(2, WORDS.index("pass")), (2, WORDS.index("password"))}


@pytest.mark.parametrize("text", ["", "t", "tok", "toke", "tokes of one", "passwor"])
def test_a_part_of_a_word_is_no_place_of_it(text: str) -> None:
    assert WORDS.index("token") not in {index for _, index in SCAN(text)}
    assert WORDS.index("password") not in {index for _, index in SCAN(text)}


def test_every_word_that_a_detector_wants_is_one_that_the_scan_can_find() -> None:
    wanted = triggers(STRICT)
    scan = PlainScan(wanted)
    for word, indexes in wanted.words:
        assert {(1, index) for index in indexes} <= set(scan(f" {word} ")), word
