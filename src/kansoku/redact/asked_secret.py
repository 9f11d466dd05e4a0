"""Secrets asked for in one turn of a talk and told in the next: `Q: the door code?` / `A: 4482`."""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.plain_word import is_of_forms
from kansoku.redact.secret_value import looks_secret

_LONGEST = 240
"""Code points of a turn; longer ones are no talk."""

_TIME = r"(?:\[[^\]\n]{1,24}\][ \t]?|[(（]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?[)）]?[ \t]{1,2})"
_WHO = r"[A-Za-zÀ-ɏぁ-ヿ一-龥々][\w.-]{0,20}(?:[ ][\w.-]{1,16}){0,2}"
_TURN = re.compile(
    rf"[ \t]{{0,3}}(?:\*\*)?(?:(?P<time>{_TIME})?(?P<who>{_WHO})(?:[ ][(（][^()（）\n]{{1,20}}[)）])?"
    r"[ ]?(?P<end>[:：>])(?:\*\*)?(?:(?<=：)|[ \t\u3000]{1,4})"
    r"|<(?P<nick>[\w. -]{1,24})>[ \t]{1,4})"
)
_ROLES = re.compile(
    r"user|assistant|human|ai|agent|me|you|bot|q|a|customer|client|support|operator|kunde|nutzer|frage|antwort",
    re.IGNORECASE,
)
_NO_ROLE = re.compile(
    r"note|example|default|value|returns?|raises|args|usage|todo|warning|tip|hint|output|input|result|error"
    r"|subject|from|to|date|re|cc|username|login|email|host|port|name|url|file|type|description|title|status|version|step.*",
    re.IGNORECASE,
)
"""What stands in front of a colon and is nobody."""

_CODES = r"(?:door|gate|alarm|entry|locker|garage|safe)[ -](?:code|pin)|pin(?![a-z])|暗証番号"
_MADE = r"(?:api|access)[ -]?key|token|APIキー|トークン"
_CHOSEN = (
    r"passwor[dt]|pass(?:phrase|code)|kennwort|pw(?![a-z])|log-?in|パスワード|パスコード|パス(?![a-zァ-ヶ])"
)
_SECRET = re.compile(rf"(?P<codes>{_CODES})|(?P<made>{_MADE})|{_CHOSEN}", re.IGNORECASE)
_DEMAND = re.compile(
    r"what(?:['’]?s| is| was| are| should| did)|(?:send|give|tell|share|remind)(?: me| us)?|need the"
    r"|anyone|got the|(?:do you|you) (?:know|have|remember)|have the|[?？]|教え|おしえ|何|なん[ですだ]|わか"
    r"|知って|忘れ"
    r"|wie (?:ist|lautet|war)|was ist|sag|schick|gib|hast du|kennst|brauche",
    re.IGNORECASE,
)
_NO_DEMAND = re.compile(
    r"hash|algorithm|encrypt|format|policy|length|minimum|requir"
    r"|how (?:do|can|to|many|long|often)|wie (?:viele|lange|oft)"
    r"|allowed|stored?|manager|reset|change|where|when|why|who|何[桁文回]|変更|再設定|リセット|どこ|いつ|なぜ",
    re.IGNORECASE,
)
"""Questions about secrets that none answers."""

_TRIED = re.compile(
    r"(?<![a-z])(?:tr(?:y|ied|ying)|typ(?:ed?|ing)|enter(?:ed|ing)?|us(?:e|ed|ing))(?![a-z])"
    r"|試|心当たり|入力|入れ|probier|versuch|eingegeben",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"e-?mail|user ?name|order|ticket|version|browser|device|serial|phone|account (?:id|number)"
    r"|(?<!pin )number|メール|注文|バージョン|ブラウザ|機種|(?<!暗証)番号|bestell|benutzername|nutzername",
    re.IGNORECASE,
)
"""What a turn in between may ask for instead."""

_LEAD = (
    r"(?:(?:it['’]?s|it is|that['’]?s|its|it was|sure|yes|yep|yeah|ok(?:ay)?|here(?: you go| it is)?"
    r"|should be|i think(?: it['’]?s)?"
    r"|i(?:['’]ve)? (?:tried|used|typed)|tried|try|use|using|ja|es ist|das ist|ist"
    r"|probier(?:e|t)?|nimm|ich habe|mit|はい|えっと|えーと|たぶん|多分|確か|たしか|うん|これ|[:：、…-])"
    r"[ \t,.:!、。…-]{0,3}){0,4}"
)
_END = (
    r"(?=[,;.!?#*]{0,2}(?:[ \t]*(?:\r?\n|\Z)|[ ](?:and|but|same|then|works|worked|should|is|for|with|lower"
    r"|all|no|und|aber|alles|-|\()|(?<=[,;.!?#*])[ ])|[ ]?(?:です|だよ|だった|でした|だと"
    r"|だ[。\n]|かな|を|と|に|、|。|！|（))"
)
_TOLD = re.compile(
    rf"{_LEAD}(?:[A-Za-z0-9_.+@-]{{2,40}}[ ]{{1,2}}[/|][ ]{{1,2}})?[\"'`「“„*]{{0,2}}"
    rf"([!-~À-ɏ]{{3,64}}?)[\"'`」”“*]{{0,2}}{_END}",
    re.IGNORECASE,
)
_FEWEST = 6
"""Characters of what is no code of a door."""

_FAULT = re.compile(
    r"(?:err|e[0-9]|0x|http|code|v?[0-9]+\.|step|option|chapter|[^@]+@[^@]+\.[a-z]{2,}|[a-z]+://|www\.)",
    re.IGNORECASE,
)
"""How names of errors, versions and addresses begin."""


def told_at(text: str, at: int) -> Finding | None:
    """The secret that a later turn tells, which the turn around the place asks for."""
    end = text.find("\n", at, at + _LONGEST)
    begin = text.rfind("\n", max(0, at - _LONGEST), at) + 1
    asking = _turn(text, begin) if end > 0 else None
    answer = _turn(text, _below(text, end)) if asking is not None else None
    if asking is None or answer is None:
        return None
    asked = text[asking.end() : end]
    if _who(asking) != _who(answer):
        found = _value(text, answer.end(), asked)
        is_asked = found and _DEMAND.search(asked) and not _NO_DEMAND.search(asked)
        return found if is_asked else _later(text, answer, asked)
    return None


def _later(text: str, between: "re.Match[str]", asked: str) -> Finding | None:
    """The secret that somebody tells once another has asked what was tried."""
    end = text.find("\n", between.end(), between.end() + _LONGEST)
    answer = _turn(text, _below(text, end)) if end >= 0 else None
    found = _value(text, answer.end(), asked) if answer else None
    if found is None:  # of most it is, and that is told faster than all else
        return None
    said = text[between.end() : end]
    is_asked = not _OTHERS.search(said) and (_SECRET.search(said) or _TRIED.search(said))
    return found if is_asked else None


def _turn(text: str, at: int) -> "re.Match[str] | None":
    """The beginning of a turn: who speaks, or when."""
    match = _TURN.match(text, at)
    who = match["who"] if match else None
    if match is None or who is None:
        return match
    if match["time"] or match["end"] == ">" or _ROLES.fullmatch(who):
        return match
    is_name = not who[0].islower() and match.start("who") == at
    return match if is_name and not _NO_ROLE.fullmatch(who) and not is_of_forms(who) else None


def _who(turn: "re.Match[str]") -> str:
    """Who speaks."""
    return turn["who"] or turn["nick"] or ""


def _below(text: str, end: int) -> int:
    """Where the next line begins that is not empty."""
    return end + 2 if text.startswith("\n", end + 1) else end + 1


def _value(text: str, at: int, asked: str) -> Finding | None:
    """The value that the turn begins with."""
    told = _TOLD.match(text, at, at + _LONGEST)
    secret = _SECRET.search(asked) if told else None
    if secret is None or told is None:
        return None
    value = told[1].rstrip("#*.,;!?")
    kind = "digits" if secret["codes"] else "made" if secret["made"] else "either"
    form = "quoted" if any(map(str.isdecimal, value)) else "said"
    is_one = looks_secret(value, kind, form) and (kind == "digits" or len(value) >= _FEWEST)
    if not is_one or _FAULT.match(value) or is_of_forms(value):
        return None
    return Finding(told.start(1), told.start(1) + len(value), "SECRET")


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
        *("pin ", "pin:", "pin?", "api key", "apikey", "access key", "token ", "token?"),
        *("パスワード", "パスコード", "暗証番号", "APIキー", "トークン"),
    ),
)
