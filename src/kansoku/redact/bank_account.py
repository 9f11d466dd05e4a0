"""Bank account numbers, where a word says so: Japan's of 7 digits, those of Japan Post, America's, Britain's.

American routing numbers carry the check digit of the American Bankers Association (weights 3, 7, 1).
"""

import re

from kansoku.redact.check import weighted
from kansoku.redact.context import told
from kansoku.redact.detector import NumberDetector
from kansoku.redact.number import Number

_JAPANESE = re.compile(r"口座|普通|当座|貯蓄|ゆうちょ|振込|koza|account ?_?-?(?:no|number|num)|acct|記号")
_ROUTING = re.compile(r"routing|aba\b|rtn\b")
_ACCOUNT = re.compile(r"account|acct|a/c|kontonummer|konto-?nr|compte|cuenta|口座")
_BANK = re.compile(
    r"bank|routing|sort ?code|checking|savings|wire|ach\b|konto|iban|direct deposit|"
    r"account ?_?-?(?:no|num|#)|acct|a/c"
)
_POST = re.compile(r"(?:ゆうちょ|記号).{0,30}番号[\s:：]*\Z", re.DOTALL)
_NEAR = 20
_ROUTING_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7, 1)
_JAPANESE_DIGITS, _ROUTING_DIGITS, _SHORTEST = 7, 9, 8


def is_account(number: Number) -> bool:
    """Whether the number is called an account and is as long as one."""
    size = len(number.digits)
    if size == _JAPANESE_DIGITS and number.groups in {(7,), (1,) * 7}:
        return told(number, _JAPANESE)
    if size == _ROUTING_DIGITS and told(number, _ROUTING, _NEAR):
        return weighted(number.digits, _ROUTING_WEIGHTS) % 10 == 0
    if size < _SHORTEST or len(number.groups) > 1:
        return False
    return (told(number, _ACCOUNT) and _BANK.search(number.before()) is not None) or (
        size == _SHORTEST and _POST.search(number.before()) is not None
    )


BANK_ACCOUNT = NumberDetector("BANK_ACCOUNT", is_account, frozenset(range(7, 18)))
