"""Numbers asked for in a turn of a talk and told in one soon after: `免許証番号は?` / `2714 0583 1680`.

Turns are lines, each with who speaks in front or nobody, or messages of a chat in JSON.
"""

import re

from kansoku.redact.number import Number

_WHO = r"[ \t]{0,3}(?:\*\*)?[^\n:：0-9]{1,24}[:：>](?:\*\*)?[ \t\u3000]{0,4}"
_FILLER = (
    r"(?:はい|えっと|えーと|ええと|なら|では|じゃあ?|番号は|それは|これ|yes|sure|ok"
    r"|okay|here(?: it is| you go)?|it['’]s|it is|that['’]s|the number is|its)[、,. :：\u3000]{0,3}"
)
_FILLERS = re.compile(rf"(?:{_FILLER}){{0,2}}[「『(（]?", re.IGNORECASE)
_LEAD = re.compile(rf"(?:{_WHO})?(?:{_FILLER}){{0,2}}[\"'「『(（]?", re.IGNORECASE)
_MESSAGE = re.compile(
    rf"\\{{0,3}}\"(?:content|text|value|message)\\{{0,3}}\"\s?:\s?\\{{0,3}}\"(?:{_FILLER}){{0,2}}[「『(（]?\Z",
    re.IGNORECASE,
)
"""What stands in front of a number that a turn begins with."""

_END = re.compile(
    r"[\"'」』)）]?(?:[ \t\u3000]?(?:です|でした|だよ|だと|になります|となります|で(?!き)|かな|[!！]"
    r"|thank|please)|[。、.,]|[ \t]*\\?[\"\r\n]|[ \t]*\\n|[ \t]*\Z)",
    re.IGNORECASE,
)
_DEMAND = re.compile(
    r"ください|下さい|お願い|教え|願え|伺|入力|何[番桁]|っけ|[?？]|please|what(?:['’]s| is)"
    r"|(?:need|give|send|tell|enter|provide|confirm|type)(?: me| us)? (?:the|your|it)",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"[一-龥ァ-ヶー](?:番号|コード)|(?<!the )(?<!your )(?<!that )(?<!a )(?<![a-z])(?:number|code)(?![a-z])"
    r"|(?<![a-z])id(?![a-z])",
    re.IGNORECASE,
)
"""A name of another number, that somebody asked for instead."""

_LONGEST_FILLERS, _LONGEST_KEY, _LONGEST_LEAD = 33, 21, 69
"""Code points that each of those parts may have: a turn further in front is none to look for."""

_FAR, _WIDTH, _MOST_TURNS = 320, 96, 3


class Asked:
    """Tells whether a number is the one that turns above ask for.

    Args:
        name: A pattern of what it is called; capital or small.
        part: Of this and the others, each name holds one as it is: of a letter, both cases are needed.
        others: The others.
    """

    def __init__(self, name: str, part: str, *others: str) -> None:
        self._parts = (part, *others)
        self._name = re.compile(name, re.IGNORECASE)

    def is_told(self, number: Number) -> bool:
        """Whether the number is all that a turn begins with, and a turn above asks for it by its name."""
        if not self._may_be_above(number) or _END.match(number.text, number.end) is None:
            return False
        begin = _begin(number.text, number.start)
        if begin <= 0:
            return False
        above = number.text[max(0, begin - _FAR) : begin]
        turns = [line for line in above.split("\n") if line.strip()]
        asked = "\n".join(turns[-_MOST_TURNS:])
        named = [*self._name.finditer(asked)]
        return (
            bool(named)
            and _DEMAND.search(asked) is not None
            and _OTHER.search(asked, named[-1].end()) is None
        )

    def _may_be_above(self, number: Number) -> bool:
        """Whether a part of the name is not far in front: a quick look spares a slow one."""
        find, low = number.text.find, max(0, number.start - _WIDTH - _FAR)
        for part in self._parts:  # noqa: SIM110  `any` would cost three times as much
            if find(part, low, number.start) >= 0:
                return True
        return False


def _begin(text: str, at: int) -> int:
    """Where the turn begins whose text begins at the place; -1 if something else stands in front of that."""
    low = at - _WIDTH if at > _WIDTH else 0
    quote = text.rfind('"', low, at)
    if quote > at - _LONGEST_FILLERS - 2 and _FILLERS.fullmatch(text, quote + 1, at):
        message = _MESSAGE.search(text, max(low, quote - _LONGEST_KEY), at)
        if message is not None:
            return message.start()
    begin = text.rfind("\n", max(0, at - _LONGEST_LEAD - 1), at) + 1
    return begin if begin and _LEAD.fullmatch(text, begin, at) is not None else -1
