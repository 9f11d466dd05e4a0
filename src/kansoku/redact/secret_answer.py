"""Answers to the questions that open an account again: `Security question: … Answer: Biscuit`."""

import re

from kansoku.redact.detector import PlaceDetector, found
from kansoku.redact.finding import Finding
from kansoku.redact.placeholder import is_placeholder

_QUESTION = (
    r"(?:security|secret|recovery)[ _-]q(?:uestions?)?(?![a-z])|(?:sicherheits|geheim)frage"
    r"|秘密の質問|セキュリティの?質問|ひみつの質問"
)
_ANSWER = (
    r"(?:security|secret)[ _-](?:question )?answer|(?:sicherheits|geheim)antwort"
    r"|(?:秘密|セキュリティ)の?(?:答え|回答)"
)
_MAIDEN = re.compile(
    r"(?:mother['’]?s|mutters?|madre|mère)?[ \t]?(?:maiden name|mädchenname)"
    r"(?:[ \t](?:is|was|ist|war|lautet)[ \t]{1,2}|[ \t]?[:=][ \t]{0,2}|\?[ \t]{1,2})[\"'“]?"
    r"((?-i:[A-ZÄÖÜ])[\w'’-]{1,30})(?=[\"'”.,;!?\s]|\Z)",
    re.IGNORECASE,
)
"""The answer that most questions ask for."""

_MAIDEN_JA = re.compile(
    r"旧姓(?:は、?|[ \u3000]?[:：=＝])[ \u3000]?"
    r"(?:「([^」\n]{1,16})」|([ぁ-ヿ一-龥々A-Za-z]{1,12}?)(?=です|でした|だ[。、よ]|で登録|に設定|[\s、。」）)]|\Z))"
)
_MOTHERS = re.compile(r"(?:母|妈)[^\n。、：:]{0,4}\Z")
_NO_MAIDEN = re.compile(r"何|なに|ない|なし|必須|任意|同|不明|忘|別|省略|入力|記入|ください|ます|以[内下]")

_TOLD = r"""[ \t]{0,3}["']?[ \t]{0,3}(?:[:：=＝→]|は、?)[ \t\u3000]{0,3}"""
_SAID = (
    r"の(?:答え|回答)(?:[:：]|は)[ \t\u3000]{0,3}"
    r"|[ \t](?:is|was|ist|lautet)[ \t]{1,2}(?=[\"'“„「]|(?-i:[A-ZÄÖÜ]))"
)
_VALUE = (
    r"(?:「([^」\n]{1,64})」|“([^”\n]{1,64})”|„([^“\n]{1,64})“|\"([^\"\n\\]{1,64})\"|'([^'\n]{1,64})'"
    r"|([^\s\"'`「」{}\[\]<>:：,;。、][^\n\"'`{}\[\]<>|:：,;。、\\]{0,47}?))"
    r"(?=[ \t]*(?:\Z|[\n\r,;|。、)\\]"
    r"|(?<!(?-i:Mr|Ms|Dr|St))(?<!Mrs)\.(?:\s|\Z)|です|でした|だ。|に(?:し|設定|変)|と(?:し|設定|登録)"
    r"|[\"'](?![A-Za-z])))"
)
_THERE = re.compile(rf"(?:{_ANSWER})(?:{_TOLD}|{_SAID}){_VALUE}", re.IGNORECASE)
_ASKED = r"[ \t]?[(（][^()（）\n]{1,60}[)）]"
_LATER = re.compile(
    rf"(?:{_QUESTION})(?:(?:(?:{_ASKED})?(?:{_SAID})|{_ASKED}{_TOLD}){_VALUE}"
    rf"|[^\n]{{0,120}}?(?:(?:\\n|[\n?？」,;:： \t\u3000]){{1,3}}|」、(?=\w{{2,3}}は?「))"
    rf"(?:(?:my |the )?answer|antwort|reply|a|答え|回答|解答|こたえ)"
    rf"(?:{_TOLD}|[ \t](?=[「\"])|(?=「)){_VALUE})",
    re.IGNORECASE,
)
_MOST_WORDS = 5
_NO_ANSWER = re.compile(
    r"required|optional|str(?:ing)?|text|none|null|hashed|encrypted|hidden|wrong|(?:in)?correct|invalid|missing"
    r"|empty|case[- ]?sensitive|stored|必須|任意|なし|erforderlich|pflichtfeld|falsch"
    r"|.*(?:ください|ません|ました|されます|します|できます|文字).*"
    r"|(?:a|the|your|please|enter|must|will|is|are|was|be|not|no)\b.*",
    re.IGNORECASE,
)
"""What documents and forms say there themselves."""


def answer_at(text: str, at: int) -> Finding | None:
    """The answer behind the question, or the name of an answer, that begins here."""
    if text.startswith(_MAIDEN_NAME, at):
        return _maiden_at(text, at)
    match = _THERE.match(text, at) or _LATER.match(text, at) or _MAIDEN.match(text, at)
    group = match.lastindex if match else None
    if match is None or group is None:
        return None
    value = match[group].strip()
    if len(value.split()) > _MOST_WORDS or _NO_ANSWER.fullmatch(value) or is_placeholder(value):
        return None
    return Finding(match.start(group), match.start(group) + len(match[group].rstrip()), "SECRET")


def _maiden_at(text: str, at: int) -> Finding | None:
    """The name that somebody's mother was born with."""
    match = _MAIDEN_JA.match(text, at) if _MOTHERS.search(text, max(0, at - 8), at) else None
    group = match.lastindex if match else None
    if match is None or group is None or _NO_MAIDEN.search(match[group]):
        return None
    return found(match, "SECRET", group)


_MAIDEN_NAME = "旧姓"

SECRET_ANSWER = PlaceDetector(
    "SECRET",
    answer_at,
    words=(
        *(f"{kind}{joint}q" for kind in ("security", "secret", "recovery") for joint in (" ", "_", "-")),
        *(f"{kind}{joint}answer" for kind in ("security", "secret") for joint in (" ", "_", "-")),
        *("maiden name", "mädchenname", "Mädchenname"),
        *("sicherheitsfrage", "geheimfrage", "sicherheitsantwort", "geheimantwort"),
        *(
            "秘密の質問",
            "セキュリティの質問",
            "セキュリティ質問",
            "ひみつの質問",
            "秘密の答え",
            "セキュリティの答え",
            _MAIDEN_NAME,
        ),
    ),
)
