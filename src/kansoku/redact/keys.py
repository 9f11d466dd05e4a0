"""Keys whose values are secret, or an entity, by their names: `api_key`, `clientSecret`, `パスワード`.

A name is cut into segments at case changes and punctuation, and what it ends in says what its value is: a
`client_secret` is a secret, a `secret_name` is a name, `max_tokens` are no `token`. The words are ours.
"""

import re
from functools import lru_cache
from typing import Literal

from kansoku.redact.folded import folded
from kansoku.redact.scan import lowered

LONGEST_KEY = 100
"""Code points; what is longer is no name."""

_SEGMENT = re.compile(
    r"<[A-Z][A-Z_]+>|[A-ZÀ-ÖØ-Þ]+(?![a-zß-öø-ÿ])|[A-ZÀ-ÖØ-Þ]?[a-zß-öø-ÿā-ɏ]+|[0-9]+|[^\x00-ɏ]+"
)
"""A mark such as `<CREDIT_CARD>` is one: it stands for what was in the key, and names nothing behind it."""

_NO_NAME = re.compile(r"[\"\\\x00-\x1f]")


def _words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


_CHOSEN = _words("""
    password passwords passwd passphrase passcode pwd pass pw passe
    passwort kennwort contraseña contrasena wachtwoord senha motdepasse passord losenord
    adgangskode salasana heslo lösenord hasło
""")
"""Names of what people choose; other secrets are made by machines."""

_EITHER = _words("passcode")
_EITHER_OTHER = ("パスコード", "引き継ぎコード", "引継ぎコード", "引継コード")
_MADE = _words("""
    secret secrets clientsecret credential credentials zugangsdaten authorization cookie cookies setcookie
    apikey accesskey secretkey privatekey accountkey
    geheimschlüssel zugangsschlüssel zugriffsschlüssel zugriffstoken zugangstoken
""")
_DIGITS = _words("""
    code cvv cvc otp pin totp
    bestätigungscode einmalcode freischaltcode sicherheitscode verifizierungscode zugangscode kartenprüfnummer
    kartenprüfziffer kartenprüfzahl sicherheitsnummer
""")
"""Names of what consists of a few digits."""

_COMMON = _words("""
    accesstoken apitoken authtoken bearer bottoken csrftoken idtoken jwt otp pass pin pw refreshtoken token
    totp usertoken
""")
"""Words that end a name of a secret, but begin many another."""

_ALONE = {
    **dict.fromkeys((_CHOSEN | _MADE | _DIGITS).difference(_COMMON, ("code", "passe")), "SECRET"),
    "ssn": "US_SSN",
    "creditcard": "CREDIT_CARD",
    "cardnumber": "CREDIT_CARD",
    "mynumber": "MY_NUMBER",
}
"""Words that a name may end in, each rare enough in a text to be looked for."""

_KEYS = _words("""
    access account api app auth encryption fi integration internal wifi wlan wpa master partner private secret
    service shared signing subscription
    geheimer privater
""")
"""Keys of which kind are secret: those to open something with."""

_NETWORKS = ("wifi", "fi", "wlan", "wpa")
"""Networks without wires, whose keys people choose."""

_KEY_WORDS = ("key", "keys", "schlüssel", "schluessel")

Kind = Literal["chosen", "digits", "either", "made"]
"""How a secret comes about: people chose it, it is a few digits, either of both, a machine made it."""

_JOINTS = ("", "_", "-", " ", ".")
"""What may stand between two segments that mean something together."""

_PAIRS = {
    ("de", "passe"): "SECRET",
    ("connection", "string"): "SECRET",
    ("pin", "number"): "SECRET",
    ("verification", "code"): "SECRET",
    ("fa", "code"): "SECRET",
    ("mfa", "code"): "SECRET",
    ("security", "code"): "SECRET",
    ("backup", "code"): "SECRET",
    ("recovery", "code"): "SECRET",
    ("backup", "codes"): "SECRET",
    ("recovery", "codes"): "SECRET",
    ("security", "answer"): "SECRET",
    ("secret", "answer"): "SECRET",
    ("social", "security"): "US_SSN",
    ("credit", "card"): "CREDIT_CARD",
    ("card", "number"): "CREDIT_CARD",
    ("my", "number"): "MY_NUMBER",
}

_OTHER_CARDS: dict[str, str | None] = {
    **dict.fromkeys(("residence", "zairyu"), "NATIONAL_ID"),
    **dict.fromkeys(
        _words(
            "employee health id insurance library loyalty member membership point points sim staff student"
        )
    ),
}
"""Cards that nobody pays with, and what their numbers are: `residence_card_number`."""

_NOT_BEFORE = {
    "token": _words("""
        added audio begin bos cache cached cancellation class cls completion continuation cost draft end eos
        extra first generated image input last left line mask max min name next num number output pad page
        pagination per predicted prev previous prompt reasoning right sep special start stop sync text
        thinking total unk video word
    """),
    "pass": _words("band boarding by can first full high last low one second season single two will"),
    "pin": _words("clk data gpio input led output reset rx tx"),
    "cookie": _words("accept allow no"),
}
"""What makes the word another one: a piece of text, a way through it, a piece of metal."""

_QUESTIONS = _words("allow are has have hide is needs no require required requires show use uses using")
"""A name that begins so asks whether, and its value is yes or no."""

_LATER = _words("""
    again base confirm confirmation current enc encrypted hash hashed header new no number old plain plaintext
    prod raw repeat string test text value
""")
"""What may follow: `password_hash` is as secret, `password_policy` is not."""

_CHOSEN_OTHER = (
    *("パスワード", "パスフレーズ", "合言葉", "事前共有鍵", "仮パス", "初期パス", "ぱすわーど"),
    *("密码", "密碼", "口令", "비밀번호", "ароль", "АРОЛЬ"),
)
"""The Russian word stands without its first letter, which is often the only capital one."""

_DIGITS_OTHER = (
    *("暗証番号", "暗証", "認証コード", "認証番号", "確認コード", "検証コード", "セキュリティコード"),
    *("ワンタイムパスワード", "ワンタイムパス", "ワンタイムコード", "本人確認番号"),
)
_MADE_OTHER = (
    *(
        f"{kind}キー"
        for kind in ("シークレット", "アクセス", "暗号化", "暗号", "認証", "秘密", "共有", "署名")
    ),
    *("シークレット", "トークン", "秘密鍵", "認証情報", "資格情報"),
)
_OTHER_ENDS = {
    **dict.fromkeys((*_CHOSEN_OTHER, *_EITHER_OTHER, *_DIGITS_OTHER, *_MADE_OTHER), "SECRET"),
    "マイナンバー": "MY_NUMBER",
    "個人番号": "MY_NUMBER",
    "在留カード番号": "NATIONAL_ID",
    "カード番号": "CREDIT_CARD",
}
"""What a name ends in; of two that it ends in, the first counts."""

_OTHER_CARDS_OTHER = tuple(
    f"{kind}カード番号" for kind in ("会員", "メンバーズ", "ポイント", "図書", "SIM", "学生", "社員", "ID")
)
_KEY_IN_KANA = "キー"
_NOT_TOKENS = tuple(f"{kind}トークン" for kind in ("入力", "出力", "最大", "合計", "総", "特殊", "次"))

_HINTS = _words("auth csrf pepper salt xsrf")
"""Words that a random value makes a secret of; so does `key`, if none of the next stands in front of it."""

_OTHER_KEYS = _words("""
    cache composite dedup deduplication event foreign group hash hot idempotency index lookup object partition
    prefix primary public publishable range routing row s3 short sort translation unique
""")

_OTHER_KEYS_IN_KANA = tuple(
    f"{kind}キー" for kind in ("主", "外部", "公開", "キャッシュ", "ソート", "パーティション")
)
_PACKAGE = re.compile(r"@[a-z0-9][\w.-]*/[a-z0-9][\w.-]*")
"""Names of packages in the registry of npm that have a scope; a version stands beside them."""

_GLUED = ("password", "passwd", "passphrase", "passwort", "secret")
"""Words that are secret also with others glued to their front: `PGPASSWORD`."""

_FREQUENT = ("auth", "pass", "pin", "token")
_EDGES = ('"', "'", "\\", "=", ":", " ", ">")
_WIDE_EDGES = ("：", "は")
"""What stands behind a frequent word where a value follows."""


@lru_cache(maxsize=4096)
def entity_of_key(key: str) -> str | None:
    """What every value under this key is, whatever it looks like; None for most keys."""
    segments = _segments(key)
    if not segments or segments[0] in _QUESTIONS or _PACKAGE.fullmatch(key):
        return None
    entity = _entity(segments, last=key.rstrip(" ")[-1].isalnum())
    while entity is None and len(segments) > 1 and (segments[-1].isdecimal() or segments[-1] in _LATER):
        segments = segments[:-1]
        entity = _entity(segments, last=False)
    return entity


@lru_cache(maxsize=4096)
def hints_at_secret(key: str) -> bool:
    """Whether a value under this key is a secret if it is random."""
    segments = _segments(key)
    if not segments:
        return False
    is_key = segments[-1] == "key" and len(segments) > 1 and segments[-2] not in _OTHER_KEYS
    in_kana = segments[-1].endswith(_KEY_IN_KANA) and not segments[-1].endswith(_OTHER_KEYS_IN_KANA)
    return is_key or in_kana or segments[-1] in _HINTS


@lru_cache(maxsize=4096)
def kind_of_secret(key: str) -> Kind:
    """How the secrets come about that such a key has."""
    ends = [one for one in _segments(key) if not one.isdecimal() and one not in _LATER]
    end = ends[-1] if ends else ""
    if end in _DIGITS or end.endswith(_DIGITS_OTHER):
        return "digits"
    if end in _EITHER or end.endswith(_EITHER_OTHER):
        return "either"
    is_key = end in _KEY_WORDS or end.removeprefix("の") == _KEY_IN_KANA
    if is_key and len(ends) > 1 and ends[-2] in _NETWORKS:
        return "chosen"
    return "chosen" if end in _CHOSEN or end.endswith((*_CHOSEN_OTHER, *_GLUED[:-1])) else "made"


def words_of(entity: str) -> tuple[str, ...]:
    """Words of which each text has one that holds a name of the entity, or one that hints at a secret."""
    words = {word for word, one in (*_ALONE.items(), *_OTHER_ENDS.items()) if one == entity}
    words |= {f"{a}{joint}{b}" for (a, b), one in _PAIRS.items() if one == entity for joint in _JOINTS}
    if entity == "SECRET":
        words |= {one for one in _COMMON | _HINTS if not one.endswith(_FREQUENT)}
        words |= {"contrase", "senord", "asło", "ASŁO"}  # found in small letters and in capital ones
        words |= {"chlüssel", "CHLÜSSEL", "schluessel", "tigungscode", "fnummer"}
        words |= {f"{word}{edge}" for word in _FREQUENT for edge in _EDGES}
        cased = {case(word) for word in _FREQUENT for case in (str.lower, str.upper, str.capitalize)}
        words |= {f"{word}{edge}" for word in cased for edge in _WIDE_EDGES}
        words |= {f"{joint}{word}\n" for joint in "_-" for word in ("pass", "token")}
        words |= {f"{word}\u3000" for word in ("pass", "Pass", "PASS")}
        words |= {"_key", "-key", ".key", _KEY_IN_KANA}
        words |= {f"{kind}{joint}key" for kind in (*_KEYS, "wpa2", "wpa3") for joint in ("", " ")}
    return tuple(sorted(one for one in words if not any(other != one and other in one for other in words)))


OTHER_NAME = re.compile("|".join(sorted((*_OTHER_ENDS, _KEY_IN_KANA), key=len, reverse=True)))
"""What a name in another script ends in."""


def _segments(key: str) -> list[str]:
    """The name's segments in small letters, and an empty one where two stand apart; none if it is no name."""
    if len(key) > LONGEST_KEY or _NO_NAME.search(key) is not None:
        return []
    name = folded(key).text
    found: list[str] = []
    at = 0
    for match in _SEGMENT.finditer(name):
        if found and name[at : match.start()] not in _JOINTS:
            found.append("")
        found.append(lowered(match.group()))
        at = match.end()
    return found


def _entity(segments: list[str], *, last: bool) -> str | None:
    """What a name is that ends with these segments, the last of them or not."""
    end = segments[-1]
    before = segments[-2] if len(segments) > 1 else ""
    if before.isdecimal() and segments[-3:-2] == ["wpa"]:
        before = "wpa"
    if before in _NOT_BEFORE.get(end, ()):
        return None
    if end in _COMMON:
        return "SECRET" if last else None
    if end.endswith(_GLUED):
        return "SECRET"
    if end in _KEY_WORDS:
        return "SECRET" if before in _KEYS else None
    card = _kind_of_card(segments)
    if card in _OTHER_CARDS:
        return _OTHER_CARDS[card]
    return _ALONE.get(end) or _PAIRS.get((before, end)) or _other(before, end)


def _kind_of_card(segments: list[str]) -> str:
    """What card a name is about that ends in `card number`; empty if it does not."""
    match segments:
        case [*_, kind, "card", "number"] | [*_, kind, "cardnumber"]:
            return kind
        case _:
            return ""


def _other(before: str, end: str) -> str | None:
    """What a name in another script ends in."""
    if end.isascii() or end.endswith((*_NOT_TOKENS, *_OTHER_CARDS_OTHER)):
        return None
    if end.removeprefix("の") == _KEY_IN_KANA:
        return "SECRET" if before in _KEYS else None
    return next((entity for word, entity in _OTHER_ENDS.items() if end.endswith(word)), None)
