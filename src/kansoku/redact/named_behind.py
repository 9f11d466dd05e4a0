"""Numbers told in front of their names: `… と書いてあるのが基礎年金番号です`, `… is my account number`."""

import re
from collections.abc import Iterator

from kansoku.redact.detector import At, PlaceDetector
from kansoku.redact.finding import Finding

_WHOSE = (
    r"(?:(?:私|わたし|僕|俺|自分|本人|主人|妻|夫|母|父|彼|彼女|息子|娘|お客様|ご本人|こちら)の)?"
    r"(?:新しい|現在の|今の|正しい|登録した|お客様の)?(?:基礎|国民|厚生|運転|雇用保険の?|振込先の?|銀行の?)?"
)
_BETWEEN_JA = re.compile(
    r"[」』\"'）)]?[ \u3000]?(?:"
    r"(?:と|って|とか)?、?(?:書い|書かれ|記載|印字|印刷|表示|刻印|載っ|出て|ある)[^0-9\n。「」]{0,10}?"
    rf"(?:の(?:が|は)|(?:数字|番号|もの|ほう|方|桁)(?:が|は))、?{_WHOSE}"
    rf"|(?:が|は|、これが|、それが|(?:という|って|っていう|とある)(?:の|数字|番号)が|で、これが){_WHOSE}"
    rf"|[（(]{_WHOSE})\Z"
)
_BEHIND_JA = re.compile(
    r"(?:です|でした|だ(?!け)|になります|となります|かと|かな|と思|じゃ|で(?:間違い|合って|よろし|いい|お願い)|だと)|[）)]"
)
_BETWEEN = re.compile(
    r"[\"')]? (?:is|was|ist|war) (?:my|our|his|her|the|meine?|unsere)(?: new| old| neue)? \Z", re.IGNORECASE
)
_END = re.compile(r"(?![A-Za-z0-9_-]| (?:field|format|length|column|type))")
_FAR = 56

_TWELVE = r"[0-9]{4}(?P<joint>[ -]?)[0-9]{4}(?P=joint)[0-9]{4}"
_FORMS: dict[str, tuple[tuple[str, str], ...]] = {
    "NATIONAL_ID": (
        (r"(?:基礎|国民|厚生)?年金(?:手帳)?の?(?:記号)?番号", r"[0-9]{4}[- ]?[0-9]{6}"),
        (r"(?:雇用保険の?)?(?:被保険者|雇用保険)の?番号", r"[0-9]{4}-[0-9]{6}-[0-9]|[0-9]{7,8}|[0-9]{11}"),
        ("住民票コード", r"[0-9]{11}"),
    ),
    "DRIVER_LICENSE": (
        (r"(?:運転)?免許証?の?番号", _TWELVE),
        (r"driv(?:er['’]?s?|ing) licen[sc]e(?: number| no)?", r"[A-Z]{1,3}[0-9]{5,14}|[0-9]{7,9}"),
    ),
    "BANK_ACCOUNT": (
        (r"(?:振込先の?|銀行の?)?口座の?番号", r"[0-9]{7}"),
        (r"(?:bank )?account (?:number|no)|kontonummer", r"[0-9]{7,12}"),
    ),
    "POSTAL_CODE": (("郵便番号", r"[0-9]{3}-?[0-9]{4}"),),
    "PASSPORT": ((r"passport(?: number| no)?", r"[A-Z]{1,2}[0-9]{7,8}|[0-9]{9}"),),
    "US_SSN": ((r"ssn|social security number", r"[0-9]{9}"),),
}
"""Of each entity what its numbers are called, and how they are written."""


class _Named:
    """The numbers of one entity of which the name stands behind them."""

    def __init__(self, entity: str) -> None:
        self._entity = entity
        self._forms = [
            (
                re.compile(name, re.IGNORECASE),
                re.compile(rf"(?<![A-Za-z0-9_.,+-])(?P<number>{form})(?![A-Za-z0-9_,])"),
            )
            for name, form in _FORMS[entity]
        ]

    def at(self, text: str, at: int) -> Finding | None:
        """The number in front of the name that begins here."""
        for name, form in self._forms:
            named = name.match(text, at)
            is_western = named is not None and named.group().isascii()
            behind = named and (_END if is_western else _BEHIND_JA).match(text, named.end())
            between = behind and (_BETWEEN if is_western else _BETWEEN_JA).search(text, max(0, at - _FAR), at)
            if between:
                number = self._last(form, text, between.start())
                if number is not None:
                    return number
        return None

    def _last(self, form: "re.Pattern[str]", text: str, end: int) -> Finding | None:
        """The number that ends there."""
        for number in form.finditer(text, max(0, end - 20), end):
            if number.end() == end:
                return Finding(*number.span("number"), self._entity)
        return None


def _at(entity: str) -> At:
    """The function that finds the numbers of the entity in front of their names."""
    return _Named(entity).at


_WORDS = {
    "NATIONAL_ID": ("基礎年金番号", "年金番号", "被保険者番号", "住民票コード"),
    "DRIVER_LICENSE": (
        "免許証番号",
        "免許証の番号",
        "免許番号",
        "driver's lic",
        "driver’s lic",
        "driving lic",
    ),
    "BANK_ACCOUNT": ("口座番号", "口座の番号", "account number", "kontonummer"),
    "POSTAL_CODE": ("郵便番号",),
    "PASSPORT": ("passport",),
    "US_SSN": ("ssn", "social security"),
}


def _detectors() -> Iterator[PlaceDetector]:
    """One for each entity."""
    for entity, words in _WORDS.items():
        yield PlaceDetector(entity, _at(entity), words=words)


NAMED_BEHIND = tuple(_detectors())
