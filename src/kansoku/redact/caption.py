"""Captions: the words in front of a number, or at the head of its column, that tell what it is."""

import re
import string
from collections.abc import Iterable
from typing import Literal

from kansoku.redact.number import BEFORE, Front, Groups, Number

Told = Literal["beside", "near", "other", "nothing"]
"""A label of one's own stands right at the number, or in front of it with words between; another's stands
right at it; or neither."""

_DIGITS_TOLD = r"[0-9]{1,2}(?:桁|けた|ケタ| ?digits?)"
_JOINED = re.compile(
    r"(?:[\s\"'`=:：＝<>()（）「」『』【】\[\]{}|#*./／\\、,，→・_－-]|[はがのもでをへに第]|番号|ください|"
    r"[(（【](?:[^()（）【】0-9\n:：]|[0-9]{1,2}[桁文け]){1,16}[)）】]|"
    rf"(?:no|number|num|nr|is|was|are|val(?:ue)?)(?![a-z])|{_DIGITS_TOLD}){{0,16}}\Z"
)
"""What may stand between a label of one's own and its number."""

_ITS = (
    r"(?:[\s\"'`=:：＝>(（「『\[#.*_-]|[はがの第]|(?:no|number|num|nr|is)(?![a-z])|"
    rf"{_DIGITS_TOLD}[)）]?){{0,10}}\Z"
)
"""What may stand between another's label and its number: nothing that ends a clause."""

_JAPANESE = (
    r"[一-龥々ァ-ヶー]番号(?:札)?|お客さま番号|申込み番号|[ァ-ヶー一-龥](?:コード|ｺｰﾄﾞ|id|no\.?)|"
    r"伝票|追跡|送り状|バーコード|シリアル|型番|品番|図番|ロット|スコア|金額|合計|残高|価格|当(?:せん|選)数字"
)
_NUMBERED = (
    r"(?:order|loyalty|membership|reference|ref|case|customer|client|member|employee|staff|transaction|txn|request|req|"
    r"reservation|booking|confirmation|shipment|product|item|part|model|policy|claim|contract|batch|job|run|"
    r"session|trace|span|corporate|registration|application|document|doc|file|record|row|message|msg|event|build|store|shop|"
    r"branch|user|group|project|device|account|acct|meter|voucher|coupon|receipt|payment|auftrags?|bestell|"
    r"rechnungs?|kunden|vorgangs?|artikel)[ _-]?(?:number|nummer|num|no|nr|id|code|key|#)"
)
"""What has numbers, but may also stand in front of somebody's telephone number."""

_ITSELF = (
    r"order(?=[ #\"'_-])|tracking|reference|invoice|ticket|serial|waybill|awb|parcel|lot|[a-z]{1,16}[_-]id|"
    r"(?!(?:tel|ph|fax|mob|cel|contact|call|hand|land|whats|sms|zip|post|card|acc|bank|lic|pass|ssn|tax|pension)[a-z]{0,12}_no)"
    r"[a-z]{2,16}_no(?![a-z])|"
    r"u?id|sku|isbn|issn|jan|ean|upc|imei|iccid|epoch|timestamp|ts|version|amount|price|seed|offset|pid|gid|balance"
    r"|powerball|mega ?millions|euro ?(?:millions|jackpot)|lott?o|jackpot"
)
_WESTERN = rf"(?:{_NUMBERED}|(?:{_ITSELF})[ _-]?(?:number|num|no|id|code)?)\.?"
_WORDS = rf"(?:{_JAPANESE}|(?<![a-z]){_WESTERN})"
_OTHER = re.compile(_WORDS + _ITS)
_HEAD = re.compile(_WORDS + r"\Z")
_OTHER_JAPANESE = re.compile(rf"(?:{_JAPANESE}){_ITS}")
_OTHER_WESTERN = re.compile(rf"[^a-z](?=[a-z]){_WESTERN}{_ITS}")
"""Each alone, and the latter with the sign in front, from which Python's patterns skip to the next fast."""

_JAPANESE_HINTS = re.compile(
    "番号|コード|ｺｰﾄﾞ|id|no|伝票|追跡|送り状|シリアル|型番|品番|図番|ロット|スコア|金額|合計|残高|価格|数字"
)
"""Of which each of the Japanese labels holds one, with so many signs in front at most."""

_MOST_IN_FRONT, _LONGEST_JAPANESE = len("お客さま"), len("お客さま番号札")
_LETTER = re.compile("[a-z]")


_ANOTHERS = object()
"""Stands for all labels of nobody's numbers; a pattern, to be found in a dict, would be read through."""


def is_anothers(number: Number) -> bool:
    """Whether a label of nobody's number stands right at the number, or over its column."""
    return _is_told(number)


_SIGNS = "\"'`=:：＝>(（「『[#.*_-はがの第"
_BLANKS = (
    " \t\n\r\f\v\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"
)
_BETWEEN = _SIGNS + _BLANKS
"""Signs of which any number may stand between another's label and its number."""

_IN_TAIL = f"{_BETWEEN}{string.ascii_lowercase}{string.digits})）桁けたケタ"
"""What another's label in Latin letters is made of, and what may stand between any and its number."""

_ENDINGS = (
    "番号 番号札 コード ｺｰﾄﾞ id no 伝票 追跡 送り状 シリアル 型番 品番 図番 ロット スコア 金額 合計 残高 価格 "
    "number nummer num nr code key order tracking reference invoice ticket serial waybill awb parcel lot sku "
    "isbn issn jan ean upc imei iccid epoch timestamp ts version amount price seed offset balance "
    "powerball millions jackpot lotto loto 当せん数字 当選数字 "
    "is 桁 けた ケタ digit digits ) ）"
)
_ENDS = tuple(_ENDINGS.split())
"""What another's label ends in, or a word behind it."""

_LAST = frozenset(end[-1] for end in _ENDS)


def is_other(before: str) -> bool:
    """Whether what stands right at the end of the text, in small letters, is a label of nobody's number."""
    said = before.rstrip(_BETWEEN)
    is_end = said[-1:] in _LAST and said.endswith(_ENDS)
    if not is_end and "#" not in before[len(said) :]:
        return False
    tail = len(before.rstrip(_IN_TAIL))  # what stands behind here has no sign that ends a clause
    if not before.isascii():
        hint = _JAPANESE_HINTS.search(before, max(0, tail - _LONGEST_JAPANESE))
        if hint and _OTHER_JAPANESE.search(before, max(0, hint.start() - _MOST_IN_FRONT)) is not None:
            return True
    return _LETTER.search(before, tail) is not None and _OTHER_WESTERN.search(f" {before[tail:]}") is not None


_SAME_SMALL = {"k": "\u212a", "å": "\u212b", "i": "\u0130"}
"""Letters whose small one is that of another letter."""


def _in_any_case(parts: Iterable[str]) -> re.Pattern[str]:
    """The parts, some letters capital perhaps, by their first letter as it is: Python's patterns skip to one.

    No part is empty, or everything fits.
    """
    rests: dict[str, list[str]] = {}
    for part in parts:
        if not part:
            return re.compile("")
        for first in _cases(part[0]):
            rests.setdefault(first, []).append("".join(f"[{re.escape(_cases(one))}]" for one in part[1:]))
    return re.compile("|".join(f"{re.escape(first)}(?:{'|'.join(each)})" for first, each in rests.items()))


def _cases(letter: str) -> str:
    """The letters whose small one it is."""
    return "".join(dict.fromkeys((letter, letter.upper(), _SAME_SMALL.get(letter, letter))))


class Hints:
    """Parts of labels, of which each label of an entity's numbers holds one.

    Args:
        parts: The parts, in small letters.
    """

    def __init__(self, parts: Iterable[str]) -> None:
        self._parts = tuple(dict.fromkeys(parts))
        self._any = re.compile("|".join(map(re.escape, self._parts)))
        self._in_any_case = _in_any_case(self._parts)

    def are_in(self, text: str) -> bool:
        """Whether one is in the text: Japanese has few signs that they begin with, and is skipped fast."""
        if not text.isascii():
            return self._any.search(text) is not None
        for part in self._parts:  # noqa: SIM110  `any` would cost three times as much
            if part in text:
                return True
        return False

    def are_before(self, text: str, at: int) -> bool:
        """Whether one stands in front of the place: no small letters need be made of what stands there."""
        return self._in_any_case.search(text, at - BEFORE if at > BEFORE else 0, at) is not None

    def are_at(self, front: Front) -> bool:
        """Whether one is in front of the place or in the head of its column; at few numbers any is."""
        known = front.labels.get(self)
        if known is None:
            said = f"{front.words}\n{front.head}" if front.head else front.words
            known = front.labels[self] = self.are_in(said)
        return bool(known)


class Before:
    """A pattern of words in front of a number; places with the same words share what is known of it.

    Args:
        pattern: A pattern of small letters, of which it matters nowhere which digits are in it.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)

    def fits(self, number: Number) -> bool:
        """Whether it fits what stands in front of the number."""
        labels = number.front.labels
        known = labels.get(self)
        if known is None:
            known = labels[self] = self._pattern.search(number.front.words) is not None
        return bool(known)


def _is_told(number: Number) -> bool:
    """Whether another's label stands right at the number, or over its column."""
    known = number.front.labels.get(_ANOTHERS)
    if known is None:  # every judge of the number asks
        top = number.front.head
        known = is_other(number.front.words) or (top != "" and _HEAD.search(top) is not None)
        number.front.labels[_ANOTHERS] = known
    return bool(known)


def apart(*words: str) -> str:
    """A pattern of these, none of them right behind a small letter.

    Each begins with a sign as it is, as every alternative of a pattern that is looked for should: Python's
    patterns skip to those fast.
    """
    return "|".join(f"{word[0]}(?<![a-z]{word[0]}){word[1:]}" for word in words)


_NOWHERE, _NEAR, _BESIDE = range(3)
"""Where a label of one's own stands: at the number or over its column, in front of it, or not at all."""


class Captions:
    """The labels of one entity's numbers.

    Args:
        words: A pattern of them, in small letters.
        hints: Of which every match of the pattern holds one: a quick look spares a slow one. None are needed.
    """

    def __init__(self, words: str, hints: tuple[str, ...] = ("",)) -> None:
        self._words = re.compile(words)
        self.hints = hints
        self._hints = Hints(hints)

    @property
    def pattern(self) -> str:
        """The pattern of the labels."""
        return self._words.pattern

    def need(self, _groups: Groups, _first: str) -> tuple[str, ...]:
        """The hints: what a detector needs that takes no number without a label."""
        return self.hints

    def told(self, number: Number) -> Told:
        """What the words at the number tell of it."""
        place = self._place(number)
        if place == _BESIDE:
            return "beside"
        if _is_told(number):
            return "other"
        return "near" if place == _NEAR else "nothing"

    def are_beside(self, number: Number) -> bool:
        """Whether one of the labels stands right at the number, or over its column."""
        return self._place(number) == _BESIDE

    def are_near(self, number: Number) -> bool:
        """Whether one of the labels stands at the number or in front of it, nearer than another's."""
        place = self._place(number)
        return place == _BESIDE or (place == _NEAR and not _is_told(number))

    def _place(self, number: Number) -> int:
        """Where the last label stands."""
        labels = number.front.labels
        place = labels.get(self)
        if place is None:
            place = labels[self] = self._looked_for(number)
        return place

    def _looked_for(self, number: Number) -> int:
        """Where the last label stands; the head of a column tells what the words in front do not."""
        before = number.front.words
        own = self._end(before)
        joined = own >= 0 and _JOINED.match(before, own) is not None
        if joined and "\n" not in before[own:]:
            return _BESIDE
        top = number.front.head
        if self.tells(top) if top else joined:
            return _BESIDE
        return _NEAR if own >= 0 else _NOWHERE

    def tells(self, text: str) -> bool:
        """Whether one of the labels stands in a short text in small letters, and no other's at its end."""
        own = self._end(text)
        return own >= 0 and not _OTHER.search(text, own)

    def _end(self, text: str) -> int:
        """Behind the last label in the text; -1 if there is none."""
        end = -1
        if not self._hints.are_in(text):
            return end
        for match in self._words.finditer(text):
            end = match.end()
        return end
