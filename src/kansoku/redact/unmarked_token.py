"""Tokens that begin with no prefix of their own: by their whole form, or by the issuer's name in front.

Forms as issuers document them: Airtable's personal tokens and older keys, Mailchimp's keys with their data
centre, Discord's bots (the first part is an id in Base64), Okta's, older ones of
HashiCorp's Vault, and Amazon's secret keys behind their ids;
Azure's keys have a mark within; a recovery password of BitLocker is eight groups of six digits,
each a multiple of eleven.
"""

import re

from kansoku.redact.detector import FREE, LEFT, RIGHT, PlaceDetector, found
from kansoku.redact.finding import Finding
from kansoku.redact.placeholder import is_placeholder
from kansoku.redact.random_text import is_wordy

_MAILCHIMP = re.compile(LEFT + r"[0-9a-f]{32}-us[0-9]{1,2}" + RIGHT)
_AZURE = re.compile(
    r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{76}\+(?:ASt|ABa|AMC)[A-Za-z0-9+/]{6}=="
    r"|[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26}"
    r"(?![A-Za-z0-9+/]))"
)
_AHEAD = {"+": 76, "J": 52, "j": 52}
_BITLOCKER = re.compile(r"(?<![0-9-])[0-9]{6}(?:-[0-9]{6}){7}(?![0-9-])")
_RECOVERY = re.compile(
    r"bitlocker|recovery[ _-]?(?:key|password)|回復(?:キー|パスワード)|wiederherstellung", re.IGNORECASE
)
_SHA1 = re.compile(r"[0-9a-f]{40}|[0-9A-F]{40}")
_REACH = 96
"""How far behind the issuer's name a token is looked for."""

_NAMED = re.compile(
    r"(?i:discord)[^\n]{0,96}?(?<![A-Za-z0-9_.\-])"
    r"([MNO][A-Za-z0-9_\-]{22,27}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,45}+)(?![A-Za-z0-9_\-])"
    rf"|(?i:airtable)[^\n]{{0,96}}?{LEFT}(key(?=[A-Za-z]*[0-9])[A-Za-z0-9]{{14}}"
    rf"|pat[A-Za-z0-9]{{14}}\.[0-9a-f]{{64}})"
    rf"{RIGHT}"
    rf"|(?i:vault)[^\n]{{0,96}}?(?<![A-Za-z0-9_.\-])(s\.(?=[A-Za-z]{{0,23}}[0-9])[A-Za-z0-9]{{24}})"
    rf"(?![A-Za-z0-9_(]|\.[A-Za-z0-9])"
    rf"|(?i:ssws)[ \t]{{1,2}}(00[A-Za-z0-9_\-]{{40}})(?![A-Za-z0-9_\-])"
    r"|A[KS]IA[A-Z0-9]{16}[^A-Za-z0-9/+](?:[^\n]{0,64}?[^A-Za-z0-9/+])?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
)


def form_at(text: str, at: int) -> Finding | None:
    """The token of which a telling part begins here."""
    if text[at].isdecimal():
        match = _BITLOCKER.match(text, at)
        is_one = match is not None and (
            all(int(group) % 11 == 0 for group in match.group().split("-"))
            or _RECOVERY.search(text, max(0, at - _REACH), at) is not None
        )
        return found(match, "SECRET") if is_one else None
    if text[at] in _AHEAD:
        return found(_AZURE.match(text, max(0, at - _AHEAD[text[at]])), "SECRET")
    return found(_MAILCHIMP.match(text, max(0, at - 32)), "SECRET")


def named_at(text: str, at: int) -> Finding | None:
    """The token behind the issuer's name, or the key's id, that begins here."""
    match = _NAMED.match(text, at, at + 2 * _REACH)
    group = match.lastindex if match else None
    if match is None or group is None or is_wordy(match[group]) or is_placeholder(match[group]):
        return None
    return None if _SHA1.fullmatch(match[group]) else Finding(*match.span(group), "SECRET")


UNMARKED = (
    PlaceDetector(
        "SECRET",
        form_at,
        words=("-us", "jqqj99", "+ast", "+aba", "+amc"),
        shapes=(FREE + "[0-9]{6}[-][0-9]{6}[-][0-9]{6}[-]",),
    ),
    PlaceDetector("SECRET", named_at, words=("discord", "airtable", "vault", "ssws", "akia", "asia")),
)
