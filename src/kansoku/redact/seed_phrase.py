"""Phrases that open wallets: twelve to twenty-four words of three to eight letters (BIP-39), with a name."""

import re

from kansoku.redact.detector import PlaceDetector, found
from kansoku.redact.finding import Finding

_WORD = "[a-z]{3,8}"
_ENGLISH = r"(?i:(?:mnemonic|(?:seed|recovery|backup)[ _-]?(?:phrase|words))(?:[ _-]?(?:phrase|words))?)"
_JAPANESE = "シードフレーズ|リカバリーフレーズ|ニーモニック"
_COUNTS = (24, 21, 18, 15, 12)
_REST = "|".join(rf"(?:\2{_WORD}){{{count - 2}}}(?![a-zA-Z])" for count in _COUNTS)
_PHRASE = re.compile(
    rf"(?:{_ENGLISH}|{_JAPANESE})[\"'`\\]{{0,4}}[ \t]{{0,4}}(?:is|was|は|[:=：＝])[\s\"'`\\「]{{0,6}}"
    rf"((?<![a-z]){_WORD}([ \n]|, ?){_WORD}(?:{_REST}))"
)
_LETTERS = re.compile("[a-z]")
_FEWEST_LETTERS = 4.25
"""Of a word, on average: the list has more than five, names of instructions have three."""


def phrase_at(text: str, at: int) -> Finding | None:
    """The phrase behind the name that begins here."""
    match = _PHRASE.match(text, at)
    if match is None:
        return None
    words = match[1].count(match[2]) + 1
    return found(match, "SECRET", 1) if len(_LETTERS.findall(match[1])) >= words * _FEWEST_LETTERS else None


SEED_PHRASE = PlaceDetector(
    "SECRET",
    phrase_at,
    words=(
        "mnemonic",
        *(
            f"{kind}{joint}{noun}"
            for kind in ("seed", "recovery")
            for joint in " _-"
            for noun in ("phrase", "words")
        ),
        "backup phrase",
        *("シードフレーズ", "リカバリーフレーズ", "ニーモニック"),
    ),
)
