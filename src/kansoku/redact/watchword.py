"""Watchwords (合言葉) that let somebody in: where words of logins, banks or bookings stand near.

Elsewhere they are slogans of shops, films and teams.
"""

import re

from kansoku.redact.detector import PlaceDetector, found
from kansoku.redact.finding import Finding

WATCHWORD = "合言葉"

_TOLD = re.compile(
    r"合言葉[ \u3000]?(?:[（(][^（）()\n]{1,20}[)）])?(?:は、?|を)[ \u3000]?"
    r"(?:[「『“\"]([^「」『』“”\"\n]{2,40})[」』”\"]|([ぁ-ヿ一-龥A-Za-z0-9]{2,24}?)(?=です|でした|だった|[。\n]|\Z))"
)
_IN_FRONT = re.compile(
    r"ログイン|認証|本人|受付|予約|登録|設定|口座|銀行|バンキング|アカウント|会員|電話|窓口|wi-?fi|秘密|忘れ|お客様"
    r"|サポート|暗証|パスワード|決めた",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"伝え|入力|受付|ログイン|認証|本人確認|窓口|教えない|漏ら|に(?:し|設定|変更|登録)")
_ALONE = re.compile(r"(?:\A|[\n：:])[ \t\u3000]{0,3}(?:はい、|えっと、|私の|その)?\Z")
_IN_QUOTES = re.compile(r"(?<=[」』”\"])(?:です|でした)(?:[。\n]|\Z)")
"""A watchword that a sentence of its own tells, in quotes."""

_NO_WORD = re.compile(
    r"何|なに|設定|入力|任意|必須|同じ|別途|以[上下内]|文字|願い|教え|ください|伺|いただ|頂|どうぞ|聞かせ|言って"
    r"|確認|ます\Z"
)
"""What is asked for, or said of it."""
_FAR, _NEAR = 40, 24


def watchword_at(text: str, at: int) -> Finding | None:
    """The watchword behind its name."""
    match = _TOLD.match(text, at)
    if match is None or _NO_WORD.search(match[match.lastindex or 0]):
        return None
    front = text[max(0, at - _FAR) : at].rpartition("。")[2]
    is_told = _IN_FRONT.search(front) or _BEHIND.search(text, match.end(), match.end() + _NEAR)
    is_told = is_told or (
        _IN_QUOTES.match(text, match.end()) and _ALONE.search(text, max(0, at - _NEAR), at) is not None
    )
    return found(match, "SECRET", match.lastindex or 0) if is_told else None


WATCHWORDS = PlaceDetector("SECRET", watchword_at, words=(WATCHWORD,))
