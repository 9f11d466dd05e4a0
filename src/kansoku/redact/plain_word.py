"""Passwords that are plain words, where a form or a sentence leaves no doubt: `Passwort: Sonnenblume`.

A word behind `password:` is most often that of a program, a document or a schema. It is taken for a password
where the label is written as forms write it, or a login stands near, and the word ends its field; and in
quotes behind a verb. Words that forms and documents put there themselves are left.
"""

import re

from kansoku.redact.placeholder import is_placeholder

_WHOSE = r"(?:my|our|his|her|their|mein|unser|wi-?fi|wlan|guest|router)[ \t-]"
_FIELD = re.compile(
    r"(?:\A|[\r\n,;|、，/／(（【]|\\n|[-*>・] |\t|\u3000|  )[ \t\u3000]{0,8}"
    r"(?:(?:my|the|your|her|his|our|temp(?:orary)?|initial|new|old|current|mein|dein|das|ihr"
    rf"|neues|altes)[ \t]|{_WHOSE}){{0,2}}\Z",
    re.IGNORECASE,
)
_WORD = re.compile(
    r"""["'「]?([^\W\d_](?:[^\W_]|[-_'](?=[^\W_])){2,31})["'」]?(?=[ \t\u3000]{0,4}(?:\Z"""
    r"""|[\r\n,;|、，。)）」]|\\n|\.(?:\s|\Z)))"""
)
_WORDS = re.compile(r"([a-z]{3,12}(?:[ -][a-z]{3,12}){3,9})(?=[ \t]{0,4}(?:\Z|[\r\n]|\\n))")
_SAID = re.compile(
    r"(?:(?:[ \t](?:for|of|to|on|für|vom|zum|zur|des)[ \t][^.,;:!?\n=\"]{1,40}?)?"
    r"(?:[ \t](?:is|was|ist|lautet|war)[ \t:]{1,3}|(?<=[^\W_])(?<!word):[ \t](?=[\"“„]\w+ \w+ ))"
    r"|は、?[ \t]?|[ \t]?(?=「))"
    r"""(?:"([^\W_][\w !#$%&*+=?@^~-]{2,40})"|'([^\W_][\w !#$%&*+=?@^~-]{2,40})'|「([^」\n]{2,40})」"""
    r"""|“([^”\n]{3,40})”|„([^“\n]{3,40})“)"""
    r"|[ \t](?:lautet|is|ist|was|war)[ \t:]{1,3}([A-ZÄÖÜ][a-zäöüß]{3,30}|[0-9]{4,12})"
    r"(?=[.,;!]?(?:\s|\\n|\Z))(?![.,;]?[ \t][a-z0-9])"
    r"|は、?[ \t]?(?:[ぁ-ヿ一-龥]{1,10}の)?([A-Za-z][A-Za-z0-9_-]{3,47}|[0-9]{4,12})"
    r"(?=[ \t]?(?:です|だよ|でした|になり|。|[\r\n]|\Z))"
)
_PHRASE = re.compile(
    r"[ \t]is[ \t:]{1,3}[\"'“]?([a-z]{3,12}(?:-[a-z]{3,12}){3,9})(?![A-Za-z0-9-])"
    r"|は、?[ \t]?([A-Za-z0-9]{2,12}(?: [A-Za-z0-9]{2,12}){2,9})"
    r"(?=[ \t]?(?:です|でした|だ|になり|。|[\r\n]|\Z))"
)
"""Words of a passphrase in a sentence: joined by dashes, or in a language of another script."""

_MINE = re.compile(rf"(?<![a-z]){_WHOSE}(?:[a-z-]{{2,12}}[ \t])?\Z", re.IGNORECASE)
_MINE_IS = re.compile(
    r"[ \t](?:is|ist|was|war)[ \t:]{1,3}([A-Za-zäöüß]{4,30})(?=[.,;!]?(?:[\r\n]|\\n|[ \t]*\Z))"
)
_LOGIN = re.compile(
    r"(?:user(?:[ _-]?(?:name|id))?|log-?in(?:[ _-]id)?|benutzer(?:name)?|e-?mail|konto|account"
    r"|ssid|wi-?fi|wlan|nutzer(?:name)?"
    r"|(?<![a-z])id|ユーザー?(?:名|id)?|ログイン(?:id)?|アカウント"
    r"|メール(?:アドレス)?)[\"'`]?[ \t]{0,3}[:：=][ \t]{0,3}[^\s:：]",
    re.IGNORECASE,
)
_NEAR = 120
_WORDS_OF_FORMS = """
    above accepted admin always any argon argon2 ascii ask auto bad base64 basic bcrypt below blank
    blocked bytes change changed compromised confirm correct correctly create default denied
    different disabled easy email empty enabled encrypted encryption enter expired failed failure
    false field fine follows forgot forgotten generate generated gone good hacked hard hash hashed
    here hidden hint incorrect input invalid label later leaked length locked login long lost masked
    maximum md5 minimum missing never new nil none null nullable object okay old optional optionally
    outdated plain plaintext policy private prompt prompted protected public redacted rejected
    removed required reset safe same saved scrypt secure see sent separately set sha sha1 sha256
    sha512 shared short simple stolen stored str strength string strong success successful text true
    type unique unknown unset update updated user username utf8 valid value varchar verify weak
    working wrong yes
    abgelaufen ändern bestätigen eingabe eingeben erforderlich falsch feld folgt geändert gesperrt
    kein keine keins leer notwendig pflichtfeld separat siehe unbekannt ungültig vergessen
    verschlüsselt zeichenkette zurücksetzen
    facultatif obligatoire oublié requis
"""
_OF_FORMS = frozenset(_WORDS_OF_FORMS.split())
_OF_NAMES = re.compile("pass|pwd|token|secret|credential|kennwort", re.IGNORECASE)
_OF_FORMS_JA = re.compile(
    r"公開|必須|必要|任意|不要|なし|無し|未設定|未入力|変更|設定|入力|英数|文字|以上|以内|桁|表示|忘れ|再|確認|同上|別途|後日|メール|郵送|参照|送付|不明|不一致|"
    r"エラー|リセット|期限|有効|無効|変わ|ください|でき|まし|ます|ません|について|場合|パス|半角|全角|あり|保護|管理|共有|通知|発行|登録"
)
_FUNCTION = re.compile(
    r"\b(?:and|the|for|with|you|your|that|this|will|must|should|can|not|are|has|have|was|use|used"
    r"|from|when|then|any|all|new)\b"
)


def plain_word(text: str, name: str, start: int, value: int) -> tuple[int, int] | None:
    """Where the word or the words stand that end the field of a password.

    Args:
        text: The whole text.
        name: What the field is called.
        start: Where the name begins.
        value: Where the value begins.
    """
    if _FIELD.search(text, max(0, start - 24), start) is None:
        return None
    match = _WORDS.match(text, value)
    if match is not None and name.lower().endswith("phrase") and not _FUNCTION.search(match[1]):
        return match.span(1)
    match = _WORD.match(text, value)
    if match is None or is_of_forms(match[1]):
        return None
    is_form = not name.isascii() or not match[1].isascii() or name.isupper() or name.istitle() or name == "pw"
    is_form = is_form or _MINE.search(text, max(0, start - 24), start) is not None
    return match.span(1) if is_form or _stands_by_login(text, start) else None


def plain_said(text: str, start: int, at: int) -> tuple[int, int] | None:
    """Where the words stand that a sentence puts behind the name that begins and ends there."""
    match = _SAID.match(text, at)
    if match is None and text[start:at].lower().endswith(("phrase", "フレーズ")):
        match = _PHRASE.match(text, at)
    mine = _MINE_IS.match(text, at) if match is None else None
    if mine is not None and _MINE.search(text, max(0, start - 24), start):
        match = mine
    group = match.lastindex if match else None
    if match is None or group is None or is_of_forms(match[group].strip()):
        return None
    return match.span(group)


def is_of_forms(word: str) -> bool:
    """Whether forms and documents put the word there themselves."""
    is_one = word.lower() in _OF_FORMS or _OF_NAMES.search(word) is not None or is_placeholder(word)
    return is_one or _OF_FORMS_JA.search(word) is not None


def _stands_by_login(text: str, start: int) -> bool:
    """Whether a login stands in front, each in a line of its own."""
    before = text[max(0, start - _NEAR) : start]
    return "\n" in before and _LOGIN.search(before) is not None and "{" not in before
