"""What a value must look like to be taken for a secret; the less its name and form tell, the more so."""

import re
from typing import Literal, assert_never

from kansoku.redact.keys import Kind
from kansoku.redact.placeholder import is_placeholder
from kansoku.redact.random_text import is_wordy, without_terms

Form = Literal["credential", "quoted", "bare", "said"]
"""How a value stands: behind a scheme of HTTP, in quotes behind its name, without quotes, in a sentence."""

_SPACE = re.compile(r"\s")
_DIGITS = re.compile(r"(?:[A-Z]-(?=[0-9]{4}))?[0-9]{3,10}")
_IN_TWO = re.compile(r"[0-9]{3}[- ][0-9]{3}|[0-9]{4}[- ][0-9]{4}")
_MANY_DIGITS = re.compile(r"[0-9]{6,}")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T0-9:.+Z-]*|[0-9]{1,4}(?:[./:,-][0-9]{1,4})+|[0-9.]+[a-zA-Z%]{1,4}"
)
_REFERENCE = re.compile(
    r"[A-Za-z_]+[0-9]?(?:(?:\.|::|->|\?\.)[A-Za-z_][A-Za-z0-9_]*)*+|[@:][A-Za-z_:]\w*|--?[a-z][a-z-]*"
)
_TWO_WORDS = re.compile(r"[A-Z][a-z]{2,15}\.[a-z]{3,15}[0-9]{2,4}")
"""Two words and a number, as people choose them; names in a program have hardly two digits at their end."""

_COMPARED = re.compile(r"[=!<>]==?")
_PATH = re.compile(
    r"@?(?:~|\.{1,2})?/[^=+]*|[a-z][a-z0-9+]{1,9}://.*|[^=+]*\.(?:pem|key|json|txt|ya?ml|env|crt|py)"
)
_ABOUT_SECRETS = re.compile(
    r"p(?i:ass|wd)|P(?i:ass|wd)|t(?i:oken)|T(?i:oken)|s(?i:ecret)|S(?i:ecret)|\u017f(?i:ecret)|c(?i:redential)"
    r"|C(?i:redential)|k(?i:ey)|K(?i:ey)|\u212a(?i:ey)|a(?i:uth)|A(?i:uth)|y(?i:our)|Y(?i:our)"
)
"""Capital or small, each with its first letter as it is: Python's patterns skip fast to one of those."""

_SIGN = re.compile(r"[!#$%&*+=?@^~]")

_LONG = 16
"""Digits that a sentence has for nothing but a password, as those of routers."""

_FEWEST: dict[Form, int] = {"credential": 4, "quoted": 4, "bare": 5, "said": 6}
_FEWEST_MADE: dict[Form, int] = {"credential": 12, "quoted": 8, "bare": 10, "said": 16}
"""Characters of what people choose, and of what machines make."""


def looks_secret(value: str, kind: Kind, form: Form) -> bool:
    """Whether the value is taken for a secret of the kind."""
    if _is_none(value, kind, form):
        return False
    if form == "credential":
        return len(value) >= _FEWEST_MADE[form] and _ABOUT_SECRETS.search(value) is None
    match kind:
        case "digits":
            is_code = _DIGITS.fullmatch(value) is not None or _IN_TWO.fullmatch(value) is not None
            return is_code or _is_made(value, form)
        case "chosen":
            return _is_chosen(value, form)
        case "either":
            return _DIGITS.fullmatch(value) is not None or _is_chosen(value, form)
        case "made":
            return _is_made(value, form)
    assert_never(kind)


def _is_none(value: str, kind: Kind, form: Form) -> bool:
    """Whether the value is none whatever its kind: a sentence, a date, a placeholder, a word of a program."""
    if _IN_TWO.fullmatch(value):
        return False
    if form in ("bare", "said") and ((value.isalpha() and value.islower()) or _is_reference(value, kind)):
        return True
    return _SPACE.search(value) is not None or _DATE.fullmatch(value) is not None or is_placeholder(value)


def _is_chosen(value: str, form: Form) -> bool:
    """Whether people choose such passwords: letters with digits or signs among them."""
    if len(value) < _FEWEST[form] or _PATH.fullmatch(value):
        return False
    rest = without_terms(value)
    if not any(map(str.isalpha, rest)):
        return (form != "said" or len(value) >= _LONG) and _MANY_DIGITS.fullmatch(value) is not None
    if any(map(str.isdecimal, rest)):
        return True
    if form == "said":
        return not is_wordy(rest) and not (rest.islower() or rest.isupper())
    return not is_wordy(rest) or _SIGN.search(rest.strip("?!*&")) is not None


def _is_made(value: str, form: Form) -> bool:
    """Whether a machine made it: long, and no words."""
    return (
        len(value) >= _FEWEST_MADE[form]
        and any(map(str.isalpha, value))
        and (form != "said" or any(map(str.isdecimal, value)))
        and _PATH.fullmatch(value) is None
        and not is_wordy(value)
    )


def _is_reference(value: str, kind: Kind) -> bool:
    """Whether the value, without quotes, is the name of something in a program; `hunter2` is a password."""
    value = _COMPARED.split(value, 1)[0]
    if _REFERENCE.fullmatch(value) is None:
        return False
    is_password = kind == "chosen" and value[-1].isdecimal() and value[:-1].removesuffix("_").isalpha()
    is_password = is_password or (kind == "chosen" and _TWO_WORDS.fullmatch(value) is not None)
    return _ABOUT_SECRETS.search(value) is not None or (is_wordy(value) and not is_password)
