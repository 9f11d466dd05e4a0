"""Bank accounts, told by their labels.

Japan: seven digits (formats of 全国銀行協会), or 記号番号 of ゆうちょ銀行.
The United Kingdom has accounts of eight digits, Germany (Kontonummer) of up to ten. What tells a bank alone
(routing numbers, sort codes, BSB, BLZ) is nobody's own.
"""

import re

from kansoku.redact.asked_number import Asked
from kansoku.redact.caption import Before, Captions, Hints, apart
from kansoku.redact.detector import NumberDetector, Parts, PlaceDetector, found
from kansoku.redact.finding import Finding
from kansoku.redact.number import Groups, Number

_WORD = r"(?<![a-z])"
_END = r"(?![a-z])"
_NUMBERED = rf"(?:[ _-]?(?:番号|№|numbers?|(?:num|no|nr){_END})\.?)?"
_JAPANESE_HINTS = (
    *("普通", "普)", "普）", "当座", "当)", "当）", "貯"),
    "口座",
    "ｺｳｻﾞ",
    "コウザ",
    "ﾌﾂｳ",
    "ﾄｳｻﾞ",
    "futsu",
    "toza",
    "ordinary",
    "savings",
    "checking",
)
_WESTERN_HINTS = (
    "acc",
    "a/c",
    "konto",
    "kto",
    "compte",
    "cuenta",
    "conto",
    "rekening",
    "bank",
    "savings",
    "checking",
)
_NAMED_HINTS = ("口座", "ｺｳｻﾞ", "コウザ")
_BANKS = ("銀行", "信用", "信金", "信組", "農協", "振込", "振り込", "ゆうちょ", "記号", "郵便局", "郵貯")
_PARTS = (*_JAPANESE_HINTS, *_BANKS, *_WESTERN_HINTS)
_PARTS_OF_ANY_LENGTH = (*_WESTERN_HINTS, *_NAMED_HINTS)
_HINTS = Hints(_PARTS)
_HINTS_OF_ANY_LENGTH = Hints(_PARTS_OF_ANY_LENGTH)
_JAPANESE = Captions(
    "|".join(f"{kind}(?:預金)?(?:口座)?{_NUMBERED}" for kind in ("普通", "当座", "貯蓄"))
    + rf"|\([普当貯][)）]|（[普当貯][)）]|口座{_NUMBERED}(?:[(（][^)）0-9\n]{{1,8}}[)）])?|ﾌﾂｳ|ﾄｳｻﾞ|"
    + apart(
        *(
            rf"{kind}(?:[ _-](?:account|deposit|a/c))?{_NUMBERED}"
            for kind in ("futsu", "toza", "ordinary", "savings", "checking")
        )
    ),
    _JAPANESE_HINTS,
)
_NAMED = Captions(
    r"口座(?:番号|no(?![a-z])\.?|№)|ｺ[ｳウ](?:ｻﾞ|ザ)(?:ﾊﾞﾝｺﾞｳ|バンゴウ)|コ[ｳウ](?:ｻﾞ|ザ)(?:ﾊﾞﾝｺﾞｳ|バンゴウ)",
    _NAMED_HINTS,
)
_ITS_NUMBER = rf"\.?[ _-]?(?:number|(?:num|nr){_END}|no{_END}\.?|#)"


def _mine(first: str) -> str:
    """The first letter of a word, where the word in front says of no account of another sort."""
    return f"{first}(?<![a-z]{first})(?<!aws {first})(?<!cloud {first})(?<!customer {first})(?<!user {first})"


_WESTERN = Captions(
    rf"{_mine('a')}(?:ccount|cct|cc|/c){_ITS_NUMBER}|"
    rf"{_mine('b')}ank[ _-]?(?:account|acct|acc|a/c){_ITS_NUMBER}|"
    + apart(
        *(
            rf"{kind}[ _-]?(?:account|acct|a/c)(?:[ _-]?(?:number|no{_END}\.?|#))?"
            for kind in ("checking", "savings", "current", "bank")
        )
    )
    + rf"|konto(?:nummer|[ -]?nr{_END})?|kto\.?[ -]?(?:nr)?{_END}"
    r"|num[ée]ro (?:de )?compte|n[°º] (?:de )?compte|no\.? (?:de )?compte"
    r"|n[úu]mero (?:de )?cuenta|n[°º] (?:de )?cuenta|nro\.? (?:de )?cuenta"
    r"|numero (?:di )?conto|n[°º] (?:di )?conto|rekeningnummer",
    _WESTERN_HINTS,
)
_BRIEF = Before(rf"{_WORD}(?:account|acct|a/c|acc)\.?[\s\"':=#]{{1,5}}\Z")
_ACCOUNT = Asked(r"口座の?番号", "口座")
_BANK = re.compile(
    rf"{_WORD}(?:routing|(?:aba|ach|bic|bsb){_END}|sort[ _-]?code|swift|bank|deposit|wire|checking)"
)
_AT_BRANCH = Before(
    r"(?:口座|振込|振り込|銀行|信用金庫|信金|信組|信用組合|農協)[^\n]{0,36}"
    r"(?:支店|本店|支所|出張所|営業部)(?:[(（][^)）\n]{1,8}[)）])?で?[ \u3000\t:：、・/／]{0,4}"
    r"(?:[普当貯][ \u3000:：]{0,2})?\Z"
    r"|口座[^\n]{0,40}(?:[誤正旧新]|誤り|正しくは|正解は?|(?:訂正|変更|修正)[前後])"
    r"(?:口座)?(?:番号)?(?:(?<=くは)|[ \u3000]?[:：はが→)）])[ \u3000]?\Z"
    r"|口座[^\n]{0,8}(?:銀行|信金|ufj|みずほ|三井住友|りそな|楽天|paypay)[^\n]{0,10}の\Z"
)
"""A branch of a bank right in front of seven digits."""

_KIND_BEHIND = re.compile(
    r"[ \u3000]?(?:[(（](?:普通|当座|貯蓄|普|当)(?:預金)?[)）]|の(?:普通|当座|貯蓄)?(?:預金)?口座)"
)
"""The kind of the account right behind its number, where words of banking stand in front."""

_UNIT = re.compile(r"[ \u3000]?(?:円|件|個|人|名(?!義)|回|本|枚|台|点|冊|ポイント|pt|%|kg|分|秒|年|月)")
_YUCHO = Before(
    r"(?:ゆうちょ|記号|郵便局|郵貯)[^\n]{0,36}(?:\n"
    r"(?:[^\n0-9:：]{1,10}[:：])?[ \u3000・]{0,4})?番号[\s:：=＝「\"'は]{0,4}\Z"
)
_ASKED = Before(
    r"(?:bank account (?:number|no)|(?<![a-z])(?<!customer )(?<!user )(?<!aws )(?<!cloud )account number"
    r"|口座番号)"
    r"[^\n0-9?？。]{0,32}(?:[?？]|。(?!\n))[ \n]{0,2}(?:[^\n:：0-9]{1,16}[:：])?[ \u3000]?"
    r"(?:it['’]s |it is |sure, |はい、|えっと、)?\Z"
)
"""A question for the number right in front, in the turn before."""

_RENEWED = Before(
    r"口座[^\n]{0,24}[^0-9][0-9]{7}[ \u3000]{0,2}(?:→|⇒|[-=]>|から)[ \u3000]{0,2}(?:新[^0-9\n]{0,6})?\Z"
)
"""An account and what it was changed to."""

_IN_TRANSFER = Before(
    r"(?<![0-9])2,[0-9]{4},[^,\n0-9]{0,15},[0-9]{3},[^,\n0-9]{0,15},(?:[0-9]{4},)?[1249],\Z"
)
"""A record of 全銀フォーマット with commas: bank, branch and kind of the account."""

_SIGN_WITH_NUMBER = Before(r"記号(?:[^0-9\n]{0,6}[0-9]{5}(?![0-9])[^0-9]{0,16})?番号[^0-9]{0,6}\Z")
_OF_BANK = Before(r"ゆうちょ|口座|通帳|貯金|振込|振り込|郵便局|郵貯")
"""What tells that 記号 is that of an account, and not of a book or a machine."""

_YUCHO_PAIR = Before(r"(?:ゆうちょ|記号|郵便局|郵貯|口座)")
_INSURED = re.compile(r"保険|被保")
_OF_INSURED = Before(_INSURED.pattern)
_JAPANESE_DIGITS, _YUCHO_SIGN = 7, 5
_YUCHO_DIGITS = (7, 8)
_MOST_GROUPS = 4
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])\Z")


def _fits(groups: Groups, _first: str) -> bool:
    """Whether it is written in few groups, or each digit of a Japanese one alone."""
    return len(groups) <= _MOST_GROUPS or groups == (1,) * _JAPANESE_DIGITS


def _needs(groups: Groups, _first: str) -> Parts | None:
    """Words of banking, but for seven digits in one piece, which a turn far above may ask for."""
    if groups == (_JAPANESE_DIGITS,):
        return None
    is_long = sum(groups) not in _YUCHO_DIGITS and not _is_pair(groups)
    return _PARTS_OF_ANY_LENGTH if is_long else _PARTS


def is_account(number: Number) -> bool:
    """Whether a label right at the number tells that it is an account, and it has the form of one."""
    if not _fits(number.groups, ""):
        return False
    if number.groups == (_JAPANESE_DIGITS,) and number.front.near.endswith(",") and _IN_TRANSFER.fits(number):
        return True
    if len(number.digits) not in _YUCHO_DIGITS and not _is_pair(number.groups):
        return (
            _HINTS_OF_ANY_LENGTH.are_at(number.front)
            and not _is_no_account(number.written)
            and _is_named(number)
        )
    is_told = _HINTS.are_at(number.front) and not _is_no_account(number.written) and _is_told(number)
    return is_told or _is_asked(number)


def _is_told(number: Number) -> bool:
    """Whether words of banking tell that a number as long as those of Japan is an account."""
    is_japanese = len(number.digits) == _JAPANESE_DIGITS
    if is_japanese and len(number.groups) == 1 and _KIND_BEHIND.match(number.after()):
        return True
    if is_japanese and (_JAPANESE.are_beside(number) or _is_at_branch(number)):
        return _UNIT.match(number.after()) is None
    return _is_yucho(number) or _is_named(number)


def _is_asked(number: Number) -> bool:
    """Whether a turn above asks for the number of an account, and this is as long as those of Japan."""
    return number.groups == (_JAPANESE_DIGITS,) and _ACCOUNT.is_told(number)


def _is_at_branch(number: Number) -> bool:
    """Whether a bank and its branch stand right in front, and the number in one piece."""
    return len(number.groups) == 1 and (_AT_BRANCH.fits(number) or _RENEWED.fits(number))


def _is_no_account(written: str) -> bool:
    """Whether a point or a slash is in it, as in versions, amounts and dates."""
    return "." in written or "/" in written


def _is_named(number: Number) -> bool:
    """Whether it is called an account number, of any length, or an account among words of banking."""
    if _DATE.match(number.digits):
        return False
    is_brief = _BRIEF.fits(number) and _BANK.search(number.front.words + number.after()) is not None
    is_told = is_brief or _WESTERN.are_beside(number) or _NAMED.are_beside(number)
    return is_told or (_ASKED.fits(number) and _UNIT.match(number.after()) is None)


def _is_yucho(number: Number) -> bool:
    """Whether it is a number of ゆうちょ銀行: a sign of five digits and a number, or the latter alone."""
    if _OF_INSURED.fits(number):
        return False
    if len(number.digits) in _YUCHO_DIGITS:
        is_its = _YUCHO.fits(number) and (_OF_BANK.fits(number) or _SIGN_WITH_NUMBER.fits(number))
        return is_its or (len(number.digits) > _JAPANESE_DIGITS and _JAPANESE.are_beside(number))
    return _is_pair(number.groups) and _YUCHO_PAIR.fits(number)


def _is_pair(groups: tuple[int, ...]) -> bool:
    """Whether the groups are those of a sign and a number."""
    return groups[0] == _YUCHO_SIGN and len(groups) in (2, 3) and groups[-1] in (6, 7, 8)


_SIGN = re.compile(
    r"記号[\s:：=＝「\"'は]{0,4}([01][0-9]{4})(?![0-9])[^0-9\n]{0,12}"
    r"(?:\n[^0-9\n]{0,12})?番号[^0-9\n]{0,6}[0-9]{6,8}(?![0-9])"
)

_BEFORE_SIGN = 24


def sign_at(text: str, at: int) -> Finding | None:
    """The sign of ゆうちょ銀行 that stands behind its name, where a number is told behind it."""
    is_insured = _INSURED.search(text, max(0, at - _BEFORE_SIGN), at) is not None
    return None if is_insured else found(_SIGN.match(text, at), "BANK_ACCOUNT", 1)


BANK_ACCOUNTS = (
    NumberDetector("BANK_ACCOUNT", is_account, frozenset(range(7, 18)), fits=_fits, needs=_needs),
    PlaceDetector("BANK_ACCOUNT", sign_at, words=("記号",)),
)
