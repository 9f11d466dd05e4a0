"""Codes that came by a message: `I got a code 482913`, `届いた6桁の番号は…`, `Enter 482913 to verify`."""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.goods_code import OF_GOODS

_CODE = r"(?:[A-Z]-)?[0-9]{4,8}|[0-9]{3}[ -][0-9]{3}"
_END = r"(?![0-9A-Za-z%/]|[.:,-][0-9]|[桁円件個人回行])"
_TEXTED = re.compile(
    r"(?:(?:いた|れた|きた|来た)(?:[0-9]{1,2}桁の)?|桁の|(?:認証|確認|ログイン|SMS|ショートメール"
    r"|メッセージ)の)(?:認証|確認)?(?:番号|コード|数字)"
    rf"(?:は、?|が|[:：]|(?=「)|(?=[0-9]))[ \t「]{{0,2}}({_CODE}){_END}"
)
_ARRIVED = re.compile(
    rf"(?:いた|れた|きた|来た)の(?:は|が)、?[ 「]{{0,2}}({_CODE})(?![0-9A-Za-z%/]|[.:,-][0-9]"
    rf"|[桁円件個人回行年月日時分名台])"
)
_OF_CODES = re.compile(r"(?:SMS|sms|ショート|認証|ワンタイム|確認コード)[^\n。]{0,24}\Z")
_ASKED_LATER = re.compile(
    r"[^\n]{0,40}\n?[^\n]{0,40}(?:認証|確認|ワンタイム|セキュリティ)(?:コード|番号|パス)"
)
"""A code that is not called so, but by the next who speaks, or by what brought it."""

_CAME = re.compile(r"(?:届いた|送られてきた|(?:認証|確認|ログイン)の)(?:認証|確認)?コード")
_BY_MESSAGE = re.compile(
    r"(?:SMS|sms|ＳＭＳ|ショート|メール|メッセージ|電話|アプリ|携帯|スマホ|LINE|届い|届き|ログイン"
    r"|認証)[^\n。]{0,40}\Z"
)
_SENT_BY = re.compile("SMS|ショートメール|メッセージ")
_TYPED = re.compile(r"」?(?:を(?:入力|入れ|打)|が(?:届|来|送)|で(?:認証|ログイン))")
_RECEIVED = re.compile(
    r"(?<![a-z])(?:got|received?|sent|enter(?:ed)?|typed?|text(?:ed)?|tried|us(?:e|ed|ing))"
    r"(?: me| you| us| in)? (?:an?|the|this|that|my|your) (?:[a-z-]{2,12} )?\Z",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"code ([0-9]{6}|[0-9]{3}[ -][0-9]{3})(?![0-9A-Za-z%/]|[.:,-][0-9]| (?:lines|bytes|items|rows|times))",
    re.IGNORECASE,
)
_FOR_WHAT = re.compile(
    r"(?:to (?:verify|confirm|log ?in|sign ?in|complete|reset|continue|finish|activate|approve)"
    r"|(?:is|as) (?:your|the|my|a) (?:[A-Za-z0-9.'-]{1,16} ){0,3}(?:[a-z-]{3,16} )?"
    r"(?:code|otp|pin|passcode))(?![a-z0-9_])",
    re.IGNORECASE,
)
_OF_LOGIN = re.compile(
    r"[ia]s your|is the (?:verification|log-?in|sign-in|security|one-time|confirmation|auth|otp|sms)",
    re.IGNORECASE,
)
_IN_FRONT = re.compile(rf"(?<![A-Za-z0-9.,:/#-])({_CODE})[ ]\Z")
_ENTERED = re.compile(
    r"(?<![a-z])(?:enter|type(?: in)?|use|text(?:ed)?|sent|got|received|with)(?: me| you| us)?"
    r"(?: (?:code|pin|otp))?[ :]{1,2}[\"'*]?\Z",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"code(?: (?:that |which )?(?:you|they|we|i|he|she) [a-z' ]{2,24}?(?:,|:| is| was)? |: ?)[\"'*]?"
    r"(?:([0-9]{6}|[0-9]{3}[ -][0-9]{3})|(?<=code: )([0-9]{4,8}))(?![0-9A-Za-z%/]|[.:,-][0-9])",
    re.IGNORECASE,
)
_WHOSE = re.compile(r"(?<![a-z])(?:your|my|this|that|the)(?: [a-z-]{2,12}){0,2} \Z", re.IGNORECASE)
_KEPT = re.compile(r"(?<![a-z])(?:tell|share|give|show|never|text(?:ed)?|sent)(?![a-z])", re.IGNORECASE)
"""Words of who sends a code, or warns not to hand it on."""

_AROUND = 80


def sent_at(text: str, at: int) -> Finding | None:
    """The code behind what begins here, or in front of what tells its use."""
    before = max(0, at - _AROUND)
    if _FOR_WHAT.match(text, at):
        code = _IN_FRONT.search(text, max(0, at - 12), at)
        is_yours = _OF_LOGIN.match(text, at)
        is_told = code and (is_yours or _ENTERED.search(text, max(0, code.start() - 24), code.start()))
        return Finding(*code.span(1), "SECRET") if code and is_told else None
    texted = _TEXTED.match(text, at)
    if texted is not None:
        is_told = (
            _BY_MESSAGE.search(text, before, at)
            or _SENT_BY.match(text, at)
            or _TYPED.match(text, texted.end())
        )
        is_told = is_told or _CAME.search(text, max(0, at - 4), texted.start(1))
        return Finding(*texted.span(1), "SECRET") if is_told else None
    arrived = _ARRIVED.match(text, at)
    if arrived is not None:
        is_told = _OF_CODES.search(text, before, at) or _ASKED_LATER.match(text, arrived.end())
        return Finding(*arrived.span(1), "SECRET") if is_told else None
    told = _TOLD.match(text, at)
    if told is not None:
        return _told(text, at, told)
    code = _BEHIND.match(text, at)
    is_told = code and _RECEIVED.search(text, before, at) and not OF_GOODS.search(text, before, at)
    return Finding(*code.span(1), "SECRET") if code and is_told else None


def _told(text: str, at: int, told: "re.Match[str]") -> Finding | None:
    """The code that is somebody's: `your code: …`, `the code you texted me, …`."""
    group = told.lastindex or 0
    whose = _WHOSE.search(text, max(0, at - _AROUND), at)
    if whose is None or OF_GOODS.search(text, max(0, at - _AROUND), at):
        return None
    is_sure = group == 1 or _KEPT.search(text, max(0, at - _AROUND), at)
    return Finding(*told.span(group), "SECRET") if is_sure else None


_NOUNS = ("番号", "コード", "数字", "認証", "確認")

SENT_CODE = PlaceDetector(
    "SECRET",
    sent_at,
    words=(
        *(
            f"is the {kind}"
            for kind in (
                "verif",
                "login",
                "log-in",
                "sign-in",
                "secur",
                "one-t",
                "conf",
                "auth",
                "otp",
                "sms",
            )
        ),
        *(
            f"{kind}の{noun}"
            for kind in ("認証", "確認", "ログイン", "SMS", "ショートメール", "メッセージ")
            for noun in ("コード", "番号")
        ),
        *("is your ", "as your ", "as the code", "as a code", "as my code", "as the otp"),
        *("to verify", "to confirm", "to log in", "to login", "to sign in", "to complete", "to reset"),
        *(
            "to finish",
            "to continue",
            "to activate",
            "to approve",
        ),
        *("code ", "code:"),
        *(f"{end}{noun}" for end in ("いた", "れた", "きた", "来た", "桁の") for noun in _NOUNS),
        *(f"{end}の{particle}" for end in ("いた", "れた", "きた", "来た") for particle in "はが"),
    ),
)
