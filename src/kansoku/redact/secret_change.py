"""Secrets that somebody set, changed or tried, as sentences tell it: `the PIN from 1187 to 4093`."""

import re
from collections.abc import Iterator

from kansoku.redact.detector import LEFT, Area, AreaDetector, PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.keys import Kind
from kansoku.redact.plain_word import is_of_forms
from kansoku.redact.secret_value import Form, looks_secret

_VALUE = r"[\"'`「『“„‚«]?([!#-&*-.0-9=?-Z^-z~À-ɏ]{3,64}?)[\"'`」』”“‘»]?"
_OF = r"(?:[ ](?:for|of|für|vom|zum)[ ][^.,;:!?\n]{1,30}?)?"
_NAME = r"(?:(?P<code>code|pin)|password|passwort|kennwort|passphrase|passcode|pw)"
_NAME_JA = r"(?:(?P<code>暗証番号|PIN|pin)|パスワード|パスコード|パスフレーズ)"
_CHANGED = re.compile(
    rf"{_NAME}{_OF}[ ](?:from|von)[ ]{_VALUE}[ ](?:to|auf|zu|in)[ ]{_VALUE}(?=[.,;!?]?(?:\s|\\n|\Z))",
    re.IGNORECASE,
)
_CHANGED_JA = re.compile(
    rf"{_NAME_JA}(?:を|は、?)[ \u3000]?{_VALUE}[ \u3000]?から[ \u3000]?{_VALUE}[ \u3000]?[にへ]"
)
_SET_TO = re.compile(
    rf"{_NAME}[ ](?:[A-Za-zÀ-ɏ-]{{2,14}}[ ]){{0,5}}?auf[ ]{_VALUE}[ ]"
    r"(?:(?:ab|um|zurück)?ge(?:ändert|setzt|stellt|aendert)|aktualisiert)",
    re.IGNORECASE,
)
_SET_TO_JA = re.compile(
    rf"{_NAME_JA}[をがは][ \u3000]?{_VALUE}[ \u3000]?"
    r"(?:[にへ](?:変[更えわ]|設定|した|しま|して|リセット|戻|更新|なり|なっ|差し?替|切り?替))"
)
_IN_SENTENCE = re.compile(r"[A-Za-z]{3,10}[ をはが]|[ァ-ヶー一-龥]{4,7}[をはがにでと]")
"""Names as sentences go on behind them; most in programs do not."""

_OF_DOOR = re.compile(
    r"(?:alarm|door|gate|access|entry|entrance|garage|lock|lockbox|safe|security|keypad|pin|locker|unlock)"
    r"[ -]\Z",
    re.IGNORECASE,
)

_QUOTE, _UNQUOTE = "[\"'`“„]", "[\"'`”“]"
_ONE = rf"{_QUOTE}?[^\s\"'`“”„<>,;]{{4,64}}{_UNQUOTE}?"
_AND = (
    r"(?:,[ ]?(?:(?:and|or|then|und|oder|dann)[ ])?"
    r"|[ ](?:and|or|then|und|oder|dann)(?:[ ](?:also|then|even|later|auch|dann))?[ ])"
)
_TELLING = re.compile(_AND, re.IGNORECASE)
_AS = re.compile(
    r"(?<![a-z])(?:as (?:the|my|our|your|his|her|their|a) (?:new |old |temporary |login )?"
    r"|als (?:(?:das|mein|neues|altes) )?)\Z",
    re.IGNORECASE,
)
_OF_PROGRAM = re.compile(
    r"[a-z]{2,10}[ _-](?:hash|field|type|manager|store|policy|encod|format|algo|prompt|input|param"
    r"|column|key)",
    re.IGNORECASE,
)
_SET = re.compile(
    LEFT + r"(?:set|use[ds]?|using|chose|choose|put|have|had|enter(?:ed|ing)?|picked|gave|tr(?:y|ied|ying)"
    r"|typ(?:ed?|ing)|tested|guessed|habe|hatte|mit|nutze|verwende)[ ](?:[a-z]{2,8}[ ]){0,3}"
    rf"({_ONE}(?:{_AND}{_ONE}){{0,3}})[ ]\Z",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    rf"pass(?:words?|w(?:ort|örter)|codes?)[ ]({_ONE}(?:{_AND}{_ONE}){{1,3}})(?=[ .,;!?\n]|\Z)", re.IGNORECASE
)
_SIGNS_JA = r"[「『“\"]?[!#-&*-.0-9=?-Z^-z~]{4,64}[」』”\"]?"
_AND_JA = "(?:と|や|、|も、?|または|とか)"
_LIST_JA = rf"({_SIGNS_JA}(?:{_AND_JA}{_SIGNS_JA}){{0,3}})"
_TRIED_JA = re.compile(rf"パスワード(?:に|で|として)、?{_LIST_JA}(?:を|も|で)?(?:試|入れ|入力|打|使)")
_AS_PASSWORD_JA = re.compile(r"パスワード(?:に|で|として)(?:試|入れ|入力|打|使|登録|設定)")
_IN_FRONT_JA = re.compile(rf"(?<![!-~]){_LIST_JA}[をも]\Z")
_FAR, _NEAR = 112, 24


def change_at(text: str, at: int) -> Area | None:
    """The secrets, old ones and new ones, that the words around the place tell."""
    if _IN_SENTENCE.match(text, at) is None:
        return _tried(text, at) if text[at - 1 : at] == " " else None
    changed = _CHANGED.match(text, at) or _CHANGED_JA.match(text, at)
    if changed is not None:
        return _changed(text, at, changed, "said")
    settled = _SET_TO.match(text, at) or _SET_TO_JA.match(text, at)
    if settled is not None and not is_of_forms(settled[2]):
        return _changed(text, at, settled, "quoted")
    return _tried(text, at)


def _changed(text: str, at: int, match: "re.Match[str]", form: Form) -> Area | None:
    """Those values that look like secrets; of codes, such as open something."""
    code = (match["code"] or "").lower()
    if code == "code" and _OF_DOOR.search(text, max(0, at - _FAR), at) is None:
        return None
    kind: Kind = "digits" if code else "chosen"
    spans = [match.span(group) for group in range(2, (match.lastindex or 1) + 1)]
    told = [span for span in spans if looks_secret(text[slice(*span)], kind, form)]
    return Area(tuple(Finding(*span, "SECRET") for span in told), match.end()) if told else None


def _tried(text: str, at: int) -> Area | None:
    """The values that somebody used as a password."""
    if not text[at].isascii():
        behind = _TRIED_JA.match(text, at)
        as_one = None if behind else _AS_PASSWORD_JA.match(text, at)
        tried = _IN_FRONT_JA.search(text, max(0, at - _FAR), at) if as_one else behind
        return _area(text, tried, "quoted") if tried else None
    if text[at] not in "pP":
        return None
    told = None if _OF_PROGRAM.match(text, at) else _AS.search(text, max(0, at - _NEAR), at)
    tried = _SET.search(text, max(0, told.start() - _FAR), told.start()) if told else None
    return _area(text, tried or _SEVERAL.match(text, at), "said")


def _area(text: str, match: "re.Match[str] | None", form: Form) -> Area | None:
    """Those values of a list that look like passwords."""
    if match is None:
        return None
    spans = _each(text, *match.span(1), japanese=form == "quoted")
    told = [span for span in spans if looks_secret(text[slice(*span)], "chosen", form)]
    return Area(tuple(Finding(*span, "SECRET") for span in told), match.end(1)) if told else None


_MARK_JA = re.compile(_AND_JA)
_QUOTES = "\"'`“”„「」『』"


def _each(text: str, begin: int, end: int, *, japanese: bool) -> Iterator[tuple[int, int]]:
    """Where each value of a list stands, without its quotes."""
    mark = _MARK_JA if japanese else _TELLING
    while begin < end:
        between = mark.search(text, begin, end)
        stop = between.start() if between else end
        value = text[begin:stop]
        bare = value.strip(_QUOTES)
        first = begin + len(value) - len(value.lstrip(_QUOTES))
        yield first, first + len(bare)
        begin = between.end() if between else end


_ROTATED = re.compile(
    r"(?:(?:旧|新|変更前|変更後|old|new)(?:パスワード|password)?)[ \t]?[:：=][ \t]{0,3}"
    r"([!-~]{6,64})(?=\s|\\n|\Z)",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"(?:パスワード|パスフレーズ|暗証番号|password|passphrase|credential)[^\n]{0,60}(?:\n|\\n)"
    r"(?:[^\n]{0,80}(?:\n|\\n)){0,2}?[ \t\u3000・*-]{0,4}\Z",
    re.IGNORECASE,
)
_ABOVE = 240
"""The old one and the new one, each in a line of its own below a heading that names them."""


def rotated_at(text: str, at: int) -> Finding | None:
    """The secret behind the word for the old or the new one that begins here."""
    match = _ROTATED.match(text, at)
    if match is None or not looks_secret(match[1], "chosen", "quoted"):
        return None
    return Finding(*match.span(1), "SECRET") if _HEAD.search(text, max(0, at - _ABOVE), at) else None


SECRET_ROTATED = PlaceDetector(
    "SECRET",
    rotated_at,
    words=tuple(f"{word}{mark}" for word in ("旧", "新", "変更前", "変更後", "old", "new") for mark in ":："),
)
SECRET_CHANGE = AreaDetector(
    "SECRET",
    change_at,
    words=(
        *("password", "passwort", "kennwort", "passphrase", "passcode", "code ", "pin "),
        *(f"{word}{joint}" for word in ("暗証番号", "PIN") for joint in "をはが"),
        *("パスワード", "パスコード", "パスフレーズ"),
    ),
)
