"""Values of names that say what they are: `"password": "…"`, `API_KEY=…`, `--token …`, `パスワードは「…」`.

Forms are those of JSON (RFC 8259), of assignments in programs, settings and connection strings, of command
lines, and of sentences. In JSON, whatever stands under such a name is found, as `Redactor.redact` finds it;
elsewhere the value must look like a secret, the more so the less its form tells.
"""

import re
from collections.abc import Callable

from kansoku.redact.detector import At, PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.keys import Kind, entity_of_key, hints_at_secret, kind_of_secret, words_of
from kansoku.redact.name import JsonKey, Name, end_at, identifier_at, is_in_key, json_key_at
from kansoku.redact.placeholder import is_placeholder, is_untold
from kansoku.redact.plain_word import plain_said, plain_word
from kansoku.redact.random_text import is_random
from kansoku.redact.secret_value import Form, looks_secret
from kansoku.redact.watchword import WATCHWORD

_MAY_FOLLOW = frozenset("\n,\"'’`\\)] \t\u3000*=:：＝→（(「『“【〔［>はがを欄、")

_JSON_LIKE = re.compile(r"(?:[^\n]{0,110}?: )?\s*+[{\[]")
_CONTENT = re.compile(r'"((?:[^"\\]++|\\.)*+)', re.DOTALL)
_NUMBER = re.compile(r"-?(?:[0-9][0-9.eE+\-]*+|Infinity|NaN)")
_TELLING = 4096
"""Code points of a string that are looked at to tell whether it is one."""

_DIGITS = re.compile(r"[0-9]{4}")
_SEARCHED_NUMBER = re.compile(r"[1-9][0-9]{6,39}(?![0-9.eE])")
"""Bare numbers of JSON that are searched like texts; see the redactor."""

_ARGUMENT = re.compile(r"[A-Za-z_]\w*=")
_IS_SAID = re.compile(r"(?!(?:(?:.*[_.\-])?pass)\Z)(?:2fa)?[^0-9]{2,}", re.IGNORECASE)
"""Names that sentences have; to pass is a verb."""

_TYPE = (
    r":[ \t]{0,4}(?:&(?:'[a-z]{1,16} )?)?[A-Za-z_][A-Za-z0-9_.]{0,40}+"
    r"(?:\[[^\]\n]{0,60}+\])?(?:[ \t]?\|[ \t]?None)?[ \t]{1,4}"
)
_SURE = re.compile(
    r"(?:\\{0,3}[\"'`])?[\])]{0,2}[*_]{0,2}[ \t\u3000]{0,40}"
    rf"(?:(?:{_TYPE})?=>?(?![=~])|(?i:for)[ \t]['\"`][^=\n;]{{1,80}}?=(?!=)"
    r"|:=|:(?!:|//)|[：＝→⇒])[*_]{0,2}[ \t\u3000]{0,40}(?:\x1b\[[0-9;]{1,8}m)?"
)
_MARKUP = re.compile(r">[ \t]{0,4}(?!@)")
_OF = (
    "(?:for|of|to|on|at|in|van|von|vom|de|del|della|der|du|fürs?|zum|zu|zur|am|an|im|beim|des"
    "|(?:m|d|s|uns|eu)?ei?n?e[rs]|(?:ih|unse?|eu)re[rs])"
)
"""Words behind a name of a secret that go on with whose or what it is for."""

_SAID = re.compile(
    rf"(?:[ \t]{_OF}[ \t][^.,;:!?\n=\"]{{1,40}}?)?[ \t]"
    r"(?:(?:ha[sd](?: just)?(?: been)?|was|is(?: now)?|got|just)[ \t])?"
    r"(?:re)?(?:set|changed|updated|switched)[ \t]to[ \t:]{1,3}"
    r"|[ \t](?:is|are|lautet|sind|ist)[ \t](?:as follows|this|wie folgt|folgende[rs]?)[ \t]?:"
    r"[ \t]?\n?[ \t]{0,8}"
    r"|(?:[ \t](?:that[ \t]|which[ \t])?(?:I|i|we|you|he|she|they)[ \t][a-z' ]{2,30}?)?"
    rf"(?:[ \t]{_OF}[ \t]"
    r"(?:[^.,;:!?\n=\"]|[.,](?=[0-9])){1,40}?)?"
    r"(?:(?:, which)?[ \t]{1,4}(?:is|was|ist|lautet|war|est|es|è|é|jest)"
    r"(?:[ \t](?:still|now|currently|again|noch|jetzt|wieder))?|[ \t]{0,4}:)[ \t]{1,4}"
    r"|,[ \t]it(?:['’]s| is)[ \t]|、[ \u3000]?(?:たぶん|多分|たしか|確か)(?=[0-9A-Za-z])"
    r"|[\"'`]?[ \t](?:in|from)[ \t](?:your|my|the|this|that)[ \t][a-z ]{2,20}?[ \t](?:is|was)[ \t]{1,3}"
    r"|、[ \u3000]?(?=[!-~]{6,40}[ \u3000]?(?:だった|です|でした|だと|かと))"
    r"|は、?[ぁ-ヿ一-龥]{1,10}の(?=[A-Za-z0-9])"
    r"|['’]s[ \t]{1,4}|[ \t]{1,2}[–—-][ \t]{1,2}"
    r"|を(?:再?発行|設定|変更|登録|リセット|作成|更新)(?:いた)?(?:し|され)?(?:まし)?た[。、]?[ \t\u3000]{0,2}"
    r"(?:→|⇒|[:：]|(?=「))[ \t\u3000]{0,2}"
    r"|[ \t\u3000]{0,2}(?:（[^）\n]{0,20}）|\([^()\n]{1,20}\))?"
    r"[ \t\u3000]{0,2}(?:欄に|(?:の(?:ほう|方))?[はがをに:：])、?[ \t\u3000]{0,2}"
    r"|[ \t\u3000]{0,2}(?=[「『“【〔［])"
)
_SAID_JA = re.compile(
    r"を?(?:教え|送っ)て(?:ください|下さい|ね)?[。、？?]?[ \t\u3000]{0,2}(?:→|⇒)[ \t]{0,2}"
    r"|の?[（(]?[0-9]{1,2}桁[)）]?(?:の?番号)?[はが:：、][ \t\u3000]{0,2}"
    r"|は[0-9]{1,2}桁(?:で|の)、?[ \t\u3000]{0,2}"
    r"|が?(?:変わ(?:りました|った)|変更|更新|再設定|リセット)(?:いた)?(?:し|に)?(?:され|なり)?"
    r"(?:まし)?(?:た|です)?(?:よ|わ|ので|から|んで|みたい|そう)?ね?[。、！]?[ \t\u3000]{0,2}"
    r"(?:→|⇒|[:：]|(?=「))[ \t\u3000]{0,2}"
    r"|[ \u3000]?(?:（[^（）\n]{1,20}）|\([^()\n]{1,20}\))?[ \t\u3000]{0,4}"
    r"(?:\r?\n[ \t\u3000]{0,8})?"
    r"(?=[A-Za-z0-9+/=_.~-]{24})"
    r"|って[ \t\u3000]?(?=[「『])"
    r"|を(?:聞|訊|求め|尋ね)(?:か|ら)れ(?:た|て)(?:ので|から|んで)?、?(?=「[!-~]{4,64}」)"
    r"|は、?(?:これ|こちら|以下|下記|次)(?:の?(?:通り|とおり|もの))?(?:です|になります|となります)?[。:：]{0,2}"
    r"(?:[:：]|(?<=。)|(?=\r?\n))[ \t\u3000]{0,3}(?:\r?\n[ \t\u3000]{0,8}){0,2}"
    r"|[^\n。]{0,48}?(?:ここ|以下|下記|こちら)(?:に|へ)[^\n。:：]{1,12}[。:：][ \t\u3000]{0,3}"
    r"(?:\r?\n[ \t\u3000]{0,8}){0,2}"
)
"""What Japanese puts between a name and its value besides a particle."""

_PAIRED = re.compile(
    r"""(?:\\{0,3}["'])?(?:,[ \t]{0,4}\n?|[ \t]{0,4}\n|[ \t])[ \t]{0,40}"""
    r"""(?:\\{0,3}["'])?[Vv]al(?:ue)?(?:\\{0,3}["'])?[ \t]?[:=][ \t]{0,4}"""
)
"""The value of a name that is a value: `name: DB_PASSWORD, value: …`, as settings of containers have it."""

_OPENS_PAIR = re.compile(r"""[(\[]b?["']\Z""")
_IN_PAIR = re.compile(r"""["'],[ \t]?(?=b?["'])""")
"""A name and its value as a pair: `('x-api-key', '…')`, as HTTP libraries and ASGI have headers."""

_GROUPS = re.compile(
    r"[\"'「『“*`]{0,2}([0-9]{3} [0-9]{3}|[0-9]{4}(?: [0-9]{4}){1,2})"
    r"(?![0-9A-Za-z%/-]|[ .:,][0-9]| ?[桁円件個回人])"
)
"""A code of a few digits with a blank amid, as messages have it."""

_BELOW = re.compile(
    r"(?:(?:[ \t](?:is|was|ist|lautet)|は)[ \t]?[:：]?|[ \t]?[:：])[ \t]{0,3}(?:\r?\n[ \t]{0,16}){1,3}"
    r"([!-+.-9;-{}~-]{4,64})[ \t]{0,8}(?=\r?\n|\Z)"
)
"""A value on a line of its own, as letters have it."""

_BRACKET = re.compile(
    rf"(?:(?:[ \t]{_OF}[ \t][^.,;:!?\n=\"()]{{1,40}}?)?[ \t]{{1,2}}\(|[ \t]{{0,2}}（)[ \t]{{0,2}}"
)
_NEXT = re.compile(r"[ \t\u3000]{1,4}(?!-)")
_ARROWS = ("→", "⇒")
_ENDS_IN_JAPANESE = ("、", "。")
"""What ends a value in a sentence of Japanese, as nothing in a program does."""

_APPOSED = re.compile(
    r"(?:[ \t]for[ \t][a-z' ]{1,24})?,[ ]"
    r"((?=[!-+.-~]{0,40}[0-9])(?=[!-+.-~]{0,40}[A-Z!#$%&*+=?@^~])[A-Za-z0-9][!-+.-~]{5,40}),?(?=[ ]|\Z)"
)
_ONE_OF = re.compile(
    r"(?<![a-z])(?:a|an|the|my|our|his|her|new|temp(?:orary)?|initial|default|one-time)[ ]"
    r"(?:[a-z-]{2,10}[ ])?\Z",
    re.IGNORECASE,
)
"""A password in the middle of a sentence: `a temporary password for me, …, and`."""

_WRAPPED = re.compile(
    r"(?:new[ ])?(?:[A-Za-z_]\w{0,24}\.){0,2}(?:from|fromhex|b64decode|unhexlify|decode|decodeString"
    r"|SecretStr|Secret|atob|bytes)\("
    r"[ ]?b?[\"']([A-Za-z0-9+/=_-]{16,512})[\"']"
)
"""A value in the call that reads it: `Buffer.from("…", "hex")`."""

_TO = re.compile(r"[ \t]to[ \t:]{1,3}")
_SET = re.compile(
    r"(?:chang|updat|switch|reset|set)[a-z]{0,4}[ \t]"
    r"(?:it|the|my|our|your|his|her|their|[a-z]{2,12}'s)[ \t][^.,;:!?\n]{0,24}\Z"
)
"""A password that somebody set: `changed my password to …`."""

_PASS_IS = re.compile(r"[ \t](?:is|was)[ \t:]{1,3}|は、?[ \t]?|(?=「)|[ \t]{0,2}\u3000[ \t\u3000]{0,4}")
_WHOSE = re.compile(
    r"(?:(?<![a-z])(?:the|my|our|your|his|her|wi-?fi|guest|old|new|current)[ \t]|[ぁ-ヿ一-龥、。「\r\n])\Z",
    re.IGNORECASE,
)

_YEAR = re.compile(r"[ \t]{1,4}(?:19|20)[0-9]{2}[ \t]{1,4}[A-Za-zÀ-ɏ]")
"""A year in front of a word: `Sicherheitscode 2023 Version`."""

_NEAR = 40

_RIGHT_BEHIND = re.compile(
    r"([A-Za-z0-9][!#-&*-.0-9=?-Z^-z~]{3,63}+)(?=[、。」\s]|で(?!す?き)|を(?:入|使|変|打|試)|に変|から|\Z)"
)
_CODE_BEHIND = re.compile(r"([0-9]{4,8})(?=[をではがとにも](?!き))")
_MADE_BEHIND = re.compile(r"([A-Za-z0-9][A-Za-z0-9+/=_.~-]{15,511}+)(?=[、。」\s]|[ぁ-ヿ一-龥]|\Z)")
"""What ends like a value in a sentence; words of a program end in others, such as `パスワードmd5の…`."""

_HUNK = re.compile(r"^@@ -[0-9]", re.MULTILINE)
_VALUE_IN_DIFF = re.compile(r"""[bBfFuU]?["']((?=[^"'\n]{0,64}[0-9])[^\s"'{}$<>]{10,128})["']""")
_FAR, _ABOVE = 120, 2_048
"""Lines of a diff (POSIX, unified) say that a value was or becomes a real one."""

_COOKIES = ("cookie", "cookies")
_AMONG_COOKIES = re.compile(r"[Cc]ookie: ?[A-Za-z0-9_.%\-]{1,64}+=[^\r\n\"'\\]*+\Z")
_BRACES = re.compile(r"\{((?:[^{}\n]|\}\}){1,256}+)\}(?!\})")
_LINE_START = re.compile(r"(?:\A|[\r\n])[ \t]{0,4}(?:export[ \t]|set[ \t]|-[ \t]|\$[ \t])?\Z")
_LINE = re.compile(r"[^\s\"'`\\]{1,4096}+")

_SCHEME = re.compile(r"(?:bearer|basic|token|digest|apikey|negotiate)[ \t]{1,4}", re.IGNORECASE)
_QUOTED = re.compile(
    r"""[bBfFuU]{0,2}(?:"([^"\n]{1,4096}+)"|'([^'\n]{1,4096}+)'|`([^`\n]{1,4096}+)`"""
    r"""|「([^」\n]{1,256}+)」|『([^』\n]{1,256}+)』"""
    r"""|„([^“”\n]{1,256}+)[“”]|[»«]([^«»\n]{1,256}+)[«»]|‚([^‘’\n]{1,256}+)[‘’]|【([^】\n]{1,256}+)】|〔([^〕\n]{1,256}+)〕|［([^］\n]{1,256}+)］|“([^”\n]{1,256}+)”|\\"([^"\\\n]{1,4096}+)\\")"""
)
_BEGINNING = 256
"""Code points of a value without quotes that tell what the rest is."""

_PLAIN = r"""[^\x00-\x20"'`,;()\[\]{}<>&|\\\x7f-\xa0\u2000-\U0010ffff]"""
_SIGN = rf"(?:{_PLAIN}|[\uff01\uff03-\uff06\uff0a](?=[A-Za-z0-9])|&(?!#?[A-Za-z0-9_.%\-]{{1,40}}[=;]))"
_OPEN = r"""\\{0,3}["'`「『“]?"""
_BARE, _RANDOM, _BEGUN = (
    re.compile(rf"{_OPEN}({_SIGN}{{1,{most}}}+)(?![(\[{{]|(?<=-)>)") for most in (4096, 513, _BEGINNING)
)
"""Values without quotes: any, one that may be random, the beginning of one."""

_LONG = re.compile(rf"{_OPEN}({_PLAIN}{{{_BEGINNING}}})")
"""The beginning of most that are long, read faster."""

_NOT_RANDOM = re.compile(rf"{_OPEN}{_PLAIN}{{513}}")
"""Longer than a random text may be."""


def assigned(entity: str) -> At:
    """The function that finds values of the entity around one of its words."""
    return lambda text, at: _value_at(text, at, entity)


def _value_at(text: str, at: int, entity: str) -> Finding | None:
    """The value of the name around the place."""
    end = end_at(text, at)
    follows = text[end : end + 1] in _MAY_FOLLOW or text.startswith(("のほう", "の方"), end)
    if not follows and not is_in_key(text, end):
        return _right_behind(text, at, end) if entity == "SECRET" and not text[at].isascii() else None
    name = identifier_at(text, at, end)
    key = json_key_at(text, name)
    told = entity_of_key(key.text) if key is not None else None
    if key is not None and told is not None:
        return _under(text, key, entity) if told == entity else None
    is_told = entity_of_key(name.text) == entity
    if entity != "SECRET" or not (is_told or hints_at_secret(name.text)):
        return None
    if key is not None:
        return _as_member(text, at, key)
    return _behind(text, name) if is_told else _hinted(text, name)


def _right_behind(text: str, at: int, end: int) -> Finding | None:
    """The value right behind a name in Japanese: `旧パスワードkuma0101、`, `認証コード604187`."""
    match = _RIGHT_BEHIND.match(text, end) or _CODE_BEHIND.match(text, end)
    made = _MADE_BEHIND.match(text, end)
    said = None if match or made else _SAID_JA.match(text, end)
    name = identifier_at(text, at, end).text if match or made or said else ""
    if not name or entity_of_key(name) != "SECRET":
        return None
    kind = kind_of_secret(name)
    if said is not None:
        return _value(text, said.end(), kind, "said")
    if match is not None and looks_secret(match[1], kind, "said"):
        return Finding(*match.span(1), "SECRET")
    return Finding(*made.span(1), "SECRET") if made is not None and is_random(made[1]) else None


def _as_member(text: str, at: int, key: JsonKey) -> Finding | None:
    """What is found under a key that tells nothing itself, read as the redactor reads it: `key: value`."""
    opens = f'{key.escape}"'
    if text.startswith(opens, key.value):
        begin = key.value + len(opens)
        end = min(_string_end(text, begin, key.escape), begin + _TELLING)
    elif text.startswith("[", key.value):  # its members are read so too: let the text be parsed
        return Finding(key.value, key.value + 1, "SECRET") if _JSON_LIKE.match(text) else None
    else:
        number = _SEARCHED_NUMBER.match(text, key.value)
        if number is None:
            return None
        begin, end = number.span()
    lead = f"{key.text.replace(': ', '  ')}: "
    found = _value_at(lead + text[begin:end], at - key.start, "SECRET")
    if found is None or found.start < len(lead):
        return None
    return Finding(found.start - len(lead) + begin, found.end - len(lead) + begin, "SECRET")


def _under(text: str, key: JsonKey, entity: str) -> Finding | None:
    """The value of a JSON key: all of a string, a number, or the bracket that begins it."""
    at = key.value
    opens = f'{key.escape}"'
    if text.startswith(opens, at):
        begin = at + len(opens)
        end = _string_end(text, begin, key.escape)
        return Finding(begin, end, entity) if _tells(text, begin, end, key, entity) else None
    number = _NUMBER.match(text, at)
    if number is not None:
        return Finding(at, number.end(), entity) if _counts(text, number.group(), key, entity) else None
    if text[at : at + 1] in ("{", "[") and _JSON_LIKE.match(text):
        return Finding(at, at + 1, entity)
    return _behind(text, Name(key.text, key.start, key.end)) if entity == "SECRET" else None


def _string_end(text: str, begin: int, escape: str) -> int:
    """Where the string that begins there ends; one that nothing closes, with the text."""
    if not escape:
        match = _CONTENT.match(text, begin - 1)
        return match.end(1) if match else len(text)
    end = text.find(f'{escape}"', begin)
    while end > 0 and text[end - 1] == "\\":
        end = text.find(f'{escape}"', end + 1)
    return end if end >= 0 else len(text)


def _tells(text: str, begin: int, end: int, key: JsonKey, entity: str) -> bool:
    """Whether a string under a key is told: all in JSON, elsewhere what looks like it."""
    said = text[begin : min(end, begin + _TELLING)]
    is_dense = text[key.start - 2 : key.start - 1] in ("{", ",") and text.startswith('":"', key.end)
    if is_dense or _JSON_LIKE.match(text):
        return not is_placeholder(said)
    if entity != "SECRET":
        return _DIGITS.search(said) is not None
    return looks_secret(said, kind_of_secret(key.text), "quoted")


def _counts(text: str, number: str, key: JsonKey, entity: str) -> bool:
    """Whether a number under a key is told: all but yes and no in JSON, elsewhere what looks like it."""
    if not _JSON_LIKE.match(text):
        is_long = _DIGITS.match(number) is not None
        return looks_secret(number, kind_of_secret(key.text), "quoted") if entity == "SECRET" else is_long
    try:
        return not is_untold(float(number))
    except ValueError:
        return True


def _behind(text: str, name: Name) -> Finding | None:
    """The value behind a name of a secret, by the surest form that fits."""
    pair = _IN_PAIR.match(text, name.end)
    opens = pair is not None and (
        _OPENS_PAIR.search(text, max(0, name.start - 3), name.start)
        or (name.text.startswith("--") and text[name.start - 1 : name.start] in ("'", '"'))
    )
    if pair is not None and opens:
        return _in_pair(text, name, pair.end())
    is_cookies = name.text.lower().endswith(_COOKIES) or _is_among_cookies(text, name)
    if is_cookies or text.startswith("://", name.start - 3):
        return None  # cookies are found all at once, and of a URL's user its own detector knows
    kind = kind_of_secret(name.text)
    sure = _SURE.match(text, name.end) or _markup(text, name) or _PAIRED.match(text, name.end)
    if sure is not None:
        return _set(text, name, kind, sure)
    if name.text.endswith(WATCHWORD):
        return None  # in a sentence, most are slogans; those that are not have a detector of their own
    below = _BELOW.match(text, name.end) if kind in ("chosen", "digits", "either") else None
    if below is not None and not _ARGUMENT.match(below[1]) and looks_secret(below[1], kind, "said"):
        return Finding(*below.span(1), "SECRET")
    return _spoken(text, name, kind)


def _set(text: str, name: Name, kind: Kind, sure: "re.Match[str]") -> Finding | None:
    """The value behind what sets the name to it."""
    at = sure.end()
    is_set = sure.group() == "="
    settled = _braced(text, name, at) or (_set_in_line(text, name, at, kind) if is_set else None)
    found = settled or _value(text, at, kind, None)
    if kind == "chosen":
        return found or _plain(plain_word(text, name.text, name.start, at))
    if kind == "made" and found is None:
        wrapped = _WRAPPED.match(text, at)
        found = (
            Finding(*wrapped.span(1), "SECRET")
            if wrapped and looks_secret(wrapped[1], kind, "quoted")
            else None
        )
    return found or (_in_diff(text, name, at) if kind == "made" else None)


def _spoken(text: str, name: Name, kind: Kind) -> Finding | None:
    """The value that a sentence, or a command, has behind a name of a secret."""
    is_option = text[name.start : name.start + 2] == "--"
    if not (is_option or _IS_SAID.fullmatch(name.text)):
        return _pass(text, name) if name.text.lower().endswith("pass") else None
    form: Form = "bare" if is_option else "said"
    apposed = _apposed(text, name) if kind == "chosen" else None
    if apposed is not None:
        return apposed
    is_set = kind == "chosen" and _SET.search(text, max(0, name.start - _NEAR), name.start) is not None
    for said in (
        _BRACKET,
        _SAID,
        _NEXT,
        *((_TO,) if is_set else ()),
        *(() if name.text.isascii() else (_SAID_JA,)),
    ):
        is_year = said is _NEXT and kind == "digits" and _YEAR.match(text, name.end)
        match = None if is_year else said.match(text, name.end)
        is_shown = match is not None and match.group().rstrip().endswith(_ARROWS)
        found = _value(text, match.end(), kind, "quoted" if is_shown else form) if match else None
        if found is not None:
            return found
    return _plain(plain_said(text, name.start, name.end)) if kind == "chosen" else None


def _apposed(text: str, name: Name) -> Finding | None:
    """The password that stands between commas behind its name."""
    match = _APPOSED.match(text, name.end)
    if match is None or _ONE_OF.search(text, max(0, name.start - 32), name.start) is None:
        return None
    value = match[1].rstrip(",.;")
    is_one = looks_secret(value, "chosen", "said")
    return Finding(match.start(1), match.start(1) + len(value), "SECRET") if is_one else None


def _in_diff(text: str, name: Name, at: int) -> Finding | None:
    """The value in quotes that a line of a diff removes or adds, though words make it."""
    begin = text.rfind("\n", max(0, name.start - _FAR), name.start) + 1
    if text[begin] not in "-+" or _HUNK.search(text, max(0, begin - _ABOVE), begin) is None:
        return None
    value = _VALUE_IN_DIFF.match(text, at)
    is_one = value is not None and looks_secret(value[1], "chosen", "quoted")
    return Finding(*value.span(1), "SECRET") if value is not None and is_one else None


def _in_pair(text: str, name: Name, at: int) -> Finding | None:
    """The second of a pair whose first is the name: of cookies all of it, else what looks like a secret."""
    if not name.text.lower().endswith(_COOKIES):
        return _value(text, at, kind_of_secret(name.text), "quoted")
    quoted = _QUOTED.match(text, at)
    span = quoted.span(quoted.lastindex or 0) if quoted else (at, at)
    return Finding(*span, "SECRET") if "=" in text[slice(*span)] else None


def _pass(text: str, name: Name) -> Finding | None:
    """The value of what is called a pass, where somebody has it; elsewhere it is a verb or a way."""
    match = _PASS_IS.match(text, name.end)
    if match is None or (name.start and not _WHOSE.search(text, max(0, name.start - 16), name.start)):
        return None
    return _value(text, match.end(), "chosen", "said")


def _plain(span: tuple[int, int] | None) -> Finding | None:
    """The finding of a plain word."""
    return Finding(*span, "SECRET") if span else None


def _is_among_cookies(text: str, name: Name) -> bool:
    """Whether the name is that of a cookie, in a row of them."""
    begin = max(0, name.start - 512)
    return (
        text.find("ookie:", begin, name.start) >= 0
        and _AMONG_COOKIES.search(text, begin, name.start) is not None
    )


def _braced(text: str, name: Name, at: int) -> Finding | None:
    """The value in braces of a connection string of ODBC."""
    match = _BRACES.match(text, at) if text[name.start - 1 : name.start] == ";" else None
    return Finding(*match.span(1), "SECRET") if match else None


def _set_in_line(text: str, name: Name, at: int, kind: Kind) -> Finding | None:
    """All up to the next blank behind a capital name that is first in its line, as in files of settings."""
    if not name.text.isupper() or _LINE_START.search(text, max(0, name.start - 16), name.start) is None:
        return None
    line = _LINE.match(text, at)
    value = line.group().rstrip(";,") if line else ""
    if not value or value.startswith("$(") or not looks_secret(value, kind, "bare"):
        return None
    return Finding(at, at + len(value), "SECRET")


def _value(text: str, at: int, kind: Kind, form: Form | None) -> Finding | None:
    """The value that stands there, if it looks like a secret in the form, or else in that which it has."""
    groups = _GROUPS.match(text, at) if kind in ("digits", "either") else None
    if groups is not None:
        return Finding(*groups.span(1), "SECRET")
    quoted = _QUOTED.match(text, at)
    group = quoted.lastindex if quoted else None
    if quoted is not None and group is not None:
        begin, end = quoted.span(group)
        scheme = _SCHEME.match(text, begin, end)
    else:
        scheme = _SCHEME.match(text, at)
        told: Form = form or ("credential" if scheme else "bare")
        bare = _bare(text, scheme.end() if scheme else at, lambda value: looks_secret(value, kind, told))
        if bare is None or (form == "said" and _ARGUMENT.match(bare[1])):
            return None
        begin = bare.start(1)
        if form is None and kind == "chosen" and text[bare.end() : bare.end() + 1] in _ENDS_IN_JAPANESE:
            form = "quoted"
        end = begin + len(bare[1].rstrip(".:&"))
    begin = scheme.end() if scheme and scheme.end() > begin else begin
    usual: Form = "credential" if scheme else "quoted" if group else "bare"
    return Finding(begin, end, "SECRET") if looks_secret(text[begin:end], kind, form or usual) else None


def _bare(text: str, at: int, is_one: Callable[[str], bool]) -> "re.Match[str] | None":
    """The value without quotes that stands there; None if it is long and does not begin like one.

    A row of names, each the beginning of what stands behind the one in front, is not read again at each.
    """
    begun = _LONG.match(text, at) or _BEGUN.match(text, at)
    if begun is None or len(begun[1]) < _BEGINNING:
        return begun
    return _BARE.match(text, at) if is_one(begun[1]) else None


def _markup(text: str, name: Name) -> "re.Match[str] | None":
    """The end of an opening tag of the name."""
    return _MARKUP.match(text, name.end) if text[name.start - 1 : name.start] in ("<", ":") else None


def _hinted(text: str, name: Name) -> Finding | None:
    """The value behind a name that hints at a secret, if it is random."""
    sure = _SURE.match(text, name.end) or (None if name.text.isascii() else _NEXT.match(text, name.end))
    if sure is None or _NOT_RANDOM.match(text, sure.end()):
        return None
    bare = _RANDOM.match(text, sure.end())
    return Finding(*bare.span(1), "SECRET") if bare is not None and is_random(bare[1]) else None


ASSIGNMENTS = tuple(
    PlaceDetector(entity, assigned(entity), words=words_of(entity))
    for entity in ("SECRET", "US_SSN", "CREDIT_CARD", "MY_NUMBER")
)
"""One for each entity that a name can tell; in front of all others, since all of a value is replaced."""
