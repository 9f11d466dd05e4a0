"""Phrases that open wallets: twelve to twenty-four words of three to eight letters (BIP-39), with a name."""

import re

from kansoku.redact.detector import PlaceDetector, found
from kansoku.redact.finding import Finding

_WORD = "[a-z]{3,8}"
_ENGLISH = r"(?i:(?:mnemonic|(?:seed|recovery|backup)[ _-]?(?:phrase|words))(?:[ _-]?(?:phrase|words))?)"
_JAPANESE = "シードフレーズ|リカバリーフレーズ|ニーモニック"
_PHRASE = re.compile(
    rf"(?:{_ENGLISH}|{_JAPANESE})[\"'`]{{0,2}}[ \t]{{0,4}}(?:is|was|は|[:=：＝])[\s\"'`「\[]{{0,6}}"
    rf"((?<![a-z]){_WORD}(?:(?:[\"']?,[\"' ]{{0,2}}| |\n){_WORD}){{11,23}})(?![A-Za-z])"
)
_COUNT = re.compile(_WORD)
_STEP = 3


def phrase_at(text: str, at: int) -> Finding | None:
    """The phrase behind the name that begins here."""
    match = _PHRASE.match(text, at)
    if match is None or len(_COUNT.findall(match[1])) % _STEP:
        return None
    return found(match, "SECRET", 1)


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
