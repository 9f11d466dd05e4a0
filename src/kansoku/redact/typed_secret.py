"""Passwords that a program or an agent types into a field: `page.fill("#password", "…")`."""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.plain_word import is_of_forms
from kansoku.redact.secret_value import looks_secret

_Q = r"\\{0,3}[\"'`]"
_VERB = (
    r"(?:fill|type|send_?keys|enter|set_?value|press_sequentially|input_?text|clear_and_type|insert_?text)"
)
_VALUE = rf"(?P<quote>{_Q})(?P<value>[^\"'`\\\n]{{4,64}})(?P=quote)"
_REST = rf"[^\"'`\\\n,;(){{}}]{{0,24}}(?:\\{{0,3}}[\"'][\])]{{1,2}})?{_Q}"
"""What of a selector or a label stands behind the word, and the quote that ends it."""

_ITS = r"(?:text|value|keys?|content|input)"
_MAY_BE_QUOTED = re.compile(r"[^\"'`\\\n,;(){}]{0,24}+[\"'`\\]")
"""What each of the next begins like: a quick look spares three slow ones."""

_NEXT = re.compile(rf"{_REST}[ ]?,[ ]?(?:{_ITS}[ ]?=[ ]?)?{_VALUE}", re.IGNORECASE)
"""The next argument of a call."""

_MEMBER = re.compile(
    rf"{_REST}[ ]?,[ ]?(?:{_Q}(?:ref|index|element_id|id){_Q}[ ]?:[ ]?{_Q}?[\w-]{{1,24}}{_Q}?,[ ]?)?"
    rf"{_Q}{_ITS}{_Q}[ ]?:[ ]?{_VALUE}",
    re.IGNORECASE,
)
"""The next member of an object, but for what numbers the field."""

_CALLED = re.compile(
    rf"{_REST}[^\n;]{{0,40}}?\)[!?]?\.(?:first\.|clear\(\)\.)?(?i:{_VERB})\("
    rf"[ ]?(?:text[ ]?=[ ]?|delay[ ]?=[ ]?[0-9]+,[ ]?)?{_VALUE}"
)
"""What is typed into a field that a call found."""

_IN_FIELD = re.compile(
    rf"{_Q}(?:{_VERB}|element|selector|field|label|target|locator){_Q}[ ]?:[ ]?{_Q}[^\"\n]{{0,60}}\Z"
    rf"|{_Q}{_VERB}{_Q},[^\n;]{{0,80}}\Z",
    re.IGNORECASE,
)
_IN_CALL = re.compile(rf"(?<![A-Za-z]){_VERB}(?:_?text|_?into)?[ ]?\([^\n;]{{0,80}}\Z", re.IGNORECASE)
_OF_SELECTOR = ("#", "[", "=")
_FAR = 120


def typed_at(text: str, at: int) -> Finding | None:
    """What is typed into the field whose name or selector holds the word that begins here."""
    if _MAY_BE_QUOTED.match(text, at) is None:
        return None
    front = (max(0, at - _FAR), at)
    match = _CALLED.match(text, at)
    is_sure = match is not None or text[at - 1 : at] in _OF_SELECTOR
    if match is None:
        match = _NEXT.match(text, at)
        match = match if match and _IN_CALL.search(text, *front) else None
    if match is None:
        match = _MEMBER.match(text, at)
        match = match if match and _IN_FIELD.search(text, *front) else None
        is_sure = False
    if match is None:
        return None
    value = match["value"]
    is_one = looks_secret(value, "chosen", "quoted") or (
        is_sure and value.isalnum() and not is_of_forms(value)
    )
    return Finding(*match.span("value"), "SECRET") if is_one else None


TYPED_SECRET = PlaceDetector(
    "SECRET", typed_at, words=("password", "passwd", "passwort", "passphrase", "パスワード")
)
