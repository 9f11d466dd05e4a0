"""Phrases that open wallets: twelve to twenty-four words of three to eight letters (BIP-39), with a name."""

import re

from kansoku.redact.detector import PlaceDetector, found
from kansoku.redact.finding import Finding

_WORD = "[a-z]{3,8}"
_ENGLISH = r"(?i:(?:mnemonic|(?:seed|recovery|backup)[ _-]?(?:phrase|words))(?:[ _-]?(?:phrase|words))?)"
_JAPANESE = "シードフレーズ|リカバリーフレーズ|ニーモニック"
_COUNTS = (24, 21, 18, 15, 12)
_BLANK, _COMMA = r"(?:\\{1,3}[nr]|\s){1,2}", r"(?:\\{0,3}[\"'])?, ?(?:\\{0,3}[\"'])?"
_NUMBERED = r"(?:\\{1,3}[nr]|[\s,]){1,3}[0-9]{1,2}(?:[.):]\s{0,2}|\s{1,2})"
"""In front of each but the first: the number of the word."""

_END = (
    r"(?=[\s\\]{0,4}\Z|\s?[\"'`」,.;)\]}]|[\r\n]|\\{1,3}[nr\"]| (?:is|and|but|can|please|do|it|so|I|my)[ ,])"
)
_WORDS = "|".join(
    rf"{_WORD}(?:{joint}{_WORD}){{{count - 1}}}{_END}"
    for count in _COUNTS
    for joint in (_BLANK, _COMMA, _NUMBERED)
)
_FIRST = r"(?:1(?:[.):]\s{0,2}|\s{1,2}))?"
_PHRASE = re.compile(
    rf"(?:{_ENGLISH}|{_JAPANESE})[\"'`\\]{{0,4}}[ \t]{{0,4}}(?:(?:is|was)(?=\s)|は|[:=：＝])"
    rf"(?:\\{{1,3}}[nrt\"]|[\s\"'`「\[]){{0,6}}{_FIRST}({_WORDS})"
)
_A_WORD = re.compile(rf"(?:(?<=\\[nr])|(?<![a-z])){_WORD}")
_FEWEST_LETTERS = 4.25
"""Of a word, on average: the list has more than five, names of instructions have three."""

_OF_SENTENCES = re.compile(
    r"\b(?:and|are|been|but|could|does|for|from|has|helps|her|his|its|not|our|shared|should|stored|than|the"
    r"|their|these|those|unless|was|were|which|who|with|would|your)\b"
)
"""Words that the list does not have."""


def phrase_at(text: str, at: int) -> Finding | None:
    """The phrase behind the name that begins here."""
    match = _PHRASE.match(text, at)
    if match is None:
        return None
    words = _A_WORD.findall(match[1])
    is_prose = (
        _OF_SENTENCES.search(match[1]) is not None or sum(map(len, words)) < len(words) * _FEWEST_LETTERS
    )
    return None if is_prose else found(match, "SECRET", 1)


SEED_PHRASE = PlaceDetector(
    "SECRET",
    phrase_at,
    words=(
        "mnemonic",
        *(
            f"{kind}{joint}{noun}"
            for kind in ("seed", "recovery", "backup")
            for joint in ("", " ", "_", "-")
            for noun in ("phrase", "words")
        ),
        *("シードフレーズ", "リカバリーフレーズ", "ニーモニック"),
    ),
)
