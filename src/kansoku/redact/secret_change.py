"""Secrets that somebody set or changed, as sentences tell it: `the PIN from 1187 to 4093`."""

import re

from kansoku.redact.detector import LEFT, Area, AreaDetector
from kansoku.redact.finding import Finding
from kansoku.redact.keys import Kind
from kansoku.redact.secret_value import looks_secret

_VALUE = r"[\"'`「『“]?([!#-&*-.0-9=?-Z^-z~]{3,64}?)[\"'`」』”]?"
_CHANGED = re.compile(
    rf"(?:(?P<code>code|pin)|password|passwort|passcode|pw)[ ](?:from|von)[ ]{_VALUE}"
    rf"[ ](?:to|auf|zu)[ ]{_VALUE}"
    r"(?=[.,;!?]?(?:\s|\\n|\Z))",
    re.IGNORECASE,
)
_CHANGED_JA = re.compile(
    rf"(?:(?P<code>暗証番号|PIN|pin)|パスワード|パスコード)(?:を|は、?)[ \u3000]?"
    rf"{_VALUE}[ \u3000]?から[ \u3000]?{_VALUE}[ \u3000]?[にへ]"
)
_OF_DOOR = re.compile(
    r"(?:alarm|door|gate|access|entry|entrance|garage|lock|lockbox|safe|security|keypad|pin|locker|unlock)"
    r"[ -]\Z",
    re.IGNORECASE,
)
_AS = re.compile(
    r"(?<![a-z])as (?:the|my|our|your|his|her|their|a) (?:new |old |temporary |login )?\Z", re.IGNORECASE
)
_SET = re.compile(
    LEFT + r"(?:set|use[ds]?|using|chose|choose|put|have|had|entered|picked|gave)[ ](?:[a-z]{2,8}[ ]){0,3}"
    r"[\"'`“]?([^\s\"'`“”<>]{4,64})[\"'`”]? \Z",
    re.IGNORECASE,
)
_FAR, _NEAR = 112, 24


def change_at(text: str, at: int) -> Area | None:
    """The secret, or the old one and the new one, that the words around the place tell."""
    changed = _CHANGED.match(text, at) or _CHANGED_JA.match(text, at)
    if changed is None:
        told = _AS.search(text, max(0, at - _NEAR), at) if text[at] in "pP" else None
        value = _SET.search(text, max(0, told.start() - _FAR), told.start()) if told else None
        return _area(value, (1,), "chosen") if value else None
    is_code = (changed["code"] or "").lower() == "code"
    if is_code and _OF_DOOR.search(text, max(0, at - _FAR), at) is None:
        return None
    return _area(changed, (2, 3), "digits" if changed["code"] else "chosen")


def _area(match: "re.Match[str]", groups: tuple[int, ...], kind: Kind) -> Area:
    """Those of the groups that look like secrets."""
    spans = [match.span(group) for group in groups if looks_secret(match[group], kind, "said")]
    return Area(tuple(Finding(*span, "SECRET") for span in spans), match.end())


SECRET_CHANGE = AreaDetector(
    "SECRET",
    change_at,
    words=(
        *("password", "passwort", "passcode", "code ", "pin "),
        *(f"{word}{joint}" for word in ("暗証番号", "PIN") for joint in "をは"),
        *("パスワード", "パスコード"),
    ),
)
