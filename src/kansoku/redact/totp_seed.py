"""Seeds of codes for one time (RFC 6238): base32 (RFC 4648) behind a name of what the app is set up with."""

import re

from kansoku.redact.detector import PlaceDetector, found
from kansoku.redact.finding import Finding
from kansoku.redact.random_text import is_wordy

_NAME = (
    r"(?:(?<=2fa[ _-])seed|(?<=otp[ _-])seed|(?<=mfa[ _-])seed|(?<=factor[ _-])seed|(?<=cator[ _-])seed"
    r"|(?:2fa|mfa|otp|factor|authenticator)(?:[ ]app)?[ _-](?:setup[ ])?(?:key|code)"
    r"|setup[ _-]key|manual entry key|einrichtungsschlüssel"
    r"|(?:段階認証|要素認証|認証アプリ|セットアップ)の?(?:[ぁ-ヿ一-龥]{1,8}の?)?(?:キー|シード|シークレット|コード)"
    r"|セットアップキー)"
)
_SEED = (
    r"(?-i:[A-Z2-7]{16,128}={0,6}|[a-z2-7]{16,64}"
    r"|[A-Z2-7]{4}(?:[ -][A-Z2-7]{4}){3,15}|[a-z2-7]{4}(?:[ -][a-z2-7]{4}){3,15})"
)
_BETWEEN = r"[^\n{<]{0,80}?"
"""What may stand between both: no brace, as what JSON has one level below is another's, and no mark, as the
name has told its seed already."""

_TOLD = re.compile(rf"{_NAME}{_BETWEEN}(?<![A-Za-z0-9+/=_.-])({_SEED})(?![A-Za-z0-9+/=_-])", re.IGNORECASE)
_DIGIT = re.compile("[2-7]")


def seed_at(text: str, at: int) -> Finding | None:
    """The seed behind the name that begins here."""
    match = _TOLD.match(text, at)
    if match is None or _DIGIT.search(match[1]) is None or is_wordy(match[1]):
        return None
    return found(match, "SECRET", 1)


TOTP_SEED = PlaceDetector(
    "SECRET",
    seed_at,
    words=(
        *("seed", "setup key", "setup-key", "setup_key", "manual entry key", "authenticator"),
        *(f"{kind} key" for kind in ("2fa", "mfa", "otp", "factor")),
        *("einrichtungsschlüssel", "Einrichtungsschlüssel"),
        *("段階認証", "要素認証", "認証アプリ", "セットアップキー"),
    ),
)
