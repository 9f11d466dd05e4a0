"""Secrets that a sentence tells without their name, which one in front has: `新しいのは「…」です`."""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.secret_value import looks_secret

_VALUE = re.compile(r"[「『\"'“`„*]{0,2}([!#-&*-.0-9=?-Z^-z~][!#-&(-~]{3,63})[」』\"'”`“*]{0,2}")
_JA = re.compile(
    r"(?:新しい|正しい|古い|今の|現在の|本当の|実際の)(?:の|ほう|方|やつ|もの)?(?:は|が|：|:)、?[ \u3000]?"
    r"|(?:私|自分|うち|僕|俺)の(?:は|が)、?[ \u3000]?|(?:新|旧|正|正解|正しく|今|現在|最新|変更後|変更前"
    r"|今後|これから|以後)(?:は|が|：|:)、?[ \u3000]?"
)
_EN = re.compile(
    r"(?:(?:(?:new|correct|right|current|real|actual|old) one|mine)(?:['’]s| is| was|:)|it(?:['’]s| is) now"
    r"|(?:changed|updated|set|reset) it to"
    r"|(?:neue|richtige|aktuelle)s?(?: ist| lautet| heißt|:)|(?:lautet|heißt|ist) jetzt)[ ]{1,2}",
    re.IGNORECASE,
)
_ENDS_JA = re.compile(
    r"[ \u3000]?(?:です|でした|だ(?:よ|と|そう)?[。、！\s]|だ\Z|になり|に(?:なって|なった|し(?:ました|た"
    r"|て)|変更|設定)|[。、！\n]|で(?:お願い|入れ|ログイン)|\Z)"
)
_ENDS = re.compile(r"[.,;!?]?(?:[ \n]|\\n|\Z)")
_NAME = re.compile(
    r"パス(?:ワード|コード|フレーズ|キー)?(?![A-Za-zァ-ヶー])|暗証番号|PIN(?:コード)?(?![A-Za-z])|(?:API"
    r"|アクセス|シークレット)キー|トークン|シークレット"
    r"|(?<![a-z])(?:password|passphrase|passcode|passwort|kennwort|pw|pin|api key|token|secret)(?![a-z])",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"メール|アドレス|URL|ホスト|バージョン|ブランチ|ファイル|電話|住所|ユーザー?名|ログインID|注文|番地"
    r"|予約|型番"
    r"|(?<![a-z])(?:e-?mail|host|url|version|branch|file|phone|address|user ?name|ticket|order)(?![a-z])",
    re.IGNORECASE,
)
"""What else may be meant, where it stands behind the name."""

_OF_WORD = "し"
"""What the words are found by that mean a new one or the right one: few signs to look for."""

_FAR = 100


def meant_at(text: str, at: int) -> Finding | None:
    """The secret that the pronoun which begins here stands for."""
    is_english = text[at].isascii()
    at = at - 1 if text[at] == _OF_WORD else at
    told = (_EN if is_english else _JA).match(text, at)
    if told is None:
        return None
    value = _VALUE.match(text, told.end())
    if value is None:
        return None
    ends = _ENDS if is_english else _ENDS_JA
    if ends.match(text, value.end()) is None:
        return None
    front = text[max(0, at - _FAR) : at]
    names = [*_NAME.finditer(front)]
    if not names or _OTHER.search(front, names[-1].end()):
        return None
    said = value[1].rstrip(".,;!?") if is_english else value[1]
    is_one = looks_secret(said, "chosen", "quoted") or (
        said.isdecimal() and _OF_DIGITS.search(names[-1].group()) is not None
    )
    return Finding(value.start(1), value.start(1) + len(said), "SECRET") if is_one else None


_OF_DIGITS = re.compile("暗証|PIN|コード|code", re.IGNORECASE)

SECRET_PRONOUN = PlaceDetector(
    "SECRET",
    meant_at,
    words=(
        *(f"しい{what}は" for what in ("の", "ほう", "方", "やつ")),
        *(
            "現在のは",
            "今のは",
            "正しくは",
            "私のは",
            "自分のは",
            "うちのは",
            "正は",
            "正解は",
            "変更後は",
            "現在は「",
            "今は「",
            "今後は",
            "最新は",
        ),
        *(
            "new one is",
            "new one's",
            "new one:",
            "mine is ",
            "mine was ",
            "correct one is",
            "right one is",
            "current one is",
            "it's now",
            "it is now",
        ),
        *(
            "changed it to",
            "reset it to",
            "neue lautet",
            "neues lautet",
            "neue ist",
            "lautet jetzt",
            "ist jetzt",
        ),
    ),
)
