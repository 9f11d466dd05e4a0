"""Secrets asked for in one turn of a talk and told in the next: `Q: the door code?` / `A: 4482`."""

import re

from kansoku.redact.chat import told_in_json
from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.plain_word import is_of_forms
from kansoku.redact.reply import (
    LONGEST,
    asks_for_code,
    is_asked,
    may_reply,
    names_secret,
    reply_at,
)

_TIME = r"(?:\[[^\]\n]{1,24}\][ \t]?|[(（]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?[)）]?[ \t]{1,2})"
_WHO = r"[A-Za-zÀ-ɏぁ-ヿ一-龥々][\w.-]{0,20}(?:[ ][\w.-]{1,16}){0,2}"
_TURN = re.compile(
    rf"[ \t]{{0,3}}(?:\*\*)?(?:(?P<time>{_TIME})?(?P<who>{_WHO})(?:[ ][(（][^()（）\n]{{1,20}}[)）])?"
    r"[ ]?(?P<end>[:：>])(?:\*\*)?(?:(?<=：)|[ \t\u3000]{1,4})"
    r"|<(?P<nick>[\w. -]{1,24})>[ \t]{1,4}|(?P<name>[^\s「」、。:：]{1,12})「(?=[^「」\n]{1,200}」))"
)
_THREAD = re.compile(r"[ \t\u3000]{0,8}[↳└⤷↪＞>→├│][ \t\u3000─]{0,3}")
"""What a line of a thread begins with that answers to the one above."""

_MAY_BE_TURN = re.compile(r"(?![ \t\u3000]{0,8}[↳└⤷↪＞>→├│])[^\n:：>「]{0,120}[:：>「]")
"""What each turn begins with: a quick look spares a slow one."""

_FIRST_KANA = "ぁ"
_ROLES = re.compile(
    r"user|assistant|human|ai|agent|me|you|ich|du|wir|moi|yo|bot|q|a|customer|client|support|operator|kunde|nutzer|frage|antwort",
    re.IGNORECASE,
)
_NO_ROLE = re.compile(
    r"note|example|default|value|returns?|raises|args|usage|todo|warning|tip|hint|output|input|result|error"
    r"|subject|from|to|date|re|cc|username|login|email|host|port|name|url|file|type|description|title|status|version|step.*",
    re.IGNORECASE,
)
"""What stands in front of a colon and is nobody."""

_REPLIES = re.compile(
    r"user|human|me|a|customer|client|caller|member|guest|kunde|kundin|nutzer|antwort|お?客(?:様|さま)?|ユーザー?|利用者|会員(?:様)?|回答",
    re.IGNORECASE,
)
"""Who is asked."""

_ASKS = re.compile(r"(?:[?？]|お願い(?:いた)?します。?|教えてください。?|ください。?)[ \t]*\Z")
"""How a line ends that is a question."""

_TRIED = re.compile(
    r"(?<![a-z])(?:tr(?:y|ied|ying)|typ(?:ed?|ing)|enter(?:ed|ing)?|us(?:e|ed|ing))(?![a-z])"
    r"|試|心当たり|入力|入れ|probier|versuch|eingegeben",
    re.IGNORECASE,
)
_READ_OUT = re.compile(r"(?:番号|数字|コード)を?(?:お願い|教え|お伝え|読み上げ|言って|おっしゃ)")
_OTHERS = re.compile(
    r"e-?mail|user ?name|order|ticket|version|browser|device|serial|phone|account (?:id|number)"
    r"|(?<!pin )number|メール|注文|バージョン|ブラウザ|機種|(?<!暗証)番号|bestell|benutzername|nutzername",
    re.IGNORECASE,
)
"""What a turn in between may ask for instead."""


_BEHIND_SHORT = "はがをもっなでだどわおいくとにかねよてし教知分何誰送入忘、。？?！! \n」:："
"""What stands behind パス where it is short for a password, and not the beginning of another word."""


def told_at(text: str, at: int) -> Finding | None:
    """The secret that a later turn tells, which the turn around the place asks for."""
    return _told_in_lines(text, at) or told_in_json(text, at)


def _told_in_lines(text: str, at: int) -> Finding | None:
    """The same where each turn is a line."""
    end = text.find("\n", at, at + LONGEST)
    if end < 0:
        return None
    below = _below(text, end)
    may_be = _MAY_BE_TURN.match(text, below)
    begin = text.rfind("\n", max(0, at - LONGEST), at) + 1 if may_be else 0
    if may_be is None or not _may_tell(text, may_be, text[begin:end]):
        return None if may_be else _in_thread(text, at, end, below)
    answer = _turn(text, below)
    if answer is None:
        return None
    asking = _turn(text, begin)
    asked = text[asking.end() if asking else begin : end]
    if asking is None:
        found = _reply(text, answer, asked) if _may_reply(answer, asked) else None
        return found if found and is_asked(asked) else None
    if _who(asking) != _who(answer):
        found = _reply(text, answer, asked)
        return found if found and is_asked(asked) else _later(text, answer, asked)
    return None


def _may_tell(text: str, turn: "re.Match[str]", asked: str) -> bool:
    """Whether the turn, or one in the line below, may tell what is asked for."""
    may_be: re.Match[str] | None = turn
    for _ in range(2):
        if may_be is None:
            return False
        end = text.find("\n", may_be.end(), may_be.start() + 2 * LONGEST)
        if end < 0 or may_reply(text, may_be.end(), end, asked):
            return True
        may_be = _MAY_BE_TURN.match(text, _below(text, end))
    return False


def _in_thread(text: str, at: int, end: int, below: int) -> Finding | None:
    """The secret that the line below tells, which answers to the line around the place."""
    answer = _THREAD.match(text, below)
    if answer is None:
        return None
    asked = text[text.rfind("\n", max(0, at - LONGEST), at) + 1 : end]
    found = _reply(text, answer, asked)
    return found if found and is_asked(asked) else None


def _may_reply(answer: "re.Match[str]", asked: str) -> bool:
    """Whether a turn replies to a line of which nobody knows who said it."""
    if _REPLIES.fullmatch(_who(answer)) is None:
        return False
    return asks_for_code(asked) or _ASKS.search(asked) is not None


def _reply(text: str, answer: "re.Match[str]", asked: str) -> Finding | None:
    """The secret that the turn tells, if that is what was asked for."""
    return reply_at(text, answer.end(), _line_end(text, answer.end()), asked)


def _line_end(text: str, at: int) -> int:
    """Where the line around the place ends, if it is as short as turns are."""
    end = text.find("\n", at, at + LONGEST)
    return end if end >= 0 else min(len(text), at + LONGEST)


def _later(text: str, between: "re.Match[str]", asked: str) -> Finding | None:
    """The secret that somebody tells once another has asked what was tried."""
    end = text.find("\n", between.end(), between.end() + LONGEST)
    answer = _turn(text, _below(text, end)) if end >= 0 else None
    found = _reply(text, answer, asked) if answer else None
    if found is None:  # of most it is, and that is told faster than all else
        return None
    said = text[between.end() : end]
    is_told = not _OTHERS.search(said) and (names_secret(said) or _TRIED.search(said))
    is_told = is_told or (_READ_OUT.search(said) is not None and asks_for_code(asked))
    return found if is_told else None


def _turn(text: str, at: int) -> "re.Match[str] | None":
    """The beginning of a turn: who speaks, or when."""
    match = _TURN.match(text, at)
    who = match["who"] if match else None
    if match is None or who is None:
        return match
    is_latin = who[0] < _FIRST_KANA
    if match["time"] or match["end"] == ">" or (is_latin and _ROLES.fullmatch(who)):
        return match
    is_name = not who[0].islower() and match.start("who") == at and not is_of_forms(who)
    return match if is_name and not (is_latin and _NO_ROLE.fullmatch(who)) else None


def _who(turn: "re.Match[str]") -> str:
    """Who speaks."""
    return turn["who"] or turn["nick"] or turn["name"] or ""


def _below(text: str, end: int) -> int:
    """Where the next line begins that is not empty."""
    return end + 2 if text.startswith("\n", end + 1) else end + 1


ASKED_SECRET = PlaceDetector(
    "SECRET",
    told_at,
    words=(
        *("password", "passwort", "kennwort", "passphrase", "passcode", "login", "log-in"),
        *(
            f"{kind}{joint}code"
            for kind in ("door", "gate", "alarm", "entry", "locker", "garage", "safe")
            for joint in " -"
        ),
        *("pin ", "pin:", "pin?", "pin.", "pin,", "api key", "apikey", "access key", "token ", "token?"),
        *("パスフレーズ", "パスワード", "パスコード", "暗証番号", "APIキー", "トークン"),
        *(f"のパス{sign}" for sign in _BEHIND_SHORT),
        *("verification code", "security code", "digit code", "digit pin", "one-time code", "access code"),
        *("code we ", "code i ", "security question", "secret question", "maiden name", "memorable "),
        *(
            "認証コード",
            "確認コード",
            "検証コード",
            "認証番号",
            "確認番号",
            "桁のコード",
            "桁の番号",
            "桁の数字",
        ),
        *("ワンタイム", "届いたコード", "届いた番号", "秘密の質問", "旧姓", "合言葉"),
    ),
)
