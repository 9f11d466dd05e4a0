"""Security codes of payment cards where their place tells them: behind the expiry, or on the card's back.

Three digits, or four of American Express (CVV2, CVC2, CID); those that a name tells are found by it.
"""

import re

from kansoku.redact.detector import FREE, PlaceDetector, found
from kansoku.redact.finding import Finding

_EXPIRY = re.compile(
    r"(?:0[1-9]|1[0-2])/[0-9]{2}(?:[0-9]{2})?(?:[ ,/]{1,3}|[ ,]{1,2}(?:cvv2?|cvc2?|code|cid):? )"
    r"([0-9]{3,4})(?![0-9A-Za-z/:.,-][0-9]|[0-9A-Za-z/])",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"(?:[0-9][ .-]?){12,18}[0-9](?:[ ,;]{1,3}(?:exp(?:iry|ires|iration)?(?: date)?[ .:]{0,2})?)?\Z",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"(?:cid[ :]{1,2}(?:is )?"
    r"|prüf(?:ziffer|nummer|zahl)(?:[ \t]{0,2}[:=][ \t]{0,2}|[ \t](?:(?:ist|lautet)[ \t])?)"
    r"|裏面?の[34]桁の?(?:数字|番号|コード)?[)）]?(?:は|が|[:：])?[ \u3000]?)"
    r"([0-9]{3,4})(?![0-9A-Za-z.,]|[桁円件個回])",
    re.IGNORECASE,
)
_OF_CARD = re.compile(r"kart|card|visa|amex|gültig|カード|クレカ|[0-9]{4}[ .-]?[0-9]{4}", re.IGNORECASE)
_AROUND = 80
_LONGEST_CARD = 56


def code_at(text: str, at: int) -> Finding | None:
    """The code behind the expiry, or the name, that begins here, where a card stands in front."""
    expiry = _EXPIRY.match(text, at)
    if expiry is not None:
        return found(expiry, "SECRET", 1) if _CARD.search(text, max(0, at - _LONGEST_CARD), at) else None
    called = _CALLED.match(text, at)
    is_told = called and _OF_CARD.search(text, max(0, at - _AROUND), at)
    return found(called, "SECRET", 1) if is_told else None


CARD_CODE = PlaceDetector(
    "SECRET",
    code_at,
    words=(
        *("cid ", "cid:", "裏の3", "裏の4", "裏面の3", "裏面の4"),
        *(f"{case}rüf{noun}" for case in "Pp" for noun in ("ziffer", "nummer", "zahl")),
    ),
    shapes=(FREE + "[0-9]{2}[/][0-9]{2}[ ,][0-9 cC]", FREE + "[0-9]{2}[/][2][0][0-9]{2}[ ,][0-9 cC]"),
)
