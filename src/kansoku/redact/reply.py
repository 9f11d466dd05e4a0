"""What a reply tells to a question about a secret: a password, a code, the answer to a security question."""

import re

from kansoku.redact.finding import Finding
from kansoku.redact.goods_code import OF_GOODS
from kansoku.redact.keys import Kind
from kansoku.redact.plain_word import is_of_forms
from kansoku.redact.secret_value import looks_secret

LONGEST = 240
"""Code points of a turn; longer ones are no talk."""

_DOORS = r"(?:door|gate|alarm|entry|locker|garage|safe)[ -](?:code|pin)"
_SENT = (
    r"(?:verification|security|one[ -]time|authentication|auth|access|log-?in|sign-in|sms)[ -](?:pass)?code"
    r"|digits?[ -](?:[a-z-]{2,14}[ -])?(?:code|pin|passcode)|otp(?![a-z])"
    r"|code (?:that |which )?(?:we|i)(?:['’]ve| have)?(?: just)? (?:text|sent|send|e?-?mail)"
    r"|(?:認証|確認|検証|セキュリティ)(?:コード|番号)|ワンタイム|桁の(?:認証|確認)?コード"
    r"|(?:届|送|SMS|ショート|本人)[^\n]{0,16}桁(?:の(?:番号|数字)|です|を)|(?:届いた|送られた"
    r"|お送りした)(?:コード|番号)"
)
_CODES = rf"{_DOORS}|{_SENT}|pin(?![a-z])|暗証番号"
_MADE = r"(?:api|access)[ -]?key|token|APIキー|トークン"
_OPENS_AGAIN = (
    r"(?:security|secret|recovery) question|maiden name|memorable (?:word|name|place)"
    r"|sicherheitsfrage|mädchenname|秘密の質問|旧姓|合言葉"
)
"""What is asked where a password is not known."""

_CHOSEN = (
    r"passwor[dt]|pass(?:phrase|code)|kennwort|pw(?![a-z])|log-?in"
    r"|パスワード|パスコード|パスフレーズ|パス(?![a-zァ-ヶ])"
)
_SECRET = re.compile(
    rf"(?P<again>{_OPENS_AGAIN})|(?P<codes>{_CODES})|(?P<made>{_MADE})|{_CHOSEN}", re.IGNORECASE
)
_ASKED_FIRST = re.compile(rf"(?P<again>{_OPENS_AGAIN})|(?P<codes>{_CODES})|(?P<made>(?!))", re.IGNORECASE)
"""What is asked for to reset a password, rather than that."""

_PARTS_OF_AGAIN = (
    *("question", "maiden name", "memorable ", "sicherheitsfrage", "mädchenname"),
    *("秘密の質問", "旧姓", "合言葉"),
)
_PARTS = ("code", "pin", "otp", "番号", "コード", "ワンタイム", "数字", *_PARTS_OF_AGAIN)
"""Of which each of those holds one: a quick look spares a slow one."""

_DEMAND = re.compile(
    r"what(?:['’]?s| is| was| are| should| did)|(?:send|give|tell|share|remind)(?: me| us)?|need the"
    r"|anyone|got the|(?:do you|you) (?:know|have|remember)|have the|[?？]|教え|おしえ|何|なん[ですだ]|わか"
    r"|知って|忘れ|お願い|願え|伺|聞かせ|おっしゃ|言って|入力|入れて|確認(?:して|を)?(?:お願い|いただ|くださ)"
    r"|(?:enter|type|provide|confirm|say|read)(?: in| out| me| us)? (?:the|your|that|it)"
    r"|wie (?:ist|lautet|war)|was ist|sag|schick|gib|hast du|kennst|brauche|nennen",
    re.IGNORECASE,
)
_NO_DEMAND = re.compile(
    r"hash|algorithm|encrypt|format|policy|length|minimum|requir"
    r"|how (?:do|can|to|many|long|often)|wie (?:viele|lange|oft)"
    r"|allowed|stored?|manager|reset|change|where|when|why|who|何[桁文回]|変更|再設定|リセット|どこ|いつ"
    r"|なぜ",
    re.IGNORECASE,
)
"""Questions about secrets that none answers."""

_STOP = re.compile(r"[.!?,。！？、]")
_LEAD = (
    r"(?:(?:it['’]?s|it is|that['’]?s|its|it was|sure|yes|yep|yeah|ok(?:ay)?|here(?: you go| it is)?"
    r"|should be|i think(?: it['’]?s)?"
    r"|i(?:['’]ve)? (?:tried|used|typed)|tried|try|use|using|ja|es ist|das ist|ist"
    r"|probier(?:e|t)?|nimm|ich habe|mit|はい|えっと|えーと|ええと|たぶん|多分|確か|たしか|うん|これ"
    r"|[:：、…-])"
    r"[ \t,.:!、。…-]{0,3}){0,4}"
)
_END = (
    r"(?=[,;.!?#*]{0,2}(?:[ \t]*(?:\r?\n|\Z)|[ ](?:and|but|same|then|works|worked|should|is|for|with|lower"
    r"|all|no|und|aber|alles|-|\()|(?<=[,;.!?#*])[ ])|[ ]?(?:です|だよ|だった|でした|だと"
    r"|だ[。\n]|かな|を|と|に|これ|、|。|！|（))"
)
_TOLD = re.compile(
    rf"{_LEAD}(?:[A-Za-z0-9_.+@-]{{2,40}}[ ]{{1,2}}[/|][ ]{{1,2}})?[\"'`「“„*]{{0,2}}"
    rf"([!-~À-ɏ]{{3,64}}?)[\"'`」”“*]{{0,2}}{_END}",
    re.IGNORECASE,
)
_WESTERN = re.compile("[!-~À-ɏ]")
"""What each code and each password has, and what opens an account again may lack."""
_CODE_END = r"(?![0-9A-Za-z%/]|[.:,-][0-9]|[ ]?[桁円件個人回行年月日時分歳])"
_CODE = re.compile(
    rf"{_LEAD}[\"'`「“*]{{0,2}}"
    rf"([0-9]{{3,4}}[ -][0-9]{{3,4}}|[0-9](?:[ -][0-9]){{3,7}}|[0-9]{{3,8}}){_CODE_END}"
    rf"|[^\n0-9.?？。]{{0,24}}([0-9]{{6}}|[0-9]{{3}}[ -][0-9]{{3}}){_CODE_END}"
    r"(?=[.!,。、]?[ ]?(?:[\r\n]|です|\Z))",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    rf"(?P<lead>{_LEAD})(?P<quote>[\"'`「“„*]{{0,2}})(?P<word>[A-Za-zÀ-ɏ]{{6,24}})[\"'`」”“*]{{0,2}}"
    r"(?=[.!。]?[ \t]*(?:[\r\n]|\Z)|[ ]?(?:です|だよ|でした))",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    rf"{_LEAD}[\"'`「“„*]{{0,2}}"
    rf"([^\W\d_]{{2,14}}(?:[ -][^\W\d_]{{2,14}}){{2,9}})[\"'`」”“*]{{0,2}}[.!]?[ \t]*(?:[\r\n]|\Z)"
)
_ASKS_PHRASE = re.compile(r"pass[ -]?phrase|パスフレーズ", re.IGNORECASE)
_WORDS_OF_TALK = """
    i you we he she it they the a an is are was were be been am do does did not no yes dont can cant could
    would should will please ask check see look let in on of
    for to with at from by my your our me us him her them
    sorry sure thanks thank what which why how when where who same as before idk none never and or if so but
    have has had get got know think that this there here just only still again now later one moment second
    der die das ein eine ist sind war nicht kein keine ja nein bitte ich du wir sie es mir dir und oder
    mit von zu im in auf für nur noch mal weiß
"""
_OF_TALK = frozenset(_WORDS_OF_TALK.split())
"""Words of sentences, of which a passphrase has none."""

_REMARKS_IN_TALK = """
    absolutely already always anyone bitwarden bitte cheers classified confidential correct danke exactly
    geheim google gleich great indeed keychain keeper lastpass later maybe morgen natürlich nobody nothing
    onepassword pardon perfect probably really seriously someone später sorry thanks today tomorrow
    unbekannt understood unfortunately unknown vault vielleicht welcome whatever yesterday
"""
_REMARKS = frozenset(_REMARKS_IN_TALK.split())
_OF_REMARKS = ("ing", "ly", "tion")
"""What people say in one word instead of a password; and how such words end."""

_WORD = r"[^\W_][\w'’&-]{0,24}"
_AGAIN = re.compile(
    r"(?:(?:it['’]?s|it is|that['’]?s|it was|sure|yes|yeah|ok(?:ay)?|u[mh]+|the answer is|my answer is"
    r"|はい|えっと|えーと|ええと|うん|たしか|確か|答えは)[ \t,.:、。…-]{0,3}){0,3}"
    rf"(?:[「『]([^「」『』\n]{{1,40}})[」』]|[\"'“]?({_WORD}?(?:[. ]{{1,2}}{_WORD}){{0,4}}?)[\"'”]?"
    r"(?=です|でした|だよ|[.!。]?[ \t]*(?:[\r\n]|\Z)))",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(
    r"\b(?:i|i['’]m|dont|don['’]t|do|did|not|no|nope|yes|can|can['’]t|could|what|which|who|where|why|how|when"
    r"|sorry|moment|second|let|you|your|we|please|forgot|forgotten|remember|sure|okay|ok|hold|thanks?|is"
    r"|are|was"
    r"|have|has|there|this|skip|none|idea|unsure|hello|hi|questions?|answers?|security|password|wait"
    r"|already|set"
    r"|correct|wrong|never|it|he|she|they|must|should|will|ja|nein|nicht|ich|weiß|moment)\b"
    r"|わか|分か|忘れ|覚え|ません|ました|ます|ください|何|どれ|どの|はい|いいえ|待|ちょっと|すみません"
    r"|すいません"
    r"|質問|答え|設定|登録|ない|なし|願い|確認|結構|大丈夫|了解|承知|ありがと|かしこまり|教え|できた",
    re.IGNORECASE,
)
"""What people say instead of an answer."""

_FEWEST = 6
"""Characters of what is no code of a door."""

_FAULT = re.compile(
    r"(?:err|e[0-9]|0x|http|code|v?[0-9]+\.|step|option|chapter|[^@]+@[^@]+\.[a-z]{2,}|[a-z]+://|www\.)",
    re.IGNORECASE,
)
"""How names of errors, versions and addresses begin."""


def may_reply(text: str, at: int, end: int, asked: str) -> bool:
    """Whether what stands there may tell what is asked for: a quick look spares a slow one."""
    if _WESTERN.search(text, at, end) is not None:
        return True
    said = asked.lower()
    for part in _PARTS_OF_AGAIN:  # noqa: SIM110  `any` would cost three times as much
        if part in said:
            return True
    return False


def names_secret(said: str) -> bool:
    """Whether a turn speaks of a secret."""
    return _SECRET.search(said) is not None


def asks_for_code(asked: str) -> bool:
    """Whether a turn asks for a code, or what is asked where a password is not known."""
    return _asked_first(asked) is not None


def _secret(asked: str) -> "re.Match[str] | None":
    """What a turn speaks of."""
    return _asked_first(asked) or _SECRET.search(asked)


def _asked_first(asked: str) -> "re.Match[str] | None":
    """What is asked for to reset a password."""
    said = asked.lower()
    for part in _PARTS:
        if part in said:
            return _ASKED_FIRST.search(asked)
    return None


def is_asked(asked: str) -> bool:
    """Whether a turn asks for a secret, and not about one."""
    secret = _secret(asked)
    if secret is None or _DEMAND.search(asked) is None:
        return False
    begin = max((stop.end() for stop in _STOP.finditer(asked, 0, secret.start())), default=0)
    stop = _STOP.search(asked, secret.end())
    return _NO_DEMAND.search(asked, begin, stop.end() if stop else len(asked)) is None


def reply_at(text: str, at: int, end: int, asked: str) -> Finding | None:
    """The secret that the reply begins with, which stands from `at` up to `end` at most.

    Args:
        text: The whole text.
        at: Where the reply begins.
        end: Where it ends.
        asked: What was asked.
    """
    end = min(end, at + LONGEST)
    if _WESTERN.search(text, at, end) is None:  # no code and no password, which only an answer may lack
        first = _asked_first(asked)
        if first is None or not first["again"]:
            return None
    told = _TOLD.match(text, at, end)
    again = _AGAIN.match(text, at, end)
    code = _CODE.match(text, at, end)
    secret = _secret(asked) if told or again or code else None
    if secret is None:
        return None
    if secret["again"]:
        return _again(again)
    if code is not None and secret["codes"] and not OF_GOODS.search(asked, 0, secret.start()):
        return Finding(*code.span(code.lastindex or 0), "SECRET")
    if secret["codes"] or secret["made"]:
        return _told(told, "digits" if secret["codes"] else "made")
    phrase = _phrase(text, at, end) if _ASKS_PHRASE.fullmatch(secret.group()) else None
    is_login = secret.group().lower().startswith("log")
    return phrase or _told(told, "either") or (None if is_login else _plain(_PLAIN.match(text, at, end)))


def _told(told: "re.Match[str] | None", kind: Kind) -> Finding | None:
    """The secret of the kind."""
    value = told[1].rstrip("#*.,;!?") if told else ""
    form = "quoted" if any(map(str.isdecimal, value)) else "said"
    is_one = looks_secret(value, kind, form) and (kind == "digits" or len(value) >= _FEWEST)
    if told is None or not is_one or _FAULT.match(value) or is_of_forms(value):
        return None
    return Finding(told.start(1), told.start(1) + len(value), "SECRET")


def _phrase(text: str, at: int, end: int) -> Finding | None:
    """The words that are all of a reply, and no sentence."""
    words = _PHRASE.match(text, at, end)
    is_one = words is not None and _OF_TALK.isdisjoint(re.split("[ -]", words[1].lower()))
    return Finding(*words.span(1), "SECRET") if words is not None and is_one else None


def _plain(told: "re.Match[str] | None") -> Finding | None:
    """The password of letters alone that is all of a reply; without a lead or quotes, of small ones."""
    word = told["word"] if told else ""
    small = word.lower()
    if told is None or is_of_forms(word) or _NO_ANSWER.search(word) is not None:
        return None
    is_remark = small in _REMARKS or small.endswith(_OF_REMARKS) or _FAULT.match(word) is not None
    is_marked = told["lead"] or told["quote"] or word == small
    return None if is_remark or not is_marked else Finding(*told.span("word"), "SECRET")


def _again(told: "re.Match[str] | None") -> Finding | None:
    """The answer that opens an account again."""
    group = told.lastindex if told else None
    if told is None or group is None or _NO_ANSWER.search(told[group]):
        return None
    return Finding(*told.span(group), "SECRET")
